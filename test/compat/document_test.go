package compat

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

const document = "../../docs/cilium.md"

// trafficTable lists the differences on harmless traffic, in Markdown.
func trafficTable() string {
	table := &strings.Builder{}
	table.WriteString("| what our library does | why |\n|---|---|\n")
	for _, d := range differences {
		fmt.Fprintf(table, "| %s | %s |\n", d.ours, d.reason)
	}
	return table.String()
}

// policyTable lists the differences in what policies mean.
func policyTable() string {
	table := &strings.Builder{}
	table.WriteString("| policy | our library | Cilium's library |\n|---|---|---|\n")
	for _, c := range policyCases {
		if c.reason != "" {
			fmt.Fprintf(table, "| %s | %s | %s |\n", c.name, c.ours, c.upstream)
		}
	}
	return table.String()
}

// missingSentence names the parsers that are missing.
func missingSentence() string {
	return fmt.Sprintf("These parsers of Cilium's library are missing: `%s`.", strings.Join(missing, "`, `"))
}

// versions are those of upstream's modules that the tests run with.
func versions(t *testing.T) []string {
	t.Helper()
	lines, err := exec.Command("go", "list", "-m", "-f", "`{{.Path}}` {{.Version}}",
		"github.com/cilium/cilium", "github.com/cilium/proxy").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(lines)), "\n")
}

func TestTheGuideHasAllThatIsListed(t *testing.T) {
	text := read(t, document)
	for _, part := range append([]string{trafficTable(), policyTable(), missingSentence()}, versions(t)...) {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not have:\n%s", document, part)
		}
	}
}
