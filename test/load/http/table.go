package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/proxylib/proxylib/test/load/spread"
)

// cell is what was measured of a way at a time.
type cell struct {
	// rate is the number of requests a second.
	rate     float64
	p50, p99 time.Duration
	// cpu is the processor time of Envoy for a request.
	cpu time.Duration
	// others is the share of the machine that neither the load nor the servers have taken.
	others float64
}

// pair is a cell of a way, between two of the router.
type pair struct{ before, way, after cell }

// others is the share of the machine that others took meanwhile.
func (p pair) others() float64 { return max(p.before.others, p.way.others, p.after.others) }

// table has the pairs of each way, in the order of the rounds.
type table map[string][]pair

// alternate makes as many rounds as wanted, and more until there are as many in which others took at most the share calm of the machine.
// The calmest count.
func alternate(rounds int, calm float64, load func(way string) (cell, error)) (table, error) {
	t := table{}
	for made := 0; made < rounds || made < mostRounds*rounds && !t.enough(rounds, calm); made++ {
		if err := t.round(load); err != nil {
			return nil, err
		}
	}
	for _, way := range ways {
		t[way] = calmest(t[way], rounds)
	}
	return t, nil
}

// mostRounds bounds how many rounds are made for each that is wanted.
const mostRounds = 8

// round loads the router before and after each cell of a way: what changes slowly is the same for both.
func (t table) round(load func(way string) (cell, error)) error {
	before, err := load(router)
	for _, way := range ways {
		p := pair{before: before}
		if err == nil {
			p.way, err = load(way)
		}
		if err == nil {
			p.after, err = load(router)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		t[way], before = append(t[way], p), p.after
	}
	return nil
}

// enough reports whether each way has as many calm pairs as wanted.
func (t table) enough(wanted int, calm float64) bool {
	for _, way := range ways {
		n := 0
		for _, p := range t[way] {
			if p.others() <= calm {
				n++
			}
		}
		if n < wanted {
			return false
		}
	}
	return true
}

// calmest returns the n pairs that others disturbed least, in their order. What they have measured has no say in it.
func calmest(pairs []pair, n int) (list []pair) {
	sorted := slices.SortedStableFunc(slices.Values(pairs), func(a, b pair) int { return cmp.Compare(a.others(), b.others()) })
	limit := sorted[n-1].others()
	for _, p := range pairs {
		if p.others() <= limit && len(list) < n {
			list = append(list, p)
		}
	}
	return list
}

func rate(c cell) float64  { return c.rate }
func cpu(c cell) float64   { return micros(c.cpu) }
func p50(c cell) float64   { return micros(c.p50) }
func p99(c cell) float64   { return micros(c.p99) }
func share(c cell) float64 { return c.others }

func micros(d time.Duration) float64 { return d.Seconds() * 1e6 }

func (t table) print(out io.Writer) {
	fmt.Fprintln(out, "| way | req/s | ratio to router | ratio to rbac | p50 | p99 | p99 added | CPU/req | CPU/req added | others |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|")
	alone := t.router()
	fmt.Fprintf(out, "| %s | %.0f | – | – | %.0f µs | %.0f µs | – | %.1f µs | – | %.0f %% |\n", router, median(each(alone, rate)),
		median(each(alone, p50)), median(each(alone, p99)), median(each(alone, cpu)), 100*slices.Max(each(alone, share)))
	for _, way := range ways {
		cells := t.cells(way)
		fmt.Fprintf(out, "| %s | %.0f | %s | %s | %.0f µs | %.0f µs | %s | %.1f µs | %s | %.0f %% |\n", way, median(each(cells, rate)),
			between("%.3f", t.compare(way, rate, quotient)), t.comparedToOwn(way), median(each(cells, p50)), median(each(cells, p99)),
			between("%+.0f", t.compare(way, p99, difference)), median(each(cells, cpu)), between("%+.1f", t.compare(way, cpu, difference)),
			100*slices.Max(each(cells, share)))
	}
}

// router returns its cells.
func (t table) router() (cells []cell) {
	for _, way := range ways {
		for _, p := range t[way] {
			cells = append(cells, p.after)
		}
	}
	return cells
}

func (t table) cells(way string) (cells []cell) {
	for _, p := range t[way] {
		cells = append(cells, p.way)
	}
	return cells
}

func quotient(a, b float64) float64   { return a / b }
func difference(a, b float64) float64 { return a - b }

// compare puts a number of each cell of a way in relation to the mean of the router's before and after.
func (t table) compare(way string, of func(cell) float64, relation func(a, b float64) float64) (list []float64) {
	for _, p := range t[way] {
		list = append(list, relation(of(p.way), (of(p.before)+of(p.after))/2))
	}
	return list
}

// comparedToOwn is the ratio of requests a second to those of Envoy's own filter, by the ratios of both to the router.
func (t table) comparedToOwn(way string) string {
	own := t.compare("rbac", rate, quotient)
	if len(own) == 0 || way == "rbac" {
		return "–"
	}
	list := t.compare(way, rate, quotient)
	for i := range list {
		list[i] /= own[i]
	}
	return between("%.3f", list)
}

// each takes a number out of every cell.
func each(cells []cell, take func(cell) float64) (list []float64) {
	for _, c := range cells {
		list = append(list, take(c))
	}
	return list
}

func median(list []float64) float64 { return spread.Of(list).Median }

// between prints a median and its ends.
func between(format string, list []float64) string {
	s := spread.Of(list)
	return fmt.Sprintf(format+" ("+format+"…"+format+")", s.Median, s.Least, s.Greatest)
}
