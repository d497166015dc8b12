package parsertest

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// Documented requires that the README.md of the folder of the test has the tables of rule keys and log fields that come
// from the parser's declaration.
func Documented(t *testing.T, parser string) {
	t.Helper()
	d := proxylib.Declared(parser)
	if d == nil {
		t.Fatalf("parser %q declares nothing", parser)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{d.RuleKeyTable(), d.LogFieldTable()} {
		if !strings.Contains(string(readme), table) {
			t.Errorf("README.md lacks this table, or has it otherwise:\n%s", table)
		}
	}
}
