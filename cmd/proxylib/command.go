package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/proxylib"
)

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:          "proxylib",
		Short:        "Parsers and policies for the protocols that Envoy does not speak",
		Long:         "Parsers and policies for the protocols that Envoy does not speak.\n\n" + exitHelp,
		SilenceUsage: true,
	}
	root.AddCommand(
		newVersionCommand(debug.ReadBuildInfo), newParsersCommand(), newServeCommand(), newPolicyCommand(),
		newEndpointCommand(), newIdentityCommand(), newStatusCommand(),
	)
	return root
}

func newParsersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "parsers",
		Short: "List the parsers of this build, one a line",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			for _, name := range proxylib.ParserNames() {
				fmt.Fprintln(cmd.OutOrStdout(), name)
			}
		},
	}
}
