package httpfilter

import (
	"context"
	"errors"
	"sync"
	"time"
)

// waitContext is the context of a message that waits. As long as nobody asks for more than its error it is a timer, which is much less
// than the contexts of the standard library take. They are made at the first question that needs them.
type waitContext struct {
	stream   *Stream
	deadline time.Time
	timer    *time.Timer

	mu sync.Mutex
	// err is why it has ended; it counts while there is no full one.
	err    error
	full   context.Context
	cancel context.CancelFunc
}

// begin starts the time of a stream's message. When it is over, expire is called on any thread.
func (c *waitContext) begin(s *Stream, expire func()) {
	timeout := s.timeout()
	c.stream, c.deadline = s, time.Now().Add(timeout)
	c.timer = time.AfterFunc(timeout, func() {
		c.stop(context.DeadlineExceeded)
		expire()
	})
}

// stop ends what has not ended before.
func (c *waitContext) stop(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.cancelFull()
}

// cancelFull ends the full context, if there is one. Over its deadline it ends by itself.
func (c *waitContext) cancelFull() {
	if c.cancel != nil && errors.Is(c.err, context.Canceled) {
		c.cancel()
	}
}

// end ends the context, and the time. It may be called several times.
func (c *waitContext) end() {
	c.timer.Stop()
	c.stop(context.Canceled)
}

// whole returns the full context.
func (c *waitContext) whole() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full != nil {
		return c.full
	}
	c.full, c.cancel = context.WithDeadline(context.WithValue(c.stream.config.ctx, callerKey{}, caller(c.stream)), c.deadline)
	c.cancelFull()
	return c.full
}

// Deadline implements [context.Context].
func (c *waitContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Done implements [context.Context].
func (c *waitContext) Done() <-chan struct{} { return c.whole().Done() }

// Value implements [context.Context]. It also makes contexts that come of this one children of the full one.
func (c *waitContext) Value(key any) any { return c.whole().Value(key) }

// Err implements [context.Context].
func (c *waitContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full != nil {
		return c.full.Err()
	}
	return c.err
}
