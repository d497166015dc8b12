package main

import "slices"

// spread sums up what the alternations have measured: the median, and the least and greatest, which show the noise.
type spread struct {
	median, least, greatest float64
}

// spreadOf takes at least one value.
func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{median: (sorted[(n-1)/2] + sorted[n/2]) / 2, least: sorted[0], greatest: sorted[n-1]}
}
