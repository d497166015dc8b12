package guest

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// leastGarbage is how many bytes are allocated, at least, from one collection to the next.
	leastGarbage = 16 << 20
	// usualPercent is Go's own GOGC, and runtimeLeast the size of heap, in bytes, from which it collects with that.
	usualPercent = 100
	runtimeLeast = 4 << 20
)

func init() {
	if os.Getenv("GOGC") == "" {
		collectLate(usualPercent)
	}
}

// collectLate puts off the collections of a small heap: now and after each collection it sets GOGC, of which it knows what
// it is, to what suits the heap that was left. It is only set if it changes, as that stops the world for a moment.
func collectLate(percent int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if want := percentFor(live[0].Value.Uint64()); want != percent {
		debug.SetGCPercent(want)
		percent = want
	}
	runtime.AddCleanup(new(sign), collectLate, percent)
}

// sign is what the next collection finds to be garbage. It is large enough to get memory of its own.
type sign [32]byte

// percentFor returns the percentage, in steps of a factor of two, with which [leastGarbage] or more bytes are allocated
// after a collection that left so many bytes. From that size on it is the usual one.
func percentFor(live uint64) int {
	percent := usualPercent
	for size := max(live, runtimeLeast); size < leastGarbage; size *= 2 {
		percent *= 2
	}
	return percent
}
