package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// newVersionCommand tells what read knows of the build; that is [debug.ReadBuildInfo].
func newVersionCommand(read func() (*debug.BuildInfo, bool)) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell the version, the revision it was built from, and that of Go",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := read()
			if !ok {
				return errors.New("this build does not know its version: build it with Go modules")
			}
			fmt.Fprintln(cmd.OutOrStdout(), versionLine(info))
			return nil
		},
	}
}

func versionLine(info *debug.BuildInfo) string {
	line := "proxylib " + info.Main.Version
	if revision := setting(info, "vcs.revision"); revision != "" {
		line += " revision " + revision
	}
	if setting(info, "vcs.modified") == "true" {
		line += " (modified)"
	}
	return line + " " + info.GoVersion
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
