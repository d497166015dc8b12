package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:               "proxylib",
		Short:             "Parsers and policies for the protocols that Envoy does not speak",
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddCommand(newVersionCommand(debug.ReadBuildInfo), newParsersCommand())
	return root
}
