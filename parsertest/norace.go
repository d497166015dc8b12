//go:build !race

package parsertest

import "testing"

func allocsPerRun(run func()) float64 { return testing.AllocsPerRun(countedRuns, run) }
