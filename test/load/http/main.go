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
	"slices"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	version              string
	seconds              float64
	rounds, workers      int
	connections, streams int
	http2                bool
}

func main() {
	var o options
	flag.StringVar(&o.version, "envoy", "1.40.0", "release of Envoy to measure in")
	flag.IntVar(&o.workers, "workers", 2, "number of Envoy's worker threads")
	flag.Float64Var(&o.seconds, "seconds", 2, "how long each way is measured in each round")
	flag.IntVar(&o.rounds, "rounds", 5, "how often the ways alternate")
	flag.IntVar(&o.connections, "connections", 16, "number of connections, which stay open")
	flag.IntVar(&o.streams, "streams", 1, "requests of a connection at a time, with HTTP/2")
	flag.Func("ways", "the ways to measure beside the router, separated by commas; all if it is not given", func(text string) error {
		ways = append([]string{"router"}, strings.Split(text, ",")...)
		return nil
	})
	flag.BoolVar(&o.http2, "http2", false, "load with HTTP/2 in the place of HTTP/1.1")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// ways are the listeners, in the order in which they are loaded.
var ways = []string{"router", "policy", "rbac", "paused"}

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
	cells := map[string][]cell{}
	for _, way := range ways {
		// The first requests of a listener make connections and memory for the later ones.
		if _, err := s.load(way, 0.2); err != nil {
			return err
		}
	}
	for range o.rounds {
		for _, way := range ways {
			c, err := s.load(way, o.seconds)
			if err != nil {
				return fmt.Errorf("%s: %w", way, err)
			}
			cells[way] = append(cells[way], c)
		}
	}
	print(cells)
	return nil
}

func print(cells map[string][]cell) {
	fmt.Println("| way | req/s | ratio to router | ratio to rbac | CPU/req | added to router |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, way := range ways {
		rate := func(c cell) float64 { return c.rate }
		cpu := func(c cell) float64 { return c.cpu.Seconds() * 1e6 }
		fmt.Printf("| %s | %.0f | %s | %s | %.1f µs | %.1f µs |\n", way, median(each(cells[way], rate)), compared(cells[way], cells["router"]),
			compared(cells[way], cells["rbac"]), median(each(cells[way], cpu)), median(each(cells[way], cpu))-median(each(cells["router"], cpu)))
	}
}

// each takes a number out of every cell.
func each(cells []cell, take func(cell) float64) (list []float64) {
	for _, c := range cells {
		list = append(list, take(c))
	}
	return list
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

// compared is the ratio of requests a second in each round: the median, the lowest and the highest.
func compared(of, to []cell) string {
	if len(to) == 0 {
		return "–"
	}
	var ratios []float64
	for i := range of {
		ratios = append(ratios, of[i].rate/to[i].rate)
	}
	return fmt.Sprintf("%.3f (%.3f…%.3f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

// cell is what was measured of a way in a round: requests a second, and the processor time of Envoy for each.
type cell struct {
	rate float64
	cpu  time.Duration
}
