package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// bench measures rows, each in turn without and with our filter.
type bench struct {
	stage *stage
	// length is how long a cell is measured, rounds how often each row alternates between its two sides.
	length time.Duration
	rounds int
	// calm is the share of the machine that others may take in a round that counts; a restless one is made again, though
	// not for ever.
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

// patientRounds bounds how many rounds are made for one that counts.
const patientRounds = 8

// run measures a row. Each cell checks all replies, what has arrived in memcached, and the counters of the filter.
func (b *bench) run(ctx context.Context, r row) (*result, error) {
	items := r.items()
	res := &result{row: r}
	var lines, requests uint64
	for made := 1; len(res.alone) < b.rounds; made++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		alone, err := b.cell(r, items, b.stage.proxy.alone)
		if err != nil {
			return nil, fmt.Errorf("%s, tcp_proxy alone: %w", r.name, err)
		}
		other, entries, err := b.otherCell(r, items)
		if err != nil {
			return nil, fmt.Errorf("%s, other side: %w", r.name, err)
		}
		if max(alone.others, other.others) > b.calm && made <= (patientRounds-1)*b.rounds {
			continue
		}
		res.alone, res.other = append(res.alone, alone), append(res.other, other)
		lines, requests = lines+entries, requests+other.requests
	}
	if res.logged = float64(lines) / float64(requests); b.control {
		res.logged = math.NaN()
	}
	return res, nil
}

// otherCell measures the side that tcp_proxy alone is compared with. entries is the number of lines in the access log.
func (b *bench) otherCell(r row, items []item) (c cell, entries uint64, err error) {
	if b.control {
		c, err = b.cell(r, items, b.stage.proxy.alone)
		return c, 0, err
	}
	before, err := b.stage.proxy.count("proxylib_passed")
	if err != nil {
		return cell{}, 0, err
	}
	if c, err = b.cell(r, items, b.stage.proxy.filtered); err != nil {
		return cell{}, 0, err
	}
	after, err := b.stage.proxy.count("proxylib_passed")
	if err != nil {
		return cell{}, 0, err
	}
	if passed := after - before; passed != c.requests {
		return cell{}, 0, fmt.Errorf("the filter has passed %d requests, but %d were made", passed, c.requests)
	}
	entries, err = b.stage.accessLog.settle()
	return c, entries, err
}

func (b *bench) cell(r row, items []item, addr string) (cell, error) {
	if err := b.stage.store.prepare(r, items); err != nil {
		return cell{}, err
	}
	c, err := measure(r, items, addr, b.length, b.stage.proxy.pid())
	if err == nil && r.set {
		err = b.stage.store.check(items)
	}
	return c, err
}
