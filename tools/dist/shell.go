package main

import (
	"bytes"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/proxylib/proxylib/cli"
)

// manual makes a page for each command from what its help says.
func (r *release) manual() (files []file, err error) {
	// Cobra changes the header.
	header := func() *doc.GenManHeader {
		return &doc.GenManHeader{Section: "1", Date: &r.time, Source: name + " " + r.version, Manual: "User Commands"}
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	for _, command := range everyCommand(root) {
		var page bytes.Buffer
		if err := doc.GenMan(command, header(), &page); err != nil {
			return nil, err
		}
		files = append(files, file{path: manual + pageName(command) + ".1.gz", mode: 0o644, data: compressed(page.Bytes())})
	}
	return files, nil
}

// everyCommand lists a command and the ones below it.
func everyCommand(command *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{command}
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, everyCommand(c)...)
		}
	}
	return list
}

// pageName is the name of a manual page, by which others refer to it: the command with hyphens between its words.
func pageName(command *cobra.Command) string {
	return string(bytes.ReplaceAll([]byte(command.CommandPath()), []byte(" "), []byte("-")))
}

// completions are what the command "completion" prints, in the places where the shells look.
func completions() (files []file, err error) {
	for _, shell := range []struct{ name, path string }{
		{"bash", "share/bash-completion/completions/proxylib"},
		{"fish", "share/fish/vendor_completions.d/proxylib.fish"},
		{"zsh", zshFunction},
	} {
		var script bytes.Buffer
		command := cli.Command()
		command.SetArgs([]string{"completion", shell.name})
		command.SetOut(&script)
		if err := command.Execute(); err != nil {
			return nil, err
		}
		files = append(files, file{path: shell.path, mode: 0o644, data: script.Bytes()})
	}
	return files, nil
}
