package reference

import (
	"fmt"
	"strings"

	// The reference is of the parsers that the library ships.
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/proxylib"
)

// parsersPage returns the reference of all parsers, docs/parsers.md, which is made of what they are registered with.
func parsersPage() string {
	var b strings.Builder
	b.WriteString(`# Parsers

The rule keys and log fields of the parsers that the library ships, as "proxylib parsers NAME" prints them. This page is
generated from the code: "make generate" writes it.
`)
	for _, name := range proxylib.ParserNames() {
		p := proxylib.Registered(name)
		if p.RuleKeys == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\nWhat it understands, and what a denial looks like: [parsers/%s](../parsers/%s/README.md).\n", name, name, name)
		fmt.Fprintf(&b, "\n### Rule keys of %s\n\n%s", name, p.RuleKeyTable())
		fmt.Fprintf(&b, "\n### Log fields of %s\n\n%s", name, p.LogFieldTable())
		if table := p.AccessTable(); table != "" {
			fmt.Fprintf(&b, "\n### Access of %s\n\n%s", name, table)
		}
	}
	return b.String()
}
