// Load measures what the filter costs in a stock Envoy: one process with two listeners before the same memcached, Redis or
// PostgreSQL, one with tcp_proxy alone and one with our filter before it, policy and access log on; before Redis a third one has
// Envoy's redis_proxy, and before PostgreSQL its postgres_proxy and tcp_proxy. They are loaded in alternation, by clients of its
// own and by pgbench, and a table is printed with a row for each kind of load. docs/measurements.md explains the table.
//
// Run it in the work tree, after make all deps.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

type options struct {
	// version of Envoy, and the number of its worker threads.
	version string
	workers int
	// seconds that a cell is measured, and rounds of each row.
	seconds float64
	rounds  int
	// calm is the share of the machine, in percent, up to which a round counts as undisturbed.
	calm float64
	// names of the rows, with commas between them.
	names          string
	control, noLog bool
	// postgres is the folder with the programs of PostgreSQL.
	postgres string
	// env is what is added to Envoy's environment, with spaces between.
	env string
}

func main() {
	var o options
	flag.StringVar(&o.version, "envoy", "1.40.0", "release of Envoy to measure in")
	flag.IntVar(&o.workers, "workers", 2, "number of Envoy's worker threads")
	flag.Float64Var(&o.seconds, "seconds", 2, "how long each row is measured, each side of it and each round")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each row alternates between its two sides")
	flag.StringVar(&o.names, "row", "", "names of rows to measure, with commas between them; all by default")
	flag.Float64Var(&o.calm, "calm", 100, "make rounds until enough had at most this percent of the machine with others")
	flag.BoolVar(&o.control, "control", false, "compare tcp_proxy alone with itself, which shows the noise")
	flag.BoolVar(&o.noLog, "nolog", false, "switch the filter's access log off, which shows what it costs")
	flag.StringVar(&o.postgres, "postgres", "/usr/lib/postgresql/15/bin", "folder with the programs of PostgreSQL")
	flag.StringVar(&o.env, "env", "", "environment of Envoy, such as GOMAXPROCS=8; spaces between several")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.seconds <= 0 || o.rounds < 1 {
		return errors.New("-seconds has to be above 0, and -rounds at least 1")
	}
	some, err := chosen(o.names)
	if err != nil {
		return err
	}
	setups := map[serverKind]*setup{}
	defer func() {
		for _, s := range setups {
			err = errors.Join(err, s.close())
		}
	}()
	open := func(kind serverKind) (*setup, error) {
		if setups[kind] != nil {
			return setups[kind], nil
		}
		s, err := openSetup(o, kind)
		if err == nil {
			setups[kind] = s
		}
		return s, err
	}
	b := &bench{
		open: open, length: time.Duration(o.seconds * float64(time.Second)), rounds: o.rounds,
		calm: o.calm / 100, control: o.control,
	}
	describe(o)
	t := newTable(os.Stdout, o.repeat())
	for _, r := range some {
		results, err := b.run(ctx, r)
		if err != nil {
			return err
		}
		for _, res := range results {
			t.add(res)
		}
	}
	return t.flush()
}

// describe says what was measured and where, for the table's reader.
func describe(o options) {
	load, _ := os.ReadFile("/proc/loadavg")
	before, _, _ := strings.Cut(string(load), " ")
	control := ""
	if o.control {
		control = ", control: tcp_proxy alone on both sides"
	}
	fmt.Printf("%s, Envoy %s with %d workers, %d processors, load before %s, %g s a cell, %d alternations%s\n\n",
		time.Now().UTC().Format(time.DateOnly), o.version, o.workers, runtime.NumCPU(),
		before, o.seconds, o.rounds, control)
}

// repeat is the command that measures a row again as the options say, with %s for its name.
func (o *options) repeat() string {
	command := fmt.Sprintf("make load SECONDS=%g ROUNDS=%d ROW=%%s", o.seconds, o.rounds)
	if more := o.more(); more != "" {
		command += fmt.Sprintf(" ARGS=%q", more)
	}
	return command
}

// more are the flags that make load has no variable for.
func (o *options) more() string {
	var args []string
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "seconds", "rounds", "row", "envoy":
		default:
			args = append(args, fmt.Sprintf("-%s=%s", f.Name, f.Value))
		}
	})
	return strings.Join(args, " ")
}
