package guest

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// minGarbage is how many bytes are allocated at least from one collection to the next.
	minGarbage = 16 << 20
	// defaultPercent is Go's own GOGC, and runtimeMin the size of heap, in bytes, from which it collects with that.
	defaultPercent = 100
	runtimeMin     = 4 << 20
)

// collectLate delays the collections of a small heap: now and after each collection it sets GOGC, which is percent, to
// what suits the heap that was left. It is only set if it changes, as that stops the world for a moment.
func collectLate(percent int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if want := percentFor(live[0].Value.Uint64()); want != percent {
		debug.SetGCPercent(want)
		percent = want
	}
	runtime.AddCleanup(new(sentinel), collectLate, percent)
}

// sentinel is garbage that the next collection finds. It is large enough to be allocated alone.
type sentinel [32]byte

// percentFor returns the percentage, in steps of a factor of two, with which [minGarbage] or more bytes are allocated
// after a collection that left live bytes. From that size on it is the default.
func percentFor(live uint64) int {
	percent := defaultPercent
	for size := max(live, runtimeMin); size < minGarbage; size *= 2 {
		percent *= 2
	}
	return percent
}
