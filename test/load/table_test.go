package main

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/load/spread"
)

func TestCellsAreComparedWithTheirNeighbour(t *testing.T) {
	r := result{alone: []cell{{rate: 100}, {rate: 200}, {rate: 50}}, other: []cell{{rate: 90}, {rate: 200}, {rate: 40}}}
	rate := func(c cell) float64 { return c.rate }
	if got, want := r.compare(rate, quotient), (spread.Spread{Median: 0.9, Least: 0.8, Greatest: 1}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := r.compare(rate, difference), (spread.Spread{Median: -10, Least: -10, Greatest: 0}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheTableHasARowThatSaysHowToRepeatIt(t *testing.T) {
	var out strings.Builder
	table := newTable(&out, "make load ROW=%s")
	table.add(&result{
		row:   row{name: "get-16"},
		alone: []cell{{rate: 1000, p50: 100 * time.Microsecond, p99: 200 * time.Microsecond, cpu: 5 * time.Microsecond}},
		other: []cell{{
			rate: 950, p50: 101 * time.Microsecond, p99: 220 * time.Microsecond, cpu: 6 * time.Microsecond, others: 0.25,
		}},
		logged: 2,
	})
	if err := table.flush(); err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(out.String(), "\n")
	want := "get-16 1000 950 0.950 (0.950…0.950) 100 µs 101 µs 200 µs +20 µs (+20…+20) 5.0 µs +1.0 µs (+1.0…+1.0) 2.00 " +
		"25 % make load ROW=get-16"
	if got := strings.Join(strings.Fields(line), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheTableNamesTheOtherSideWhereThatIsNotOurs(t *testing.T) {
	for side, want := range map[string]string{"": "redis-get-1", "control": "redis-get-1", "redis_proxy": "redis-get-1, redis_proxy"} {
		if got := (&result{row: row{name: "redis-get-1"}, side: side}).name(); got != want {
			t.Errorf("side %q: got %q, want %q", side, got, want)
		}
	}
}

func TestAControlHasNoLogEntries(t *testing.T) {
	if got := entries(math.NaN()); got != "-" {
		t.Errorf("got %q", got)
	}
}
