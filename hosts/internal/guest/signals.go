package guest

// #include "guest.h"
import "C"

import "sync/atomic"

// UseAltSignalStacks makes all signal handlers that are installed now run on alternate stacks. It may be called at any
// time, from any thread.
func UseAltSignalStacks() { C.proxylib_guest_use_alt_signal_stacks() }

// UseAltSignalStacksOnce does so at the first call of the process.
func UseAltSignalStacksOnce() {
	if !usedAltStacks.Load() {
		C.proxylib_guest_use_alt_signal_stacks_once()
		usedAltStacks.Store(true)
	}
}

// usedAltStacks saves later connections the call into C.
var usedAltStacks atomic.Bool
