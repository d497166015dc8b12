package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/cli/builder"
	"github.com/proxylib/proxylib/cli/scaffold"
	"github.com/proxylib/proxylib/proxylib"
)

// newFlags say which module is written.
type newFlags struct{ template, module, source string }

func newNewCommand() *cobra.Command {
	const short = "Begin a parser of your own, in a folder and Go module of its own"
	f := &newFlags{}
	cmd := &cobra.Command{
		Use: "new NAME", Short: short,
		Long: describe(short, `The folder NAME gets a parser with rules, tests, a fuzz target, a policy, a configuration of Envoy, and a demo with a
small server and a client. It works from the start, and is changed step by step into what you need. It begins as

--template line    lines, where the server speaks first, as in SMTP
--template tagged  messages with a length and a tag, replies in any order
--template login   lines with a login, and rules that depend on the user

The library is taken from --source, or the checkout that the current folder or this command is in, or else in the version of
this command.`),
		Example: `  proxylib new acme --template tagged && cd acme && make test demo`,
		Args:    cobra.ExactArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.template, "template", "line", "what it begins as: line, tagged or login")
	flags.StringVar(&f.module, "module", "", "path of the Go module; example.com/NAME unless given")
	flags.StringVar(&f.source, "source", "", "folder with the source of the library; see above")
	completeFlag(cmd, "template", cobra.FixedCompletions(scaffold.Templates(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *newFlags) run(cmd *cobra.Command, name string) error {
	if slices.Contains(proxylib.ParserNames(), name) {
		return fmt.Errorf("the library has a parser %s: choose another name", name)
	}
	m := &scaffold.Module{Name: name, Path: f.module, Template: f.template}
	if m.Path == "" {
		m.Path = "example.com/" + name
	}
	if err := m.Check(); err != nil {
		return err
	}
	sums, err := f.library(cmd.Context(), m)
	if err != nil {
		return err
	}
	files, err := m.Files()
	if err != nil {
		return err
	}
	if sums != nil {
		files["go.sum"] = sums
	}
	if err := writeFiles(name, files); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s has a parser that begins as the example %s. Next:\n\n    cd %s\n", name, m.Example(), name)
	if m.Source == "" {
		fmt.Fprintln(cmd.OutOrStdout(), "    go mod tidy")
	}
	fmt.Fprint(cmd.OutOrStdout(), "    make test\n    make demo\n")
	return nil
}

// library says in the module where the library comes from, and returns the checksums of what that requires.
func (f *newFlags) library(ctx context.Context, m *scaffold.Module) (sums []byte, err error) {
	source, version, err := librarySource(f.source)
	if err != nil {
		return nil, err
	}
	m.Version, m.Command = builder.VersionOf(version), commandPath()
	if source == "" {
		return nil, nil
	}
	required, err := builder.Requirements(ctx, source)
	if err != nil {
		return nil, err
	}
	for _, r := range required {
		m.Requirements = append(m.Requirements, r.Path+" "+r.Version)
	}
	m.Source = source
	return os.ReadFile(filepath.Join(source, "go.sum"))
}

// commandPath is how this command is called: by its name where it is in the PATH.
func commandPath() string {
	program, err := os.Executable()
	if err != nil {
		return "proxylib"
	}
	if found, err := exec.LookPath("proxylib"); err == nil && found == program {
		return "proxylib"
	}
	return program
}

// writeFiles writes files into a folder that must not be there, or be empty.
func writeFiles(folder string, files map[string][]byte) error {
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is there and not empty: choose another name, or remove it", folder)
	}
	var errs []error
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666))
	}
	return errors.Join(errs...)
}
