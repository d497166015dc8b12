package guest

// #include "guest.h"
import "C"

// WakeInTime has the kernel wake the calling thread from timed waits as early as those of the proxy, from now on. Code in C calls
// proxylib_guest_wake_in_time instead.
func WakeInTime() { C.proxylib_guest_wake_in_time() }
