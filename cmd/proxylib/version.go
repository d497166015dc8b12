package main

import (
	"errors"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is what the command version prints.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	// Modified: the source was not just that of the revision.
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
}

// newVersionCommand tells what read knows of the build; that is [debug.ReadBuildInfo].
func newVersionCommand(read func() (*debug.BuildInfo, bool)) *cobra.Command {
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Tell the version, the revision it was built from, and that of Go",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := read()
			if !ok {
				return errors.New("this build does not know its version: build it with Go modules")
			}
			v := versionOf(info)
			return output.print(cmd.OutOrStdout(), v, "", func(add func(cells ...any)) { add(v.line()) })
		},
	}
	output.register(cmd)
	return cmd
}

func versionOf(info *debug.BuildInfo) version {
	return version{
		Version: info.Main.Version, Revision: setting(info, "vcs.revision"),
		Modified: setting(info, "vcs.modified") == "true", Go: info.GoVersion,
	}
}

func (v version) line() string {
	line := "proxylib " + v.Version
	if v.Revision != "" {
		line += " revision " + v.Revision
	}
	if v.Modified {
		line += " (modified)"
	}
	return line + " " + v.Go
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
