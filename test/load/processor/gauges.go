package processor

import "time"

// Gauges are what is read before and after something is measured.
type Gauges struct {
	Usage
	// Process is the processor time of a process; see [Time].
	Process time.Duration
}

// Read reads them, with a process.
func Read(pid int) (g Gauges, err error) {
	if g.Usage, err = UsageNow(); err != nil {
		return g, err
	}
	g.Process, err = Time(pid)
	return g, err
}
