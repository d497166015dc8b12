package sink

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// wakeup wakes the writer. It is a pipe, on which the writer's thread waits by itself: a channel or a timer would have Go's
// scheduler wake it, and in a host's process, where threads enter Go for a microsecond, that wakes several more threads and
// takes longer.
type wakeup struct{ r, w *os.File }

func newWakeup() (*wakeup, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("access log: a pipe to wake the writer: %w", err)
	}
	return &wakeup{r, w}, nil
}

var signal = []byte{0}

// wake wakes the writer, now or when it waits next. It may be called from several threads at once, also after close. It
// does not wait: the pipe holds thousands of times more than a queue sends between two waits.
func (u *wakeup) wake() { _, _ = u.w.Write(signal) }

// wait returns after a call of wake, now or since the last wait, or when a time of at least a millisecond is over; 0 waits
// without a limit.
func (u *wakeup) wait(limit time.Duration) {
	timeout := -1
	if limit > 0 {
		timeout = int(limit.Milliseconds())
	}
	fd := []unix.PollFd{{Fd: int32(u.r.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fd, timeout)
	if n > 0 {
		var signals [64]byte
		_, err = u.r.Read(signals[:])
	}
	if err != nil && err != unix.EINTR {
		// The pipe was closed under us. The writer continues without it.
		time.Sleep(pollEvery)
	}
}

func (u *wakeup) close() {
	u.r.Close()
	u.w.Close()
}
