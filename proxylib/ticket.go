package proxylib

import "sync"

// NoVerdictInTime is the reason of a denial because a request has paused for longer than the host allows.
const NoVerdictInTime = "no verdict in time"

// deniedElsewhere is the reason of a denial that came without one.
const deniedElsewhere = "denied elsewhere"

// Pause has the request at the front wait for a verdict that comes from elsewhere, such as an authorization service. The parser
// calls it in the request direction, and returns op and n:
//
//	verdict := p.connection.Decide(request)
//	if asked, resumed := p.connection.Resumed(); resumed {
//		verdict = verdict.And(asked)
//	} else if verdict.Allowed {
//		ticket, op, n := p.connection.Pause()
//		go ask(ticket, question) // which ends with ticket.Resume(verdict)
//		return op, n
//	}
//
// The host keeps the bytes, reads little more from the client, and calls the parser for the same bytes again after
// [Ticket.Resume], on the thread of the connection. The end of the client's stream waits with them; the reply direction goes on. If
// nobody resumes in time, the host does, with a denial for [NoVerdictInTime]. If the server's stream ends meanwhile, the
// connection is closed.
//
// Only parsers of a [Protocol] that Pauses may call it. A request may pause again after it was resumed, unless time was
// up.
func (c *Connection) Pause() (ticket Ticket, op OpType, n int) {
	p := c.pauses()
	if p == nil || p.resumed && p.expired || c.state.Paused || c.state.InTurns {
		op, n = c.Fail("a request pauses that must not", ERROR_INVALID_FRAME_TYPE)
		return Ticket{}, op, n
	}
	c.state.Paused, p.resumed = true, false
	return p.begin(), NOP, 0
}

// Resumed returns the verdict that the request at the front was resumed with. resumed is false if it has not paused yet. The
// verdict is forgotten as soon as bytes of the request pass or are dropped. In audit mode a denial is one that is not carried
// out, as in [Connection.Decide], but for [NoVerdictInTime]. A connection whose parser passes a request in spite of a denial
// is closed.
func (c *Connection) Resumed() (v Verdict, resumed bool) {
	p := c.pauses()
	if p == nil || !p.resumed {
		return Verdict{}, false
	}
	return p.verdict, true
}

// Ticket resumes a request that has paused; see [Connection.Pause]. It may be copied and used from any goroutine, at any
// time. The zero value resumes nothing.
type Ticket struct {
	p      *pausing
	number uint64
}

// Resume gives the verdict for the request. What has been written before is seen by the parser when it is called again. Further
// calls for one pause do nothing, nor does one that comes after time is up or after the end of the connection. Resume does
// not wait for the connection.
func (t Ticket) Resume(v Verdict) {
	if t.p != nil {
		t.p.resume(t.number, v, false)
	}
}

// pausing is what a connection needs whose requests may pause. It outlives the connection in tickets.
type pausing struct {
	mu sync.Mutex
	// wake tells the host that the request is to be resumed; nil after the end of the connection.
	wake func()
	// number is that of the last pause. open: it lasts. due: it is over, and the host has not been there yet.
	number    uint64
	open, due bool
	// given is the verdict. late: it is there because time is up.
	given Verdict
	late  bool

	// What follows is for the thread of the connection. resumed: the request at the front was resumed, with verdict, and expired
	// if time was up.
	resumed, expired bool
	verdict          Verdict
}

func (p *pausing) begin() Ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	p.open, p.due = true, false
	return Ticket{p, p.number}
}

func (p *pausing) resume(number uint64, v Verdict, late bool) {
	if wake := p.give(number, v, late); wake != nil {
		wake()
	}
}

// give notes the verdict, and returns what wakes the host; nil if nothing waits for it.
func (p *pausing) give(number uint64, v Verdict, late bool) (wake func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if number != p.number || !p.open {
		return nil
	}
	if !v.Allowed && v.Reason == "" {
		v.Reason = deniedElsewhere
	}
	p.open, p.due, p.given, p.late = false, true, v, late
	return p.wake
}

// take ends the pause if it is over, and reports whether it does.
func (p *pausing) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.due {
		return false
	}
	p.due, p.resumed, p.verdict, p.expired = false, true, p.given, p.late
	return true
}

// end has tickets do nothing any more.
func (p *pausing) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.due, p.wake = false, false, nil
}

// setWake says how the host is woken, from any goroutine.
func (c *Connection) setWake(wake func()) { c.rare = &rare{pausing: &pausing{wake: wake}} }

// pauseNumber is that of the pause that lasts; 0 is none.
func (c *Connection) pauseNumber() uint64 {
	if !c.state.Paused {
		return 0
	}
	p := c.rare.pausing
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.number
}

// resume ends a pause: late, because time is up, or with a verdict. It may be called from any goroutine.
func (c *Connection) resume(number uint64, v Verdict, late bool) {
	if late {
		v = Verdict{Reason: NoVerdictInTime}
	}
	c.rare.pausing.resume(number, v, late)
}

// unpause ends the pause if it is over, and reports whether the parser is to be called again.
func (c *Connection) unpause() bool {
	if !c.state.Paused || !c.rare.pausing.take() {
		return false
	}
	c.state.Paused = false
	p := c.rare.pausing
	v := &p.verdict
	if c.Instance.host.Observe || c.Instance.host.Audit && !p.expired {
		v.Allowed, v.Audited = true, v.Audited || !v.Allowed
	}
	return true
}

// endPause forgets a pause.
func (c *Connection) endPause() {
	c.state.Paused = false
	if p := c.pauses(); p != nil {
		p.end()
	}
}

// overrides reports whether the parser passes a request that must not pass, and forgets the verdict on what passes or is
// dropped.
func (p *pausing) overrides(op OpType) bool {
	if op != PASS && op != DROP {
		return false
	}
	denied := p.resumed && !p.verdict.Allowed
	p.resumed = false
	return denied && op == PASS
}

// checkPause returns what is carried out in place of an operation that the parser must not return.
func (c *Connection) checkPause(op OpType, n int) (OpType, int) {
	switch {
	case c.state.Paused && op != NOP && op != ERROR:
		return c.Fail("a verdict on a request that has paused", ERROR_INVALID_FRAME_TYPE)
	case c.rare.pausing != nil && c.rare.pausing.overrides(op):
		return c.Fail("a request passes in spite of a denial", ERROR_INVALID_FRAME_TYPE)
	}
	return op, n
}
