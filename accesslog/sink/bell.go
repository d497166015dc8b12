package sink

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// bell wakes the writer. It is a pipe, on which the writer's thread waits by itself: a channel or a timer would have Go's
// scheduler wake it, and in a host's process, where threads come into Go for a microsecond, that wakes several threads of
// its own and takes a while.
type bell struct{ ear, rope *os.File }

func newBell() (*bell, error) {
	ear, rope, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("access log: a pipe to wake the writer: %w", err)
	}
	return &bell{ear, rope}, nil
}

var pull = []byte{0}

// ring wakes the writer, now or when it waits next. It may be called from several threads at once, also after close. It
// does not wait: the pipe takes thousands of times as much as a queue rings between two waits.
func (b *bell) ring() { _, _ = b.rope.Write(pull) }

// wait returns when the bell rings or has rung since the last time, or when the time, of at least a millisecond, is over; 0
// is no limit.
func (b *bell) wait(most time.Duration) {
	limit := -1
	if most > 0 {
		limit = int(most.Milliseconds())
	}
	fd := []unix.PollFd{{Fd: int32(b.ear.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fd, limit)
	if n > 0 {
		var rings [64]byte
		_, err = b.ear.Read(rings[:])
	}
	if err != nil && err != unix.EINTR {
		// Somebody has taken the pipe away. The writer goes on without it.
		time.Sleep(pollEvery)
	}
}

func (b *bell) close() {
	b.ear.Close()
	b.rope.Close()
}
