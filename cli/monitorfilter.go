package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/cli/monitor"
)

// filterFlags choose entries of access logs.
type filterFlags struct {
	chosen       monitor.Filter
	since, until string
	// not: the next condition is one that must not hold.
	not notFlag
}

func (f *filterFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	for _, name := range monitor.ConditionNames() {
		flags.Var(&conditionFlag{f, name}, name, monitor.Conditions[name])
	}
	flags.Var(&f.not, "not", "reverse the condition that follows")
	flags.Lookup("not").NoOptDefVal = "true"
	flags.StringVar(&f.since, "since", "", "not before: a time such as 2026-11-27T10:00:00Z, or 10m for ten minutes ago")
	flags.StringVar(&f.until, "until", "", "not after, in the same forms")
	completeFlag(cmd, "verdict", cobra.FixedCompletions(traffic.Verdicts(), cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "parser", completeParsers)
}

// filter returns what the flags choose.
func (f *filterFlags) filter(now time.Time) (chosen monitor.Filter, err error) {
	if f.not {
		return chosen, errors.New("--not: stands before a condition, such as --not --verdict allowed")
	}
	chosen = f.chosen
	if chosen.Since, err = momentOf(f.since, now); err != nil {
		return chosen, fmt.Errorf("--since: %w", err)
	}
	if chosen.Until, err = momentOf(f.until, now); err != nil {
		return chosen, fmt.Errorf("--until: %w", err)
	}
	return chosen, nil
}

// momentOf reads a time, or how long ago it was; empty is none.
func momentOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: want a time such as 2026-11-27T10:00:00Z, or a duration such as 10m", text)
}

// conditionFlag adds a condition to a filter.
type conditionFlag struct {
	filter *filterFlags
	name   string
}

// Set implements [pflag.Value].
func (c *conditionFlag) Set(value string) error {
	not := bool(c.filter.not)
	c.filter.not = false
	return c.filter.chosen.Add(not, c.name, value)
}

func (c *conditionFlag) String() string { return "" }

// Type implements [pflag.Value].
func (c *conditionFlag) Type() string { return "value" }

// notFlag is a flag without a value, for the one after it.
type notFlag bool

// Set implements [pflag.Value].
func (n *notFlag) Set(string) error {
	*n = true
	return nil
}

func (n *notFlag) String() string { return "false" }

// Type implements [pflag.Value].
func (n *notFlag) Type() string { return "bool" }
