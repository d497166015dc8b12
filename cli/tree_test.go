package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// everyCommand calls visit for each command, with the words that lead to it.
func everyCommand(visit func(cmd *cobra.Command, words []string)) {
	var walk func(cmd *cobra.Command, words []string)
	walk = func(cmd *cobra.Command, words []string) {
		visit(cmd, words)
		for _, c := range cmd.Commands() {
			walk(c, append(slices.Clone(words), c.Name()))
		}
	}
	walk(newCommand(), nil)
}

func TestUnknownCommandsAndArgumentsAreRefused(t *testing.T) {
	groups := 0
	everyCommand(func(cmd *cobra.Command, words []string) {
		if !cmd.HasSubCommands() {
			return
		}
		groups++
		for _, args := range [][]string{
			append(slices.Clone(words), "nonsense"), append(slices.Clone(words), "nonsense", "x"),
			append(append([]string{"help"}, words...), "nonsense"),
		} {
			expectRun(t, 1, []string{`unknown command "nonsense"`}, args...)
		}
		expectRun(t, 0, []string{"Available Commands"}, words...)
	})
	if groups < 5 {
		t.Errorf("only %d groups of commands were found", groups)
	}
	for _, args := range [][]string{
		{"status", "x"}, {"serve", "x"}, {"endpoint", "list", "x"}, {"identity", "list", "x"}, {"version", "x"},
		{"policy", "explain", "x"}, {"policy", "get", "a", "b"}, {"endpoint", "get", "a", "b"}, {"policy", "delete"},
		{"endpoint", "delete"}, {"parsers", "memcache", "x"}, {"completion", "bash", "x"},
	} {
		expectRun(t, 1, nil, args...)
	}
	expectRun(t, 1, []string{`unknown command "vaildate" for "proxylib policy", did you mean validate?`}, "policy", "vaildate")
}

func TestHelpBeginsWithWhatTheCommandDoes(t *testing.T) {
	everyCommand(func(cmd *cobra.Command, words []string) {
		for _, args := range [][]string{append([]string{"help"}, words...), append(slices.Clone(words), "--help")} {
			if out := expectRun(t, 0, nil, args...); !strings.HasPrefix(out, cmd.Short) {
				t.Errorf("%q: want %q, got %.200s", args, cmd.Short, out)
			}
		}
	})
}

func TestTheVersionIsAFlagToo(t *testing.T) {
	if flag, command := expectRun(t, 0, nil, "--version"), expectRun(t, 0, nil, "version"); flag != command {
		t.Errorf("got %q, want %q", flag, command)
	}
}
