// Package guest adapts the Go runtime of a library to the process of a host, which is not written in Go.
//
// Signals. A handler runs on the stack of the thread that the signal interrupts, unless it was installed with
// SA_ONSTACK. In the middle of Go code that is the stack of a goroutine, which is too small: what lies next to it in
// memory would be overwritten. Go's runtime corrects the handlers that exist when it is loaded, but a proxy installs
// its own later. So threads that Go makes take no signal that is meant for the process: they have them blocked. And
// handlers are made to use the alternate stack that every thread has which runs Go code: a host calls
// [UseAltSignalStacks] when a configuration is opened, and [UseAltSignalStacksOnce] when a connection is, at which time
// the proxy runs.
//
// Processors. Worker threads of the proxy that call into Go each hold a processor, in the sense of GOMAXPROCS, for the
// time of the call. If they can hold all of them, Go's monitor has to look every 20 µs whether it must take one away. So
// [Setup] adds two to those of the machine, unless the environment variable GOMAXPROCS says otherwise. The monitor
// also takes processors away from threads that it finds outside of Go, and looks every 20 µs as long as there are any. As
// little here is that urgent, threads that Go makes may be woken four milliseconds late. The exception are those that run
// goroutines for which a request waits: a thread that takes a goroutine over from another one may sleep for some
// microseconds first. They are woken in time once they have called proxylib_guest_wake_in_time.
//
// Memory. A heap of a few megabytes, which is usual here, would be collected whenever it has grown by another few, which
// some thousand connections that come and go are enough for. So with [Setup] at least 16 MiB are allocated between two
// collections, unless the environment variable GOGC says otherwise. GOMEMLIMIT holds in any case.
//
// Importing the package changes nothing of that but the signal mask and the timer slack of the threads that Go makes.
// These two cannot wait for the first configuration: the runtime starts threads as soon as the library is loaded, a thread
// takes both over from the one that makes it, and no other thread can set the mask of one that runs.
package guest
