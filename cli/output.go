package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// outputFlag is the form in which a command prints.
type outputFlag string

func (o *outputFlag) register(cmd *cobra.Command) {
	*o = "table"
	cmd.Flags().VarP(o, "output", "o", "json, yaml or table")
	complete := cobra.FixedCompletions([]string{"json", "yaml", "table"}, cobra.ShellCompDirectiveNoFileComp)
	// It fails for a flag that there is not.
	_ = cmd.RegisterFlagCompletionFunc("output", complete)
}

// Set implements [pflag.Value].
func (o *outputFlag) Set(text string) error {
	switch text {
	case "json", "yaml", "table":
		*o = outputFlag(text)
		return nil
	}
	return fmt.Errorf("want json, yaml or table")
}

func (o *outputFlag) String() string { return string(*o) }

// Type implements [pflag.Value].
func (o *outputFlag) Type() string { return "form" }

// print prints a value; for a table, rows with a heading.
func (o outputFlag) print(w io.Writer, value any, heading string, rows func(add func(cells ...any))) error {
	switch o {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	case "yaml":
		text, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	if heading != "" {
		fmt.Fprintln(table, heading)
	}
	rows(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, cell := range cells {
			texts[i] = fmt.Sprint(cell)
		}
		fmt.Fprintln(table, strings.Join(texts, "\t"))
	})
	return table.Flush()
}
