package httpfilter

import (
	"sync/atomic"

	"github.com/proxylib/proxylib/internal/httplink"
)

// waker counts the users of a scheduler, and deletes it after the last: its owner, and those that commit at the moment. No lock is held while it commits,
// as a host may end the stream meanwhile.
type waker struct {
	scheduler httplink.Scheduler
	users     atomic.Int32
}

func newWaker(scheduler httplink.Scheduler) *waker {
	w := &waker{}
	w.begin(scheduler)
	return w
}

func (w *waker) begin(scheduler httplink.Scheduler) {
	w.scheduler = scheduler
	w.users.Store(1)
}

// wake has the host call the owner. It does nothing after the owner has released it.
func (w *waker) wake() {
	for {
		n := w.users.Load()
		if n == 0 {
			return
		}
		if w.users.CompareAndSwap(n, n+1) {
			break
		}
	}
	w.scheduler.Commit()
	w.release()
}

// release is called by the owner, once. There may be none.
func (w *waker) release() {
	if w != nil && w.users.Add(-1) == 0 {
		w.scheduler.Delete()
	}
}
