package tokenfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/tokenfile"
)

func TestATokenIsReadOrRefusedWithoutBeingShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, c := range []struct{ text, token, problem string }{
		{text: "secret", token: "secret"},
		{text: " secret\r\n", token: "secret"},
		{text: "", problem: "is empty"},
		{text: " \n", problem: "is empty"},
		{text: "secret two", problem: "does not hold one token"},
		{text: "secret\ntwo", problem: "does not hold one token"},
		{text: "secret\x00", problem: "does not hold one token"},
		{text: strings.Repeat("secret", 1000), problem: "has more than 4096 bytes"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := tokenfile.Read(path)
		if token != c.token || (err == nil) != (c.problem == "") {
			t.Errorf("%.20q: token %q, error %v", c.text, token, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.problem) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%.20q: error %v", c.text, err)
		}
	}
	if _, err := tokenfile.Read(path + ".none"); !os.IsNotExist(err) {
		t.Errorf("no file: error %v", err)
	}
}
