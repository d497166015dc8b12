package datapath

import (
	"fmt"
	"sync"

	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// DefaultHeldBytes is the limit of held bytes in one direction, unless [Limits] says otherwise.
const DefaultHeldBytes = 1 << 20

// MaxInjectedBytes is the number of bytes that a parser may inject in one call of Data, more than may wait in its
// outboxes, so that a parser which injects without end cannot stall the host.
const MaxInjectedBytes = 4 << 20

// waitingBytes is how much more than the limit of held bytes one direction may hold while requests wait for a reply: bytes
// that the host has read before it stops reading.
const waitingBytes = 2 << 20

// pausedBytes is the number of bytes up to which the client of a request that has paused is read: a host that reads notices
// when the client goes away.
const pausedBytes = 64 << 10

// Limits limit what the engine holds.
type Limits struct {
	// HeldBytes is the largest number of bytes of one direction that wait for a verdict. When a parser asks for more, the
	// connection is closed. 0 means DefaultHeldBytes, or what the parser says, see [proxylib.Holder], if that is more.
	HeldBytes int
	// Total limits the memory of held bytes of all engines that share it. A connection that would exceed it is closed. A few
	// bytes a direction, which every connection may hold, are not counted. nil sets no limit.
	Total *overload.Limit
}

// Plan is what the host does with the input of one call. The host owns it and may reuse it: Data empties it first and
// keeps the capacity of Out, Reverse and Latencies.
type Plan struct {
	// Leave: the input is forwarded unchanged. Otherwise Out takes its place.
	Leave bool
	Out   []byte
	// Reverse is to be sent in the other direction, now, before anything else in that direction.
	Reverse []byte
	// Pass and Drop, of which at most one is not 0, count bytes of this direction not yet received on which the verdict has been
	// given. The host may apply them without calling Data as long as the bytes received are fewer than the count, and
	// then calls Skipped before the next Data.
	Pass, Drop uint64
	// Wait: requests wait for a reply, or too much waits with one that has paused, and the host reads no more from the client
	// until a plan comes without Wait.
	Wait bool
	// Pause: requests wait until [Engine.Resume] is called. The host limits the time by host.Connection.Expire.
	//
	// The end of the client's stream waits with requests: if the host passed it to Data while Wait or Pause was set, it comes
	// after what the first plan with neither has for the server.
	Pause bool
	// Latencies are those of the requests whose replies have ended, in nanoseconds; see host.Connection.Measure.
	Latencies []uint64
	// StartTLS: after Reverse has been sent, the host begins TLS with the client. It reads nothing from the client before.
	StartTLS bool
	// Close: after Out and Reverse have been sent, the connection is to be closed. Reason says why.
	Close  bool
	Reason string
	// ops are the operations of one call of the parser, and list is the input as it gets it. They are part of the plan, which
	// hosts reuse, so that an idle connection needs no memory for them.
	ops  []host.FilterOp
	list [][]byte
}

// Engine is the state of one connection: in each direction the bytes that wait for a verdict, how many more the parser
// wants, and a PASS or DROP that reaches past the input. It is used by one thread at a time.
type Engine struct {
	conn       *host.Connection
	heldLimit  int
	total      *overload.Limit
	directions [2]direction
	reason     string
	// turns is nil if the host can send in both directions at any time.
	turns  *turns
	closed bool
	// broken: the parser must not be called any more.
	broken bool
	// reply is the direction that is being judged.
	reply bool
	// watches: what comes out is of no interest, but for altered, the first operation that is not a PASS; 0 is none.
	watches bool
	altered uint8
}

// direction is the state of one direction.
type direction struct {
	// held waits for a verdict, need is the length it must have before the parser is called again.
	held []byte
	need int
	// pass and drop count bytes not yet received on which the verdict has been given; at most one is not 0.
	pass, drop uint64
	ended      bool
}

// smallHeld is the capacity, in bytes, of memory of the pool, which is not charged; keptList is the capacity of the list
// that a plan keeps.
const (
	smallHeld = 128
	keptList  = 4
)

// pool has memory for short rests of messages, so that connections without one need none.
var pool = sync.Pool{New: func() any { return new([smallHeld]byte) }}

// New returns the engine of a connection.
func New(conn *host.Connection, limits Limits) *Engine {
	conn.SetCanWait()
	return newEngine(conn, limits)
}

func newEngine(conn *host.Connection, limits Limits) *Engine {
	if limits.HeldBytes <= 0 {
		limits.HeldBytes = DefaultHeldBytes
		if h, ok := conn.Parser.(proxylib.Holder); ok {
			limits.HeldBytes = max(limits.HeldBytes, h.HeldBytes())
		}
	}
	conn.SetHeldLimit(limits.HeldBytes)
	return &Engine{conn: conn, heldLimit: limits.HeldBytes, total: limits.Total}
}

// Skipped notes that the host has applied a standing Pass or Drop to n bytes by itself.
func (e *Engine) Skipped(reply bool, n uint64) {
	d := e.direction(reply)
	if d.pass > 0 {
		d.pass -= min(n, d.pass)
		return
	}
	d.drop -= min(n, d.drop)
}

// Data judges bytes that arrived in one direction and fills in the plan. chunks are not kept and not changed. After a
// plan with Close set, every further plan is empty and has Close set.
func (e *Engine) Data(reply, endStream bool, chunks [][]byte, plan *Plan) {
	if e.turns != nil {
		e.inTurns(reply, endStream, chunks, plan)
		return
	}
	e.data(reply, endStream, chunks, plan)
}

func (e *Engine) data(reply, endStream bool, chunks [][]byte, plan *Plan) {
	*plan = Plan{
		Out: plan.Out[:0], Reverse: plan.Reverse[:0], Latencies: plan.Latencies[:0], ops: plan.ops[:0], list: plan.list[:0],
	}
	if plan.ops == nil {
		plan.ops = make([]host.FilterOp, 0, host.MaxOps)
	}
	if e.closed {
		plan.Close, plan.Reason = true, e.reason
		return
	}
	e.reply = reply
	e.conn.Measure(&plan.Latencies)
	d := e.direction(reply)
	d.ended = d.ended || endStream
	in := newInput(d.held, chunks)
	out := output{to: &plan.Out, in: &in, leave: len(d.held) == 0}

	waiting := e.conn.Waiting()
	e.standing(d, &in, &out)
	if d.pass == 0 && d.drop == 0 && (reply || !waiting) {
		e.takeInjected(reply, &out)
		e.judge(reply, d, &in, &out, plan, func() { e.reverse(!reply, plan) })
	}
	for waiting && !e.conn.Waiting() && !e.closed {
		waiting = e.resume(plan, &plan.Reverse)
		if d.pass == 0 && d.drop == 0 && !e.closed {
			e.takeInjected(reply, &out)
			e.judge(reply, d, &in, &out, plan, func() {})
		}
	}
	e.settle(reply, d, &in, &out)
	waits := !reply && e.conn.Waiting()
	if waits {
		out.diverge()
	}
	e.reverse(!reply, plan)
	// What requests wait for may have gone to the client by that.
	for waits && !e.conn.Waiting() && !e.closed {
		waits = e.resume(plan, &plan.Out)
		e.turn(!reply, plan)
	}
	if e.directions[1].ended && e.conn.Waiting() {
		e.fail(e.conn.ParserName + ": end of the server's stream while a request waits")
	}
	if e.conn.TakeStartTLS() {
		plan.StartTLS = e.mayStartTLS()
	}

	plan.Pause = e.conn.Paused() && !e.closed
	plan.Wait = e.conn.Waiting() && !e.closed && (!plan.Pause || len(e.directions[0].held) > pausedBytes)
	plan.Leave = out.leave
	plan.Close, plan.Reason = e.closed, e.reason
	if !e.closed {
		plan.Pass, plan.Drop = d.pass, d.drop
	}
	plan.release()
	e.conn.Measure(nil)
	e.conn.ReleaseInjectBuf(false)
	e.conn.ReleaseInjectBuf(true)
}

// Resume has the parser called again for requests that have paused, if they are to go on, and fills in the plan of the request
// direction: Out is for the server, Reverse for the client. Hosts call it on the thread of the connection, after the Wake of
// host.ConnectionInfo was called, and may call it at any other time.
func (e *Engine) Resume(plan *Plan) {
	e.conn.Unpause()
	e.Data(false, false, nil, plan)
}

// Close releases the parser and the held bytes. The engine must not be used afterwards.
func (e *Engine) Close() {
	for i := range e.directions {
		e.free(&e.directions[i])
	}
	if e.turns != nil {
		e.turns.free(e.total)
	}
	e.conn.Close()
}

func (e *Engine) direction(reply bool) *direction {
	if reply {
		return &e.directions[1]
	}
	return &e.directions[0]
}

// standing applies a verdict that was given before the bytes came.
func (e *Engine) standing(d *direction, in *input, out *output) {
	if n := min(d.pass, uint64(in.left)); n > 0 {
		d.pass -= n
		out.pass(int(n))
	}
	if n := min(d.drop, uint64(in.left)); n > 0 {
		d.drop -= n
		out.drop(int(n))
	}
}

// judge calls the parser if it has what it asked for, and again as long as it has more to say. between is called
// between two calls of the parser.
func (e *Engine) judge(reply bool, d *direction, in *input, out *output, plan *Plan, between func()) {
	if in.left < d.need {
		return
	}
	waited := e.conn.Waiting()
	for injected := 0; ; {
		d.need = 0
		plan.list = in.list(plan.list[:0])
		ops, result := e.conn.OnData(reply, d.ended, plan.list, plan.ops)
		if result != proxylib.OK {
			e.broken = true
			e.fail(e.conn.Failure())
			return
		}
		waiting := e.conn.Injected(reply)
		injected += waiting
		again := len(ops) == cap(plan.ops) || waiting == proxylib.InjectBufSize
		last := e.apply(reply, d, ops, in, out)
		if e.conn.Injected(reply) > 0 {
			e.fail(e.conn.ParserName + ": the parser did not return INJECT for all injected bytes")
		}
		resumed := waited && !e.conn.Waiting()
		if last || e.closed || resumed || !again {
			return
		}
		if injected > MaxInjectedBytes {
			e.fail(e.conn.ParserName + ": the parser injects without end")
			return
		}
		if between(); e.closed {
			return
		}
	}
}

// apply carries out operations. last reports whether the parser must not be called again in this call.
func (e *Engine) apply(reply bool, d *direction, ops []host.FilterOp, in *input, out *output) (last bool) {
	for _, op := range ops {
		switch op.Op {
		case proxylib.PASS:
			if rest := op.N - int64(in.left); rest > 0 {
				out.pass(in.left)
				d.pass, last = uint64(rest), true
				continue
			}
			out.pass(int(op.N))
		case proxylib.DROP:
			e.alters(op.Op)
			if rest := op.N - int64(in.left); rest > 0 {
				out.drop(in.left)
				d.drop, last = uint64(rest), true
				continue
			}
			out.drop(int(op.N))
		case proxylib.INJECT:
			e.alters(op.Op)
			out.insert(e.conn.TakeInjected(reply, int(op.N)))
		case proxylib.MORE:
			d.need, last = in.left+int(min(op.N, 1<<40)), true
			if d.need > e.heldLimit {
				e.failHeld()
			}
		default:
			e.fail(e.conn.Failure())
			last = true
		}
	}
	return last
}

// mayStartTLS reports whether the request for TLS was all that the client has sent. Else the connection closes: what was sent
// before the handshake could be somebody else's.
func (e *Engine) mayStartTLS() bool {
	if d := e.direction(false); len(d.held) > 0 || d.drop > 0 || d.ended {
		e.fail(e.conn.ParserName + ": bytes after a request for TLS, before the handshake")
	}
	return !e.closed
}

// resume calls the parser for requests that waited, and reports whether they wait again. What passes goes to the end of to.
func (e *Engine) resume(plan *Plan, to *[]byte) bool {
	d := e.direction(false)
	if d.pass > 0 || d.drop > 0 {
		return false
	}
	in := newInput(d.held, nil)
	out := output{to: to, in: &in}
	d.need = 0
	e.takeInjected(false, &out)
	e.judge(false, d, &in, &out, plan, func() {})
	e.settle(false, d, &in, &out)
	return e.conn.Waiting()
}

// settle holds what waits for a verdict, if it may wait.
func (e *Engine) settle(reply bool, d *direction, in *input, out *output) {
	if in.left > 0 && !e.closed {
		limit, waits := e.heldLimit, !reply && e.conn.Waiting()
		if waits {
			limit += waitingBytes
		}
		switch {
		case d.ended && !waits:
			e.fail(e.conn.ParserName + ": end of stream inside a message")
		case in.left > limit:
			e.failHeld()
		}
	}
	if in.left > 0 || e.closed {
		out.diverge()
	}
	if in.left == 0 || e.closed {
		e.free(d)
		return
	}
	buf, before := d.held, chargeOf(d.held)
	switch {
	case buf == nil && in.left <= smallHeld:
		buf = pool.Get().(*[smallHeld]byte)[:]
	case before > 0 && in.left <= cap(buf)/4:
		// A short rest must not keep the memory of a long message.
		buf = nil
	}
	d.held = in.rest(buf)
	e.charge(d, before)
}

// chargeOf returns what the total is charged with for the memory of held bytes.
func chargeOf(held []byte) int {
	if cap(held) <= smallHeld {
		return 0
	}
	return cap(held)
}

// charge brings the total, which was charged with `before`, up to date with the memory of a direction, or closes the
// connection if that is not possible.
func (e *Engine) charge(d *direction, before int) {
	switch grown := chargeOf(d.held) - before; {
	case grown < 0:
		e.total.Give(int64(-grown))
	case grown > 0 && !e.total.Take(int64(grown)):
		d.held = nil
		e.total.Give(int64(before))
		e.fail(e.conn.ParserName + ": limit of held bytes of all connections reached")
	}
}

// free releases the memory of the held bytes of a direction.
func (e *Engine) free(d *direction) {
	switch held := d.held; {
	case held == nil:
		return
	case cap(held) == smallHeld:
		pool.Put((*[smallHeld]byte)(held[:smallHeld]))
	default:
		e.total.Give(int64(chargeOf(held)))
	}
	d.held = nil
}

// reverse sends what the parser has injected into the other direction, unless that is in the middle of a verdict that
// stands: then it goes out when that ends. The parser is then asked whether it has more to inject there.
func (e *Engine) reverse(reply bool, plan *Plan) {
	if e.conn.Injected(reply) > 0 {
		e.turn(reply, plan)
	}
}

// turn is [Engine.reverse], also if nothing has been injected.
func (e *Engine) turn(reply bool, plan *Plan) {
	d := e.direction(reply)
	if d.pass > 0 || d.drop > 0 {
		return
	}
	in := newInput(d.held, nil)
	out := output{to: &plan.Reverse, in: &in}
	e.takeInjected(reply, &out)
	if e.closed || !reply && e.conn.Waiting() {
		return
	}
	e.judge(reply, d, &in, &out, plan, func() {})
	e.settle(reply, d, &in, &out)
}

// takeInjected sends all that waits in the inject buffer of a direction.
func (e *Engine) takeInjected(reply bool, out *output) {
	if n := e.conn.Injected(reply); n > 0 {
		e.alters(proxylib.INJECT)
		out.insert(e.conn.TakeInjected(reply, n))
	}
}

// release forgets the host's bytes, and releases the memory of a long list.
func (p *Plan) release() {
	clear(p.list[:cap(p.list)])
	if cap(p.list) > keptList {
		p.list = nil
	}
}

func (e *Engine) fail(reason string) {
	if e.closed {
		return
	}
	if reason == "" {
		reason = e.conn.ParserName + ": parser error"
	}
	e.closed, e.reason = true, reason
	e.conn.LogClosed(e.reply, reason)
}

func (e *Engine) failHeld() {
	e.fail(fmt.Sprintf("%s: message exceeds the limit of %d held bytes", e.conn.ParserName,
		e.heldLimit))
}
