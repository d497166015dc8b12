// Package guest lets a library made with Go live in a process that is somebody else's.
//
// Signals. A handler runs on the stack of the thread that the signal interrupts, unless it was installed with
// SA_ONSTACK. In the middle of Go code that is the stack of a goroutine, which has no room for it: what lies next to it in
// memory would be overwritten. Go's runtime sees to the handlers that are there when it is loaded, but a proxy installs
// its own later. So threads that Go makes take no signal that is meant for the process: this package, when it is
// linked in, has them blocked. And handlers are made to use the alternate stack that every thread has which runs Go
// code: a host calls [MendSignals] when a configuration is opened, and [MendSignalsOnce] when a connection is, at which
// time the proxy runs.
//
// Processors. Worker threads of the proxy that call into Go each hold a processor, in the sense of GOMAXPROCS, for the
// time of the call. If they can hold all of them, Go's monitor has to look every 20 µs whether it must take one away. So
// there are two more than the machine has, unless the environment variable GOMAXPROCS says otherwise. It
// also takes away those of threads that it finds outside of Go, and looks every 20 µs as long as there are any. So, as
// nothing here is that urgent, threads that Go makes may be woken four milliseconds late.
//
// Memory. A heap of a few megabytes, as that of a guest mostly is, would be collected whenever it has grown by another few,
// which some thousand connections that come and go are enough for. So 16 MiB at least are allocated between two
// collections, unless the environment variable GOGC says otherwise. GOMEMLIMIT holds in any case.
package guest

// #include "guest.h"
import "C"

import (
	"os"
	"runtime"
	"sync/atomic"
)

// spare is the number of processors beyond those of the machine.
const spare = 2

func init() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}

// MendSignals makes all handlers that are installed now run on alternate stacks. It may be called at any time and
// thread.
func MendSignals() { C.proxylib_guest_mend_signals() }

// MendSignalsOnce does so at the first call of the process.
func MendSignalsOnce() {
	if !mended.Load() {
		C.proxylib_guest_mend_signals_once()
		mended.Store(true)
	}
}

// mended spares later connections the call into C.
var mended atomic.Bool
