package guest

import (
	"runtime"
	"sync"
)

// spareProcessors is the number of processors beyond those of the machine.
const spareProcessors = 2

var setup = new(sync.Once)

// Setup sets what the Go runtime does in a process of somebody else's, once: processors and garbage collection. Hosts call
// it when a configuration is opened, with [os.Getenv]. It may be called from several threads at once.
func Setup(getenv func(string) string) {
	setup.Do(func() {
		if getenv("GOMAXPROCS") == "" {
			runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareProcessors)
		}
		if getenv("GOGC") == "" {
			collectLate(defaultPercent)
		}
	})
}
