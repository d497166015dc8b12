package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/internal/buildinfo"
)

// newVersionCommand prints what read knows of the build; that is [buildinfo.Read].
func newVersionCommand(read func() (buildinfo.Info, bool)) *cobra.Command {
	var output outputFlag
	const short = "Print the version, the revision it was built from, and that of Go"
	cmd := &cobra.Command{
		Use: "version", Short: short, Long: describe(short), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := read()
			if !ok {
				return errors.New("this build does not know its version: build it with Go modules")
			}
			return output.print(cmd.OutOrStdout(), info, "", func(add func(cells ...any)) { add(info.String()) })
		},
	}
	output.register(cmd)
	return cmd
}
