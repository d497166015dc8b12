package proxylib

import (
	"fmt"
	"strings"
)

// LogFieldDoc documents a field of access-log entries.
type LogFieldDoc struct {
	Name string
	// Doc says what the value is, and where the field is absent.
	Doc string
	// Attribute is the attribute of OpenTelemetry's semantic conventions that the field is, such as db.operation.name; empty if
	// there is none for it.
	Attribute string
}

// RuleKeyTable returns the documentation of the rule keys, a table in Markdown.
func (p *Protocol) RuleKeyTable() string {
	var b strings.Builder
	b.WriteString("| key | a request matches when |\n|---|---|\n")
	for _, k := range p.RuleKeys {
		if k.Implied {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, k.Doc)
	}
	return b.String()
}

// LogFieldTable returns the documentation of the log fields, a table in Markdown.
func (p *Protocol) LogFieldTable() string {
	var b strings.Builder
	b.WriteString("| field | value |\n|---|---|\n")
	for _, f := range p.LogFields {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Doc)
	}
	return b.String()
}
