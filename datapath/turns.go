package datapath

import (
	"slices"

	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// MaxWaitingBytes is the number of bytes of a parser's own that wait in each direction at most, in a host that sends in turns.
const MaxWaitingBytes = 4 << 20

// turns is what an engine keeps whose host can send in a direction only while it handles bytes of that direction.
type turns struct {
	// waiting are bytes for server and client that wait for such bytes, charged what the total has been charged with for them.
	waiting [2][]byte
	charged [2]int64
	// leaves: the connection is closed as soon as what waits for the client has been sent.
	leaves bool
}

// NewInTurns returns the engine of a connection in a host that can send in a direction only while it handles bytes of that
// direction, and cannot wait. Plans have no Reverse then: such bytes come first in Out of the next plan of their
// direction. Where the server need not say anything before they are due, Out has a harmless request of the protocol's that
// the server replies to; see [proxylib.Prompter]. A connection whose last words wait is closed by the plan that has them.
func NewInTurns(conn *host.Connection, limits Limits) *Engine {
	conn.SetInTurns()
	e := newEngine(conn, limits)
	e.turns = &turns{}
	return e
}

func index(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// inTurns is [Engine.Data] for such a host.
func (e *Engine) inTurns(reply, endStream bool, chunks [][]byte, plan *Plan) {
	t := e.turns
	if t.leaves {
		e.leave(reply, plan)
		return
	}
	e.data(reply, endStream, chunks, plan)
	if own := t.waiting[index(reply)]; len(own) > 0 {
		if plan.Leave {
			for _, chunk := range chunks {
				plan.Out = append(plan.Out, chunk...)
			}
			plan.Leave = false
		}
		plan.Out = slices.Insert(plan.Out, 0, own...)
		t.release(reply, e.total)
	}
	if len(plan.Reverse) > 0 && !t.keep(!reply, plan.Reverse, e.total) {
		e.fail(e.conn.ParserName + ": too many bytes wait to be sent")
		plan.Close, plan.Reason = true, e.reason
	}
	plan.Reverse = plan.Reverse[:0]
	if !reply && len(t.waiting[1]) > 0 {
		e.prompt(chunks, plan)
	}
}

// prompt sees to it that the server says something.
func (e *Engine) prompt(chunks [][]byte, plan *Plan) {
	d := e.direction(false)
	op, n := proxylib.MORE, 0
	switch {
	case e.broken:
		return
	case d.pass == 0:
		op, n = e.conn.Prompt()
	}
	switch op {
	case proxylib.MORE:
		// What is half passed remains so when the connection is closed.
		return
	case proxylib.INJECT:
		if plan.Leave {
			for _, chunk := range chunks {
				plan.Out = append(plan.Out, chunk...)
			}
			plan.Leave = false
		}
		plan.Out = append(plan.Out, e.conn.TakeInjected(false, n)...)
		e.conn.ReleaseInjectBuf(false)
	case proxylib.NOP:
	default:
		e.fail(e.conn.ParserName + ": " + NoPrompt)
		plan.Close, plan.Reason = true, e.reason
		return
	}
	if plan.Close {
		e.turns.leaves = true
		plan.Close, plan.Reason = false, ""
	}
}

// NoPrompt is the end of the reason for which a connection is closed whose protocol has no harmless request, when a denial
// is due that no reply of the server's leads to.
const NoPrompt = "a denial is due, and the host can send it only with a reply of the server's"

// leave drops what comes, until the client has got what waits for it.
func (e *Engine) leave(reply bool, plan *Plan) {
	*plan = Plan{Out: plan.Out[:0], Reverse: plan.Reverse[:0], Latencies: plan.Latencies[:0], ops: plan.ops[:0]}
	if !reply {
		return
	}
	plan.Out = append(plan.Out, e.turns.waiting[1]...)
	e.turns.release(true, e.total)
	plan.Close, plan.Reason = true, e.reason
}

// Waiting returns the bytes of the parser's own for a side that wait for bytes of the other's. They are the engine's, until the
// next call.
func (e *Engine) Waiting(reply bool) []byte {
	if e.turns == nil {
		return nil
	}
	return e.turns.waiting[index(reply)]
}

// keep keeps bytes for a side. It reports false if they are too many.
func (t *turns) keep(reply bool, b []byte, total *overload.Limit) bool {
	i := index(reply)
	if len(t.waiting[i])+len(b) > MaxWaitingBytes || !total.Take(int64(len(b))) {
		return false
	}
	t.charged[i] += int64(len(b))
	t.waiting[i] = append(t.waiting[i], b...)
	return true
}

func (t *turns) release(reply bool, total *overload.Limit) {
	i := index(reply)
	total.Give(t.charged[i])
	t.waiting[i], t.charged[i] = nil, 0
}

func (t *turns) free(total *overload.Limit) {
	t.release(false, total)
	t.release(true, total)
}
