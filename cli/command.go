package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/internal/buildinfo"
)

func newCommand() *cobra.Command {
	root := newGroup("proxylib", "Parsers and policies for the protocols that Envoy does not speak",
		newVersionCommand(buildinfo.Read), newParsersCommand(), newServeCommand(), newPolicyCommand(),
		newEndpointCommand(), newIdentityCommand(), newStatusCommand(), newMonitorCommand(), newReplayCommand(), newLearnCommand(),
		newNewCommand(), newBuildCommand(),
		newRunCommand(), newProxyCommand(), newEnvoyConfigCommand(), newCompletionCommand(),
	)
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetHelpCommand(newHelpCommand())
	if info, ok := buildinfo.Read(); ok {
		root.Version = info.String()
		root.SetVersionTemplate("{{.Version}}\n")
	}
	return root
}

// describe is what the help of a command says: what it does, what more there is to say, and the exit codes.
func describe(short string, more ...string) string {
	return strings.Join(append(append([]string{short + "."}, more...), exitHelp), "\n\n")
}

// newGroup makes a command that only has others below it.
func newGroup(name, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: name, Short: short, Long: describe(short), Args: knownCommand, RunE: showHelp}
	group.AddCommand(commands...)
	return group
}

// knownCommand refuses arguments of a group: whatever is known would have been found before.
func knownCommand(group *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q for %q", args[0], group.CommandPath())
	group.SuggestionsMinimumDistance = 2
	if near := group.SuggestionsFor(args[0]); len(near) > 0 {
		text += ", did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("%s; see %s --help", text, group.CommandPath())
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// newHelpCommand makes the command that shows the help of another.
func newHelpCommand() *cobra.Command {
	const short = "Show the help of a command"
	return &cobra.Command{
		Use: "help [COMMAND]…", Short: short, Long: describe(short),
		RunE: func(cmd *cobra.Command, words []string) error {
			about, rest, err := cmd.Root().Find(words)
			if err == nil && len(rest) > 0 {
				err = knownCommand(about, rest)
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, words []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			about, _, err := cmd.Root().Find(words)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range about.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
