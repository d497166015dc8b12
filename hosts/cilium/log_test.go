package cilium

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/policytest"
)

func TestTheLogSaysWhyAPolicyIsRefusedInTheOneForm(t *testing.T) {
	path, book := filepath.Join(t.TempDir(), "policy.yaml"), &logbook.Book{}
	if err := os.WriteFile(path, []byte(policytest.Refused), 0o600); err != nil {
		t.Fatal(err)
	}
	if id := newModule(book).open([][2]string{{"policy-path", path}}, false); id != 0 {
		t.Error("the policy is accepted")
	}
	want := strconv.Quote("policy file " + path + ": line 2: " + policytest.Reason)
	if !strings.Contains(book.String(), want) {
		t.Errorf("%s is not in the log:\n%s", want, book)
	}
}
