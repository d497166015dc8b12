// Package spread sums up repeated measurements.
package spread

import "slices"

// Spread is the median, and the least and greatest, which show the noise.
type Spread struct {
	Median, Least, Greatest float64
}

// Of takes at least one value.
func Of(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Least: sorted[0], Greatest: sorted[n-1]}
}
