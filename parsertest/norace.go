//go:build !race

package parsertest

import "testing"

const raceEnabled = false

func allocsPerRun(run func()) float64 { return testing.AllocsPerRun(countedRuns, run) }
