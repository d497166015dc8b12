package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policyserver/rest"
	"github.com/proxylib/proxylib/proxylib"
)

// newCompletionCommand takes the place of Cobra's own, which accepts any argument.
func newCompletionCommand() *cobra.Command {
	shells := []struct {
		name, load string
		write      func(root *cobra.Command, out io.Writer) error
	}{
		{"bash", "source <(proxylib completion bash)", func(root *cobra.Command, out io.Writer) error {
			return root.GenBashCompletionV2(out, true)
		}},
		{"zsh", "source <(proxylib completion zsh)", (*cobra.Command).GenZshCompletion},
		{"fish", "proxylib completion fish | source", func(root *cobra.Command, out io.Writer) error {
			return root.GenFishCompletion(out, true)
		}},
		{"powershell", "proxylib completion powershell | Out-String | Invoke-Expression",
			(*cobra.Command).GenPowerShellCompletionWithDesc},
	}
	group := newGroup("completion", "Write a script that completes commands, flags and names in a shell")
	for _, shell := range shells {
		short := "Write the script for " + shell.name
		group.AddCommand(&cobra.Command{
			Use: shell.name, Short: short, Long: describe(short, "It is in force after:\n\n    "+shell.load),
			Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
			RunE: func(cmd *cobra.Command, _ []string) error { return shell.write(cmd.Root(), cmd.OutOrStdout()) },
		})
	}
	return group
}

// completion completes a word for a shell.
type completion = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

// completeKeys completes names of policies or endpoints of the server; maximum is how many a command takes, 0 for any
// number. A server that does not respond offers none.
func (f *serverFlags) completeKeys(kind string, maximum int) completion {
	return func(cmd *cobra.Command, args []string, _ string) (keys []string, _ cobra.ShellCompDirective) {
		if maximum > 0 && len(args) >= maximum {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		client, err := f.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list := rest.List[rest.Item]{}
		if err := client.call(cmd.Context(), "GET", "/v1/"+kind, nil, &list); err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, item := range list.Items {
			keys = append(keys, item.Key)
		}
		return keys, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeParsers completes names of parsers.
func completeParsers(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return proxylib.ParserNames(), cobra.ShellCompDirectiveNoFileComp
}

// completeFlag makes a completion that of a flag, which must be defined.
func completeFlag(cmd *cobra.Command, flag string, complete completion) {
	// It fails for a flag that there is not.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return complete(cmd, nil, word)
	})
}
