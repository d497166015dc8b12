package main

import (
	"math"
	"math/bits"
	"time"
)

// precision is the number of buckets for each power of two: a time is known to one part in as many.
const precision = 512

// longest is the longest time that is distinguished from longer ones.
const longest = time.Minute

// histogram counts times. The buckets below precision are a nanosecond wide, and twice as wide after each further
// power of two.
type histogram struct {
	counts []uint32
	total  uint64
}

func newHistogram() *histogram {
	return &histogram{counts: make([]uint32, bucket(longest)+1)}
}

func bucket(t time.Duration) int {
	v := uint64(t)
	shift := max(0, bits.Len64(v)-bits.Len(precision))
	return shift*precision + int(v>>shift)
}

// middle is the time that stands for all of a bucket.
func middle(bucket int) time.Duration {
	shift := max(0, bucket/precision-1)
	low := (bucket - shift*precision) << shift
	return time.Duration(low + (1<<shift)/2)
}

func (h *histogram) add(t time.Duration) {
	h.counts[bucket(min(max(t, 0), longest))]++
	h.total++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}

// quantile returns the time that the share q of all times does not exceed, 0 if there is none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := max(1, uint64(math.Ceil(q*float64(h.total))))
	var seen uint64
	for i, n := range h.counts {
		if seen += uint64(n); n > 0 && seen >= rank {
			return middle(i)
		}
	}
	return 0
}
