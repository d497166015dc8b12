package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestQuantilesAreThoseOfTheSortedTimes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	h := newHistogram()
	var times []time.Duration
	for range 10_000 {
		took := time.Duration(random.ExpFloat64() * float64(100*time.Microsecond))
		times = append(times, took)
		h.add(took)
	}
	slices.Sort(times)
	for _, q := range []float64{0, 0.5, 0.99, 0.999, 1} {
		want := times[max(0, int(q*float64(len(times)))-1)]
		got := h.quantile(q)
		if off := max(got-want, want-got); off > want/precision {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

func TestBucketsFollowEachOtherWithoutGap(t *testing.T) {
	for b := range bucket(longest) {
		if got := bucket(middle(b)); got != b {
			t.Fatalf("the middle of bucket %d, %v, is in bucket %d", b, middle(b), got)
		}
		if middle(b) >= middle(b+1) {
			t.Fatalf("bucket %d stands for %v, the next for %v", b, middle(b), middle(b+1))
		}
	}
}

func TestTimesOutOfRangeAreCountedAtItsEnds(t *testing.T) {
	h := newHistogram()
	h.add(-time.Second)
	h.add(time.Hour)
	if h.total != 2 || h.quantile(0.5) != 0 || h.quantile(1) < longest-longest/precision {
		t.Errorf("%d times, from %v to %v", h.total, h.quantile(0.5), h.quantile(1))
	}
}

func TestMergedHistogramsCountAllTimes(t *testing.T) {
	one, other := newHistogram(), newHistogram()
	one.add(100)
	other.add(200)
	other.add(300)
	one.merge(other)
	if one.total != 3 || one.quantile(0.5) != 200 || one.quantile(1) != 300 {
		t.Errorf("%d times, median %d, greatest %d", one.total, one.quantile(0.5), one.quantile(1))
	}
}

func TestAnEmptyHistogramHasNoTimes(t *testing.T) {
	if got := newHistogram().quantile(0.99); got != 0 {
		t.Errorf("got %v", got)
	}
}
