package sink

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// nice is how far the writer steps back where processors are scarce: it then gets a third of the share of another thread.
const nice = 5

// takeThread gives the calling goroutine a thread of its own, for good, that comes after those of the data path: a request
// does not wait until a batch of entries is written. A kernel that refuses it changes nothing else.
func takeThread() {
	runtime.LockOSThread()
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_BATCH, Nice: nice}, 0)
}
