package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/proxylib/proxylib/test/load/processor"
)

// cell is what one side has done with one row in one alternation.
type cell struct {
	// rate is the number of replies a second.
	rate float64
	p50  time.Duration
	p99  time.Duration
	// cpu is the processor time that Envoy has taken for a request, and all its threads with it.
	cpu time.Duration
	// others is the share of the machine that neither the load nor the servers have taken.
	others float64
	// requests counts all that were made, those of the warm-up too.
	requests uint64
	// entries is how many lines the filter has written to its access log.
	entries uint64
}

// warmUp is how long load is on before it counts.
func warmUp(length time.Duration) time.Duration { return max(length/5, 100*time.Millisecond) }

// measure puts the load of a row on an address for some time. pid is that of Envoy.
func measure(r row, items []item, addr string, length time.Duration, pid int) (cell, error) {
	clients := make([]*client, r.connections)
	for i := range clients {
		clients[i] = newClient(r, items, addr, i)
	}
	if !r.reconnect {
		defer disconnect(clients)
		if err := connect(clients); err != nil {
			return cell{}, err
		}
	}
	// What is garbage now is not to be collected while time is taken.
	runtime.GC()
	warm := warmUp(length)
	clock := clock{zero: time.Now(), start: warm, end: warm + length}
	before, err := processor.Read(pid)
	if err != nil {
		return cell{}, err
	}
	if err := runAll(clients, clock); err != nil {
		return cell{}, err
	}
	after, err := processor.Read(pid)
	if err != nil {
		return cell{}, err
	}
	c, err := sum(clients, length, after.Process-before.Process)
	c.others = after.Others(before.Usage)
	return c, err
}

func connect(clients []*client) error {
	for _, c := range clients {
		if err := c.connect(); err != nil {
			return err
		}
	}
	return nil
}

func disconnect(clients []*client) {
	for _, c := range clients {
		if c.conn != nil {
			c.conn.Close()
		}
	}
}

// runAll returns the first failure only: what ends one connection often ends them all.
func runAll(clients []*client, clock clock) error {
	failures := make([]error, len(clients))
	var running sync.WaitGroup
	for i, c := range clients {
		running.Go(func() { failures[i] = c.run(clock) })
	}
	running.Wait()
	for i, err := range failures {
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	return nil
}

func sum(clients []*client, length, cpu time.Duration) (cell, error) {
	var all uint64
	times := newHistogram()
	for _, c := range clients {
		all += c.all
		times.merge(c.times)
	}
	if times.total == 0 {
		return cell{}, fmt.Errorf("no reply came within %v: measure for longer, with -seconds", length)
	}
	return cell{
		rate: float64(times.total) / length.Seconds(), p50: times.quantile(0.50), p99: times.quantile(0.99),
		cpu: cpu / time.Duration(all), requests: all,
	}, nil
}
