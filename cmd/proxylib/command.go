package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
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
