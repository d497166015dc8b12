package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/cli/builder"
	"github.com/proxylib/proxylib/internal/buildinfo"
)

// pluginName is the name of the file of a Proxy-Wasm plugin.
const pluginName = "proxylib.wasm"

// buildFlags say what is built.
type buildFlags struct {
	with, without            []string
	library, program, source string
	parser                   string
	wasm, verbose            bool
}

func newBuildCommand() *cobra.Command {
	const short = "Build a library with the parsers that you want, from modules of anybody"
	f := &buildFlags{}
	cmd := &cobra.Command{
		Use: "build [--with MODULE[@VERSION][=PATH]]… [--without PARSER]… [-o FILE]", Short: short,
		Long: describe(short, `The library has its own parsers, less those of --without, and the parsers and HTTP filters that the packages of --with register. With =PATH, the
module is in that folder; else the go command brings VERSION, or the newest. Several parsers go into one library, since a
process can load only one that is made with Go.

--wasm makes a plugin for Envoy's network filter wasm instead, with the same parsers.

--wasm-parser NAME makes a file of one parser that the library loads while it runs, and loads again when the file changes; see
docs/wasm-parsers.md.

--cli also builds a command line that knows the same parsers, for proxylib policy validate and the like.

The library itself is taken from --source, or the checkout that the current folder or this command is in, or else in the
version of this command. Versions are in what is built: "proxylib parsers --so FILE" and the library's first log line show
them. It takes Go 1.26 and a C compiler; the first time it takes some minutes.`),
		Example: `  proxylib build --with example.com/acme/vault@v1.2.0 -o libproxylib.so
  proxylib build --with example.com/vault=./vault --with example.com/kv=../kv --without r2d2 --cli proxylib`,
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: untilInterrupted(f.run),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.with, "with", nil, "package with a parser or an HTTP filter: MODULE, MODULE@VERSION or MODULE=PATH")
	flags.StringSliceVar(&f.without, "without", nil, "name of a parser of the library to leave out")
	flags.StringVarP(&f.library, "output", "o", libraryName, "FILE of the library")
	flags.BoolVar(&f.wasm, "wasm", false, "make a Proxy-Wasm plugin, "+pluginName+" by default")
	flags.StringVar(&f.parser, "wasm-parser", "", "NAME of one parser, the last part of its package: make a file that the library loads, NAME.wasm by default")
	flags.StringVar(&f.program, "cli", "", "FILE of a command line with the same parsers")
	flags.StringVar(&f.source, "source", "", "folder with the source of the library; see above")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print what the go command says")
	completeFlag(cmd, "without", completeParsers)
	completeFlag(cmd, "wasm-parser", completeParsers)
	return cmd
}

func (f *buildFlags) run(ctx context.Context, cmd *cobra.Command) error {
	if f.wasm && f.parser != "" {
		return errors.New("--wasm makes a plugin, --wasm-parser a parser for the library: give one of them")
	}
	if f.program != "" && f.parser != "" {
		return errors.New("--cli is for a library: leave it out beside --wasm-parser")
	}
	if !cmd.Flags().Changed("output") {
		switch {
		case f.wasm:
			f.library = pluginName
		case f.parser != "":
			f.library = f.parser + ".wasm"
		}
	}
	config := builder.Config{Without: f.without, Library: f.library, Wasm: f.wasm, Parser: f.parser, Program: f.program, Log: io.Discard}
	if f.verbose {
		config.Log = cmd.ErrOrStderr()
	}
	for _, text := range f.with {
		m, err := builder.ParseModule(text)
		if err != nil {
			return fmt.Errorf("--with: %w", err)
		}
		config.With = append(config.With, m)
	}
	var err error
	if config.Source, config.Version, err = librarySource(f.source); err != nil {
		return err
	}
	if err := builder.Run(ctx, config); err != nil {
		return err
	}
	if f.wasm || f.parser != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is made\n", f.library)
		return nil
	}
	list, err := readInventory(f.library)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s has:\n\n", f.library)
	return outputFlag("table").print(cmd.OutOrStdout(), nil, list.Build.String()+"\n\nPARSER\tVERSION\tMODULE", list.versionRows)
}

// librarySource returns a folder with the source of the library, and the version of that. Without a folder, the version can
// be downloaded.
func librarySource(named string) (folder, version string, err error) {
	info, _ := buildinfo.Read()
	places := []string{named}
	if named == "" {
		places = builder.Places()
	}
	folder = builder.Checkout(places...)
	switch {
	case folder != "":
		return folder, info.Version, nil
	case named != "":
		return "", "", fmt.Errorf("--source: %s is not a folder with the source of the library", named)
	case builder.Published(info.Version):
		return "", info.Version, nil
	}
	return "", "", errors.New("this command is of no version that can be downloaded: name a folder with the source of the library with --source")
}
