package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// bench measures rows, each in turn without and with our filter.
type bench struct {
	// open starts the servers for rows of one kind.
	open  func(kind serverKind) (*setup, error)
	setup *setup
	// length is how long a cell is measured, rounds how often each row alternates between its sides.
	length time.Duration
	rounds int
	// calm is the share of the machine up to which a round counts as undisturbed by others; see enough.
	calm float64
	// control: the second side is tcp_proxy alone as well. What then differs is noise.
	control bool
}

// result is a row with what tcp_proxy alone and another side have done in each round.
type result struct {
	row row
	// side is the name of the other side, empty for our filter.
	side         string
	alone, other []cell
	// logged is how many access-log entries the filter has written for a request. NaN where it is not there.
	logged float64
}

// side is what tcp_proxy alone is compared with.
type side struct {
	name    string
	measure func(r row, items []item) (cell, error)
}

func (b *bench) sides(r row) []side {
	at := func(addr string) func(row, []item) (cell, error) {
		return func(r row, items []item) (cell, error) { return b.cell(r, items, addr) }
	}
	filtered := func(prefix, addr string) func(row, []item) (cell, error) {
		return func(r row, items []item) (cell, error) { return b.filteredCell(r, items, prefix, addr) }
	}
	proxy := b.setup.proxy
	if b.control {
		return []side{{"control", at(proxy.alone)}}
	}
	sides := []side{{"", filtered(filteredPrefix, proxy.filtered)}}
	if r.quiet && proxy.quiet != "" {
		sides = append(sides, side{"log off", filtered(quietPrefix, proxy.quiet)})
	}
	if proxy.own != "" {
		sides = append(sides, side{ownFilters[r.server], at(proxy.own)})
	}
	return sides
}

// run measures a row, and returns a result for each side that tcp_proxy alone is compared with. Each cell checks all
// replies, what has arrived in the server, and the counters of the filter.
func (b *bench) run(ctx context.Context, r row) (results []*result, err error) {
	if b.setup, err = b.open(r.server); err != nil {
		return nil, err
	}
	sides := b.sides(r)
	var items []item
	if !r.pgbench {
		items = r.items()
	}
	all := make([][]round, len(sides))
	for !enough(all[len(sides)-1], b.rounds, b.calm) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		alone, err := b.cell(r, items, b.setup.proxy.alone)
		if err != nil {
			return nil, fmt.Errorf("%s, tcp_proxy alone: %w", r.name, err)
		}
		for i, s := range sides {
			other, err := s.measure(r, items)
			if err != nil {
				return nil, fmt.Errorf("%s, other side %s: %w", r.name, s.name, err)
			}
			all[i] = append(all[i], round{alone: alone, other: other})
		}
	}
	for i, s := range sides {
		res := resultOf(r, calmest(all[i], b.rounds))
		if res.side = s.name; s.name != "" {
			res.logged = math.NaN()
		}
		results = append(results, res)
	}
	return results, nil
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

// filteredCell measures a side with our filter, which has a stat_prefix and an address.
func (b *bench) filteredCell(r row, items []item, prefix, addr string) (c cell, err error) {
	passed := "proxylib." + prefix + ".passed"
	before, err := b.setup.proxy.count(passed)
	if err != nil {
		return cell{}, err
	}
	if c, err = b.cell(r, items, addr); err != nil {
		return cell{}, err
	}
	after, err := b.setup.proxy.count(passed)
	if err != nil {
		return cell{}, err
	}
	if passed, made := after-before, c.requests+r.logins(); passed != made {
		return cell{}, fmt.Errorf("the filter has passed %d requests, but %d were made", passed, made)
	}
	c.entries, err = b.setup.accessLog.settle()
	return c, err
}

func (b *bench) cell(r row, items []item, addr string) (cell, error) {
	if r.pgbench {
		return b.setup.pgbench.measure(r, addr, b.length, b.setup.proxy.process.PID())
	}
	if err := b.setup.store.prepare(r, items); err != nil {
		return cell{}, err
	}
	c, err := measure(r, items, addr, b.length, b.setup.proxy.process.PID())
	if err == nil && r.set {
		err = b.setup.store.check(items)
	}
	return c, err
}
