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
// Turns. A thread that is woken is usually given the processor of one that runs, if it has slept for long. In a proxy whose
// processors are all busy, each goroutine that a request waits for would so interrupt a worker thread, and each resumed request again:
// one by one, with a change of threads each. So threads that Go makes are scheduled as SCHED_BATCH, as far as those of the proxy have no
// policy of their own: they have the same share of the processors and use idle ones at once, but wait for their turn where there
// is none. Then a worker goes on with the other requests that it has, and a thread of Go with all that wait. Threads that
// the runtime makes while a thread of the proxy is in Go take over what that one has.
//
// Memory. A heap of a few megabytes, which is usual here, would be collected whenever it has grown by another few, which
// some thousand connections that come and go are enough for. So with [Setup] at least 16 MiB are allocated between two
// collections, unless the environment variable GOGC says otherwise. GOMEMLIMIT holds in any case.
//
// Importing the package changes nothing of that but signal mask, timer slack and scheduling policy of the threads that Go makes.
// These cannot wait for the first configuration: the runtime starts threads as soon as the library is loaded, a thread
// takes them over from the one that makes it, and no other thread can set the mask of one that runs.
package guest
