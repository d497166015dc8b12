package main

import (
	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/internal/buildinfo"
)

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:          "proxylib",
		Short:        "Parsers and policies for the protocols that Envoy does not speak",
		Long:         "Parsers and policies for the protocols that Envoy does not speak.\n\n" + exitHelp,
		SilenceUsage: true,
	}
	root.AddCommand(
		newVersionCommand(buildinfo.Read), newParsersCommand(), newServeCommand(), newPolicyCommand(),
		newEndpointCommand(), newIdentityCommand(), newStatusCommand(),
	)
	return root
}
