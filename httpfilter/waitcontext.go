package httpfilter

import (
	"context"
	"errors"
	"sync"
	"time"
)

// waitContext is the context of a message that waits. As long as nobody asks for more than its error it is an element of a list, which is
// much less than the contexts of the standard library take. They are made at the first question that needs them.
type waitContext struct {
	stream   *Stream
	deadline time.Time
	// expired is called when the time is over, on any thread.
	expired expirer

	// What follows belongs to the deadlines of the configuration.
	queued        bool
	before, after *waitContext

	mu sync.Mutex
	// err is why it has ended; it counts while there is no full one.
	err    error
	full   context.Context
	cancel context.CancelFunc
}

type expirer interface{ expire() }

// begin starts the time of a stream's message.
func (c *waitContext) begin(s *Stream, expired expirer) {
	c.stream, c.deadline, c.expired = s, time.Now().Add(s.timeout()), expired
	s.config.deadlines.add(c)
}

// expire is called when the time is over.
func (c *waitContext) expire() {
	c.stop(context.DeadlineExceeded)
	c.expired.expire()
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
	c.stream.config.deadlines.remove(c)
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
