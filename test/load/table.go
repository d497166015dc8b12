package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/proxylib/proxylib/test/load/spread"
)

// table prints a row for each result: medians over the rounds, and in brackets the least and the greatest.
type table struct {
	w *tabwriter.Writer
	// repeat is the command that measures a row again, with %s for its name.
	repeat string
}

func newTable(out io.Writer, repeat string) *table {
	t := &table{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), repeat: repeat}
	fmt.Fprintln(t.w, "row\talone req/s\tfilter req/s\tratio\talone p50\tfilter p50\talone p99\tp99 added\t"+
		"alone CPU/req\tCPU/req added\tentries/req\tothers\trepeat with")
	return t
}

func (t *table) add(r *result) {
	rate := func(c cell) float64 { return c.rate }
	p50 := func(c cell) float64 { return micros(c.p50) }
	p99 := func(c cell) float64 { return micros(c.p99) }
	cpu := func(c cell) float64 { return micros(c.cpu) }
	ratio, added, cost := r.compare(rate, quotient), r.compare(p99, difference), r.compare(cpu, difference)
	fmt.Fprintf(t.w, "%s\t%.0f\t%.0f\t%.3f (%.3f…%.3f)\t%.0f µs\t%.0f µs\t%.0f µs\t%+.0f µs (%+.0f…%+.0f)\t"+
		"%.1f µs\t%+.1f µs (%+.1f…%+.1f)\t%s\t%.0f %%\t%s\n",
		r.name(), median(r.alone, rate), median(r.other, rate), ratio.Median, ratio.Least, ratio.Greatest,
		median(r.alone, p50), median(r.other, p50), median(r.alone, p99), added.Median, added.Least, added.Greatest,
		median(r.alone, cpu), cost.Median, cost.Least, cost.Greatest, entries(r.logged),
		100*r.others(), fmt.Sprintf(t.repeat, r.row.name))
}

// name is that of the row, and of the other side if that is not our filter.
func (r *result) name() string {
	if r.side == "" || r.side == "control" {
		return r.row.name
	}
	return r.row.name + ", " + r.side
}

func (t *table) flush() error { return t.w.Flush() }

// compare puts each round's cell of the other side in relation to its neighbour, which was measured right before.
func (r *result) compare(of func(cell) float64, relation func(other, alone float64) float64) spread.Spread {
	values := make([]float64, len(r.alone))
	for i := range values {
		values[i] = relation(of(r.other[i]), of(r.alone[i]))
	}
	return spread.Of(values)
}

// others is the greatest share of the machine that others took while the row was measured.
func (r *result) others() float64 {
	share := 0.0
	for _, c := range slices.Concat(r.alone, r.other) {
		share = max(share, c.others)
	}
	return share
}

func quotient(other, alone float64) float64   { return other / alone }
func difference(other, alone float64) float64 { return other - alone }

func median(cells []cell, of func(cell) float64) float64 {
	values := make([]float64, len(cells))
	for i, c := range cells {
		values[i] = of(c)
	}
	return spread.Of(values).Median
}

func micros(t time.Duration) float64 { return float64(t) / float64(time.Microsecond) }

// entries shows the log entries for a request; without our filter there are none.
func entries(n float64) string {
	if math.IsNaN(n) {
		return "-"
	}
	return fmt.Sprintf("%.2f", n)
}
