package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// bench measures rows, each in turn without and with our filter.
type bench struct {
	setup *setup
	// length is how long a cell is measured, rounds how often each row alternates between its two sides.
	length time.Duration
	rounds int
	// calm is the share of the machine up to which a round counts as undisturbed by others; see enough.
	calm float64
	// control: the second side is tcp_proxy alone as well. What then differs is noise.
	control bool
}

// result is a row with what its two sides have done in each round.
type result struct {
	row          row
	alone, other []cell
	// logged is how many access-log entries the filter has written for a request. NaN in a control.
	logged float64
}

// run measures a row. Each cell checks all replies, what has arrived in memcached, and the counters of the filter.
func (b *bench) run(ctx context.Context, r row) (*result, error) {
	items := r.items()
	var all []round
	for !enough(all, b.rounds, b.calm) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		alone, err := b.cell(r, items, b.setup.proxy.alone)
		if err != nil {
			return nil, fmt.Errorf("%s, tcp_proxy alone: %w", r.name, err)
		}
		other, err := b.otherCell(r, items)
		if err != nil {
			return nil, fmt.Errorf("%s, other side: %w", r.name, err)
		}
		all = append(all, round{alone: alone, other: other})
	}
	res := resultOf(r, calmest(all, b.rounds))
	if b.control {
		res.logged = math.NaN()
	}
	return res, nil
}

func resultOf(r row, rounds []round) *result {
	res := &result{row: r}
	var entries, requests uint64
	for _, one := range rounds {
		res.alone, res.other = append(res.alone, one.alone), append(res.other, one.other)
		entries, requests = entries+one.other.entries, requests+one.other.requests
	}
	res.logged = float64(entries) / float64(requests)
	return res
}

// otherCell measures the side that tcp_proxy alone is compared with.
func (b *bench) otherCell(r row, items []item) (c cell, err error) {
	if b.control {
		return b.cell(r, items, b.setup.proxy.alone)
	}
	before, err := b.setup.proxy.count("proxylib.*passed")
	if err != nil {
		return cell{}, err
	}
	if c, err = b.cell(r, items, b.setup.proxy.filtered); err != nil {
		return cell{}, err
	}
	after, err := b.setup.proxy.count("proxylib.*passed")
	if err != nil {
		return cell{}, err
	}
	if passed := after - before; passed != c.requests {
		return cell{}, fmt.Errorf("the filter has passed %d requests, but %d were made", passed, c.requests)
	}
	c.entries, err = b.setup.accessLog.settle()
	return c, err
}

func (b *bench) cell(r row, items []item, addr string) (cell, error) {
	if err := b.setup.store.prepare(r, items); err != nil {
		return cell{}, err
	}
	c, err := measure(r, items, addr, b.length, b.setup.proxy.process.PID())
	if err == nil && r.set {
		err = b.setup.store.check(items)
	}
	return c, err
}
