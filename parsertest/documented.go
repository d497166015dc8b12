package parsertest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// Documented requires that the README.md of the folder of the test has the tables of rule keys, accesses and log fields that
// come from its registration.
func Documented(t *testing.T, parser string) {
	t.Helper()
	p := proxylib.Registered(parser)
	if p == nil || p.RuleKeys == nil {
		t.Fatalf("parser %q is not registered with rule keys", parser)
	}
	if err := documented(p); err != nil {
		t.Error(err)
	}
}

func documented(p *proxylib.Protocol) error {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	var missing error
	tables := []string{p.RuleKeyTable(), p.LogFieldTable()}
	if len(p.Access) > 0 {
		tables = append(tables, p.AccessTable())
	}
	for _, table := range tables {
		if !strings.Contains(string(readme), table) {
			missing = errors.Join(missing, fmt.Errorf("README.md lacks this table, or has it otherwise:\n%s", table))
		}
	}
	return missing
}
