package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEachCellIsMeasuredBetweenTwoOfTheRouter(t *testing.T) {
	var order []string
	got, err := alternate(2, 1, func(way string) (cell, error) {
		order = append(order, way)
		return cell{rate: float64(len(order))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("router policy router rbac router paused router ", 2); strings.Join(order, " ")+" " != want {
		t.Errorf("got %v", order)
	}
	if p := got["rbac"][1]; p.before.rate != 10 || p.way.rate != 11 || p.after.rate != 12 {
		t.Errorf("got %v", p)
	}
}

func TestAMachineThatSlowsDownChangesNoRatio(t *testing.T) {
	n := 0.0
	got, err := alternate(3, 1, func(way string) (cell, error) {
		n++
		c := cell{rate: 1000 - 10*n, cpu: time.Duration(20+n) * time.Microsecond}
		if way != router {
			c.rate, c.cpu = c.rate/2, c.cpu+5*time.Microsecond
		}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range ways {
		for _, ratio := range got.compare(way, rate, quotient) {
			if ratio < 0.499999 || ratio > 0.500001 {
				t.Errorf("%s: ratio %v", way, ratio)
			}
		}
		for _, added := range got.compare(way, cpu, difference) {
			if added < 4.999999 || added > 5.000001 {
				t.Errorf("%s: added %v", way, added)
			}
		}
	}
}

func TestRoundsAreMadeUntilEnoughOfThemWereCalm(t *testing.T) {
	n := 0
	got, err := alternate(2, 0.2, func(string) (cell, error) {
		n++
		// The first round is disturbed.
		if n <= 7 {
			return cell{rate: float64(n), others: 0.5}, nil
		}
		return cell{rate: float64(n), others: 0.1}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != 3*7 {
		t.Errorf("%d cells were made", n)
	}
	if p := got["policy"]; len(p) != 2 || p[0].way.rate != 9 || p[1].way.rate != 16 {
		t.Errorf("got %v", p)
	}
	n = 0
	_, _ = alternate(2, 0.2, func(string) (cell, error) {
		n++
		return cell{others: 0.5}, nil
	})
	if n != 2*mostRounds*7 {
		t.Errorf("on a machine that does not become calm, %d cells were made", n)
	}
}

func TestTimesOfRequestsAreThoseOfTheLog(t *testing.T) {
	times, err := timesOf([]byte("1795000000000001\t200\t300\n1795000000000002\t200\t100\n1795000000000003\t200\t200\n"))
	want := []time.Duration{100 * time.Microsecond, 200 * time.Microsecond, 300 * time.Microsecond}
	if err != nil || !slices.Equal(times, want) {
		t.Errorf("got %v, %v", times, err)
	}
	if got := quantile(times, 0.5); got != want[1] {
		t.Errorf("the median is %v", got)
	}
	if got := quantile(times, 0.99); got != want[2] {
		t.Errorf("99 of 100 took at most %v", got)
	}
	if _, err := timesOf([]byte("1795000000000001\t200\n")); err == nil {
		t.Error("a line without a time was taken")
	}
}
