package datapath

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Observer takes the place of an [Engine] for connections that are only watched; see [proxylib.Observe]. All bytes pass
// unchanged and at once, whatever the parser makes of them: it sees a copy of the stream. As soon as the parser wants what would
// change the stream, or cannot read it, it is not asked any more.
//
// The zero value lets all bytes pass without a parser.
type Observer struct {
	conn *host.Connection
	// engine is nil once the parser is not asked any more.
	engine *Engine
	plan   Plan
}

// passAll is a number of bytes that no connection has.
const passAll = 1 << 62

// NewObserver returns the observer of a connection, of an instance that observes.
func NewObserver(conn *host.Connection, limits Limits) *Observer {
	engine := New(conn, limits)
	engine.watches = true
	return &Observer{conn: conn, engine: engine}
}

// Data is [Engine.Data].
func (o *Observer) Data(reply, endStream bool, chunks [][]byte, plan *Plan) {
	*plan = Plan{
		Leave: true, Out: plan.Out[:0], Reverse: plan.Reverse[:0], Latencies: plan.Latencies[:0], ops: plan.ops, Pass: passAll,
	}
	if o.engine == nil {
		return
	}
	o.plan.Latencies = plan.Latencies
	o.engine.Data(reply, endStream, chunks, &o.plan)
	plan.Latencies, o.plan.Latencies = o.plan.Latencies, nil
	switch {
	case o.engine.altered != 0:
		o.giveUp(reply, "the parser wants to change the stream: "+proxylib.OpType(o.engine.altered).String())
	case o.plan.StartTLS:
		o.giveUp(reply, "the parser would begin TLS")
	case o.plan.Close:
		o.giveUp(reply, o.plan.Reason)
	default:
		plan.Pass = o.plan.Pass
	}
	o.plan.Out, o.plan.Reverse = nil, nil
}

// Resume is [Engine.Resume].
func (o *Observer) Resume(plan *Plan) {
	if o.engine != nil {
		o.conn.Unpause()
	}
	o.Data(false, false, nil, plan)
}

// Skipped is [Engine.Skipped].
func (o *Observer) Skipped(reply bool, n uint64) {
	if o.engine != nil {
		o.engine.Skipped(reply, n)
	}
}

// giveUp ends the observation. What was held for the parser has passed.
func (o *Observer) giveUp(reply bool, reason string) {
	o.conn.GiveUp(reply, reason)
	o.Close()
}

// Close releases the parser, if that has not been done.
func (o *Observer) Close() {
	if o.engine != nil {
		o.engine.Close()
		o.engine = nil
	}
}

// alters notes that the parser wants to change the stream.
func (e *Engine) alters(op proxylib.OpType) {
	if e.watches && e.altered == 0 {
		e.altered = uint8(op)
	}
}
