// Package signals lets a library made with Go live in a process that handles signals by itself.
//
// A handler runs on the stack of the thread that the signal interrupts, unless it was installed with SA_ONSTACK. In the
// middle of Go code that is the stack of a goroutine, which has no room for it: what lies next to it in memory would be
// overwritten. Go's runtime sees to the handlers that are there when it is loaded, but a proxy installs its own later.
//
// So threads that Go makes take no signal that is meant for the process: this package, when it is linked in, has them
// blocked. And handlers are made to use the alternate stack that every thread has which runs Go code: a host calls
// [Mend] when a configuration is opened, and [MendOnce] when a connection is, at which time the proxy runs.
package signals

// #include "signals.h"
import "C"

// Mend makes all handlers that are installed now run on alternate stacks. It may be called at any time and thread.
func Mend() { C.proxylib_signals_mend() }

// MendOnce does so at the first call of the process.
func MendOnce() { C.proxylib_signals_mend_once() }
