//go:build race

package parsertest

const raceEnabled = true

// allocsPerRun runs without counting: the race detector makes a sync.Pool forget things at random.
func allocsPerRun(run func()) float64 {
	for range countedRuns {
		run()
	}
	return 0
}
