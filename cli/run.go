package cli

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/cli/envoyconfig"
)

// runFlags say which Envoy runs with which library.
type runFlags struct {
	listener       listenerFlags
	envoy, library string
	json           bool
}

func newRunCommand() *cobra.Command {
	const short = "Run a stock Envoy with the filter before a server, and print what passes and what is denied"
	f := &runFlags{}
	cmd := &cobra.Command{
		Use: "run --parser NAME --upstream HOST:PORT", Short: short,
		Long: describe(short, `Ctrl-C ends it. The library and Envoy are looked for where make puts them, beside this command, and in the PATH.`,
			policyHelp),
		Example: `  proxylib run --parser memcache --upstream 127.0.0.1:11211 --policy policy.yaml`,
		Args:    cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: untilInterrupted(f.run),
	}
	f.listener.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.envoy, "envoy", "", "the program Envoy; else "+envoyVariable+", one of make deps, or envoy in the PATH")
	flags.StringVar(&f.library, "library", "", "libproxylib.so; else "+libraryVariable+", or where make puts it")
	registerLogForm(cmd, &f.json)
	return cmd
}

// untilInterrupted makes a command of what runs until Ctrl-C, or until it is asked to end.
func untilInterrupted(run func(context.Context, *cobra.Command) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return run(ctx, cmd)
	}
}

// registerLogForm registers the flag of commands that print the access log.
func registerLogForm(cmd *cobra.Command, json *bool) {
	cmd.Flags().BoolVar(json, "json", false, "print lines of the access log as they are, in JSON")
}

// logWriter returns where lines of the access log go.
func logWriter(cmd *cobra.Command, json bool) io.Writer {
	if json {
		return cmd.OutOrStdout()
	}
	return &logText{to: cmd.OutOrStdout()}
}

// announce says what has begun.
func (f *listenerFlags) announce(cmd *cobra.Command, what string, s *envoyconfig.Settings, addr string) {
	if f.policy == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "Without --policy every request passes.")
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s listens on %s, for %s at %s. Ctrl-C ends it.\n", what, addr, s.Parser, s.Upstream)
}

func (f *runFlags) run(ctx context.Context, cmd *cobra.Command) error {
	s, err := f.listener.settings()
	if err != nil {
		return err
	}
	library, err := findLibrary(f.library)
	if err != nil {
		return err
	}
	program, err := findEnvoy(f.envoy)
	if err != nil {
		return err
	}
	e, err := startEnvoy(program, library, s, logWriter(cmd, f.json), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer e.close()
	addr, err := e.ready(ctx)
	if err == nil {
		f.listener.announce(cmd, "Envoy", s, addr)
		err = e.wait(ctx)
	}
	if ctx.Err() != nil {
		return e.stop()
	}
	return err
}
