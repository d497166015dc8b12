package httpfilter

import (
	"context"
	"errors"
	"sync/atomic"
)

// Pin holds on to a message that is paused, from any goroutine. All of its methods may be called at any time, also when the stream is gone.
type Pin struct {
	pause    *pauseState
	released atomic.Bool
}

// pauseState is a message that waits.
type pauseState struct {
	side *side
	ctx  waitContext
	// wait is the function of [Wait]; nil for a pause with a pin.
	wait func(context.Context) Action
	// action is that of the first who resumes.
	action Action
	// resumed is set by the first who resumes. pins are those that are not released.
	resumed atomic.Bool
	pins    atomic.Int32
	// endSpan ends the span of the pause; nil is none. It belongs to the stream's thread.
	endSpan func()
	// counted: it counts as waiting until it is finished. It belongs to the stream's thread.
	counted bool
}

// newPause prepares a pause of the message that a method is called for.
func (d *side) newPause() *pauseState {
	d.stream.reachable()
	p := d.stream.takePause()
	p.side = d
	p.ctx.begin(d.stream, p)
	if d.stream.gone {
		p.ctx.end()
	}
	return p
}

// expire implements [expirer].
func (p *pauseState) expire() { p.resume(Deny(statusTimeout, "", detailsTimeout)) }

// trace starts the span of the pause, if it is to have one.
func (p *pauseState) trace(name string) {
	if name != "" {
		p.endSpan = p.side.stream.host.StartSpan(name)
	}
}

// finish ends what belongs to a pause, which may be nil.
func (p *pauseState) finish() {
	if p == nil {
		return
	}
	p.resumed.Store(true)
	p.ctx.end()
	if p.endSpan != nil {
		p.endSpan()
		p.endSpan = nil
	}
	if p.counted {
		p.counted = false
		p.side.stream.config.leave()
	}
}

// enter reports whether one more message may wait. If so, leave is to be called when it does so no longer.
func (c *Config) enter() bool {
	limit := int64(c.filter.MaxWaiting)
	if limit <= 0 {
		limit = DefaultMaxWaiting
	}
	if c.waiting.Add(1) <= limit {
		return true
	}
	c.leave()
	return false
}

func (c *Config) leave() { c.waiting.Add(-1) }

// resume has the stream carry out an action, unless that is over. After the time is over it is a denial, whatever an author says who has
// seen the context end.
func (p *pauseState) resume(a Action) bool {
	if p.resumed.Swap(true) {
		return false
	}
	if errors.Is(p.ctx.Err(), context.DeadlineExceeded) {
		a = Deny(statusTimeout, "", detailsTimeout)
	}
	p.action = a
	return p.side.stream.postTask(task{resumed: p})
}

// start has the function of [Wait] run, which counts as waiting until it returns.
func (p *pauseState) start(f func(context.Context) Action) {
	p.wait = f
	p.side.stream.config.runners.run(p)
}

// run runs it.
func (p *pauseState) run() {
	s := p.side.stream
	defer s.config.leave()
	p.resume(s.ask(func() Action { return p.wait(&p.ctx) }))
}

// Pin takes a pin of the message, which is to be released. Methods of handlers take it before they return [Pause].
func (e *event) Pin() *Pin {
	if e.side.next == nil {
		e.side.next = e.side.newPause()
	}
	e.side.next.pins.Add(1)
	return &Pin{pause: e.side.next}
}

// Context ends when the message is resumed, when its time is over, and with the stream. It serves [Cluster].
func (p *Pin) Context() context.Context { return &p.pause.ctx }

// Resume carries out an action for the message, on the stream's thread. It returns false, and does nothing, if the stream is gone or the message was
// resumed before, perhaps because its time was over.
func (p *Pin) Resume(a Action) bool {
	if a.kind == pause {
		a = Action{}
	}
	return p.pause.resume(a)
}

// Post has a function called on the stream's thread, where the fields of its handler can be used. It returns false if the stream is gone; then the
// function is not called. It is not called either if the stream ends before.
func (p *Pin) Post(f func()) bool { return p.pause.side.stream.post(f) }

// Unpin releases the pin. If it was the last one of a message that nobody has resumed, the message is denied with status 500.
func (p *Pin) Unpin() {
	if !p.released.Swap(true) && p.pause.pins.Add(-1) == 0 {
		p.pause.resume(Deny(statusInternal, "", detailsAbandoned))
	}
}
