// Http measures what the HTTP filters cost in a stock Envoy: one process with a listener for each way, before the same nginx. The ways
// are the router alone; the policy filter, and Envoy's own rbac filter, with the same 100 rules and an access log in a file; and a filter in
// Go that has each request wait for a goroutine. h2load loads them in alternation, and a table is printed.
//
// Run it in the work tree, after make deps; docs/measurements.md explains the table.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// options are the flags.
type options struct {
	version, library     string
	seconds              float64
	rounds, workers      int
	connections, streams int
	rate                 int
	calm                 float64
	http2                bool
}

func main() {
	var o options
	flag.StringVar(&o.version, "envoy", "1.40.0", "release of Envoy to measure in")
	flag.StringVar(&o.library, "library", "", "shared library to measure, built of test/httpfilters/library; by default it is built now")
	flag.IntVar(&o.workers, "workers", 2, "number of Envoy's worker threads")
	flag.Float64Var(&o.seconds, "seconds", 0.5, "how long each cell is measured")
	flag.IntVar(&o.rounds, "rounds", 9, "how often the ways alternate")
	flag.IntVar(&o.connections, "connections", 16, "number of connections, which stay open")
	flag.IntVar(&o.streams, "streams", 1, "requests of a connection at a time, with HTTP/2")
	flag.IntVar(&o.rate, "rate", 0, "requests a second of each connection, in whole seconds a cell; 0 is as many as there can be")
	flag.Float64Var(&o.calm, "calm", 100, "make rounds until enough had at most this percent of the machine with others")
	flag.Func("ways", "the ways to measure beside the router, separated by commas; all if it is not given", func(text string) error {
		ways = strings.Split(text, ",")
		return nil
	})
	flag.BoolVar(&o.http2, "http2", false, "load with HTTP/2 in the place of HTTP/1.1")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// router is the way that the others are compared with.
const router = "router"

// ways are the other listeners, in the order in which they are loaded.
var ways = []string{"policy", "rbac", "paused"}

func run(o options) (err error) {
	if o.seconds <= 0 || o.rounds < 1 {
		return errors.New("-seconds has to be above 0, and -rounds at least 1")
	}
	dir, err := os.MkdirTemp("", "proxylib-load-http-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := open(dir, o)
	if err != nil {
		return err
	}
	defer s.close()
	// The first requests of a listener make connections and memory for the later ones.
	for _, way := range append([]string{router}, ways...) {
		if _, err := s.load(way, warmUp); err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
	}
	t, err := alternate(o.rounds, o.calm/100, func(way string) (cell, error) { return s.load(way, o.seconds) })
	if err != nil {
		return err
	}
	t.print(os.Stdout)
	return nil
}

// warmUp is for how many seconds a listener is loaded before it is measured.
const warmUp = 1
