package tlsfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCertificatesAreReadFromEveryFile(t *testing.T) {
	first, key := selfsigned.Certificate(t)
	second, _ := selfsigned.Certificate(t)
	list, err := Certificates(first)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d certificates, %v", len(list), err)
	}
	both, err := Authorities(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if one, err := Authorities(first); err != nil || one.Equal(both) {
		t.Errorf("the second file adds nothing; %v", err)
	}
	pair, err := Pair(first, key)
	if err != nil || len(pair) != 1 {
		t.Errorf("got %d pairs, %v", len(pair), err)
	}
	if none, err := Pair("", ""); err != nil || none != nil {
		t.Errorf("got %v, %v", none, err)
	}
}

func TestAFileThatCannotBeUsedIsNamed(t *testing.T) {
	good, key := selfsigned.Certificate(t)
	empty, damaged := file(t, ""), file(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	for _, test := range []struct {
		name string
		read func() error
		want string
	}{
		{"missing authorities", func() error { _, err := Authorities(good, "missing"); return err }, "open missing: no such file"},
		{"no authority", func() error { _, err := Authorities(empty); return err }, empty + " holds no certificate in PEM form"},
		{"authorities from a key", func() error { _, err := Authorities(key); return err }, key + " holds no certificate"},
		{"missing certificates", func() error { _, err := Certificates("missing"); return err }, "open missing: no such file"},
		{"no certificate", func() error { _, err := Certificates(key); return err }, key + " holds no certificate in PEM form"},
		{"a damaged certificate", func() error { _, err := Certificates(damaged); return err }, damaged + ": x509: "},
		{"half a pair", func() error { _, err := Pair(good, ""); return err }, good + " is given alone: a certificate and its key go together"},
		{"the other half", func() error { _, err := Pair("", key); return err }, key + " is given alone: a certificate and its key go together"},
		{"a pair in the wrong order", func() error { _, err := Pair(key, good); return err }, "tls: "},
	} {
		if err := test.read(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}
