package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/proxylib"
)

// parserInfo is what a parser says of itself.
type parserInfo struct {
	Name string `json:"name"`
	// RuleKeys and LogFields are described, Fields are the names for --l7.
	RuleKeys  []described `json:"ruleKeys"`
	Fields    []string    `json:"fields"`
	LogFields []described `json:"logFields"`
}

type described struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

func newParserInfo(name string) parserInfo {
	info := parserInfo{Name: name, RuleKeys: []described{}, Fields: []string{}, LogFields: []described{}}
	p := proxylib.Registered(name)
	if p == nil {
		return info
	}
	for _, key := range p.RuleKeys {
		info.RuleKeys = append(info.RuleKeys, described{key.Name, key.Doc})
	}
	for _, field := range requestFields(p) {
		info.Fields = append(info.Fields, field.name)
	}
	for _, field := range p.LogFields {
		info.LogFields = append(info.LogFields, described{field.Name, field.Doc})
	}
	return info
}

func newParsersCommand() *cobra.Command {
	var output outputFlag
	const short = "List the parsers of this build, or the rule keys and log fields of one"
	cmd := &cobra.Command{
		Use: "parsers [NAME]", Short: short, Long: describe(short), Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: completeParsers,
		RunE: func(cmd *cobra.Command, args []string) error {
			names := proxylib.ParserNames()
			if len(args) == 0 {
				list := []parserInfo{}
				for _, name := range names {
					list = append(list, newParserInfo(name))
				}
				return output.print(cmd.OutOrStdout(), map[string]any{"items": list}, "", func(add func(...any)) {
					for _, name := range names {
						add(name)
					}
				})
			}
			switch name := args[0]; {
			case proxylib.Registered(name) == nil:
				return fmt.Errorf("parser %q is not in this build, which has %s", name, strings.Join(names, ", "))
			case output == "table":
				describeParser(cmd.OutOrStdout(), name)
				return nil
			default:
				return output.print(cmd.OutOrStdout(), newParserInfo(name), "", nil)
			}
		},
	}
	output.register(cmd)
	return cmd
}

// describeParser prints what a parser says of itself, in Markdown.
func describeParser(out io.Writer, name string) {
	p := proxylib.Registered(name)
	if p.RuleKeys == nil && p.LogFields == nil {
		fmt.Fprintf(out, "# %s\n\nThis parser declares no rule keys and log fields.\n", name)
		return
	}
	fields := strings.Join(newParserInfo(name).Fields, "`, `")
	fmt.Fprintf(out, "# %s\n\n## Rule keys\n\n%s\n## Fields of --l7\n\n`%s`\n\n## Log fields\n\n%s",
		name, p.RuleKeyTable(), fields, p.LogFieldTable())
}
