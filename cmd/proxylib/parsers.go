package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/proxylib"
)

func newParsersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "parsers [NAME]",
		Short: "List the parsers of this build, or the rule keys and log fields of one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return describeParser(cmd.OutOrStdout(), args[0])
			}
			for _, name := range proxylib.ParserNames() {
				fmt.Fprintln(cmd.OutOrStdout(), name)
			}
			return nil
		},
	}
}

// describeParser prints what a parser says of itself, in Markdown.
func describeParser(out io.Writer, name string) error {
	if !proxylib.HasParser(name) {
		return fmt.Errorf("parser %q is not in this build, which has %s", name, strings.Join(proxylib.ParserNames(), ", "))
	}
	d := proxylib.Declared(name)
	if d == nil {
		fmt.Fprintf(out, "# %s\n\nThis parser declares no rule keys and log fields.\n", name)
		return nil
	}
	var fields []string
	for _, f := range requestFields(d) {
		fields = append(fields, "`"+f.name+"`")
	}
	fmt.Fprintf(out, "# %s\n\n## Rule keys\n\n%s\n## Fields of --l7\n\n%s\n\n## Log fields\n\n%s",
		name, d.RuleKeyTable(), strings.Join(fields, ", "), d.LogFieldTable())
	return nil
}
