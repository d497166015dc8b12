package parsertest

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// Documented requires that the README.md of the folder of the test has the tables of rule keys and log fields that come
// from its registration.
func Documented(t *testing.T, parser string) {
	t.Helper()
	p := proxylib.Registered(parser)
	if p == nil || p.RuleKeys == nil {
		t.Fatalf("parser %q is not registered with rule keys", parser)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{p.RuleKeyTable(), p.LogFieldTable()} {
		if !strings.Contains(string(readme), table) {
			t.Errorf("README.md lacks this table, or has it otherwise:\n%s", table)
		}
	}
}
