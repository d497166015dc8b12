package cli

import (
	"bytes"
	"context"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// watchEvery is how often a command that watches looks.
const watchEvery = 2 * time.Second

// writer takes what a command prints.
type writer = bytes.Buffer

// watchFlag makes a command go on until it is interrupted.
type watchFlag struct{ watch bool }

func (w *watchFlag) register(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&w.watch, "watch", "w", false, "go on, and print again what has changed, until interrupted")
}

// run prints what show writes, once or whenever it has changed.
func (w *watchFlag) run(cmd *cobra.Command, show func(ctx context.Context, out *writer) error) error {
	if !w.watch {
		var out writer
		if err := show(cmd.Context(), &out); err != nil {
			return err
		}
		_, err := out.WriteTo(cmd.OutOrStdout())
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return watch(ctx, cmd, watchEvery, show)
}

// watch prints what show writes whenever it has changed, until the context ends.
func watch(
	ctx context.Context, cmd *cobra.Command, every time.Duration, show func(ctx context.Context, out *writer) error,
) error {
	var last []byte
	for {
		var out writer
		switch err := show(ctx, &out); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case !bytes.Equal(last, out.Bytes()):
			last = bytes.Clone(out.Bytes())
			if _, err := out.WriteTo(cmd.OutOrStdout()); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}
