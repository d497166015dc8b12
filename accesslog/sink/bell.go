package sink

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// bell wakes the writer. It is a pipe, for the kernel to do so: a channel would hand the writer to Go's scheduler, which in
// a host's process, where threads come into Go for a microsecond, wakes several threads of its own and takes a while.
type bell struct{ ear, rope *os.File }

func newBell() (*bell, error) {
	ear, rope, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("access log: a pipe to wake the writer: %w", err)
	}
	return &bell{ear, rope}, nil
}

var pull = []byte{0}

// ring wakes the writer, now or when it waits next. It may be called from several threads at once. It does not wait: the
// pipe takes thousands of times as much as a queue rings between two waits.
func (b *bell) ring() { _, _ = b.rope.Write(pull) }

// wait returns when the bell rings or has rung since the last time, or when the time is over; 0 is no limit.
func (b *bell) wait(most time.Duration) {
	deadline := time.Time{}
	if most > 0 {
		deadline = time.Now().Add(most)
	}
	err := b.ear.SetReadDeadline(deadline)
	if err == nil {
		var rings [64]byte
		_, err = b.ear.Read(rings[:])
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		// Somebody has taken the pipe away. The writer goes on without it.
		time.Sleep(pollEvery)
	}
}

func (b *bell) close() {
	b.ear.Close()
	b.rope.Close()
}
