package redis

import (
	"errors"
	"sync"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// firstTLS is the first byte of a TLS handshake.
const firstTLS = 0x16

// mode is what the client's next bytes are.
type mode uint8

const (
	// modeRequest: a request.
	modeRequest mode = iota
	// modeRest: the rest of a request on which the verdict has been given.
	modeRest
	// modeOver: nothing that the server would read.
	modeOver
	// modeReplica: nothing that is judged, until the server has answered the request of a replica.
	modeReplica
	// modeOpaque: anything, since the connection is one of a replica's.
	modeOpaque
)

// parser serves one connection. What it keeps from one call to the next is bounded: a queue with a slot for each request
// that waits for its reply, where the arguments of an unfinished request lie, and names of users that log in. It never
// keeps input.
type parser struct {
	connection *proxylib.Connection
	config     *config
	mode       mode
	// multi: requests are queued in a transaction, as far as the client has asked for one. multis is the number of MULTI on
	// the way.
	multi  bool
	multis int
	// silent: the server sends no replies. skip: it sends none to the next request.
	silent, skip bool
	// monitored: the server sends what it does.
	monitored bool
	// blind: replies no longer say what has become of requests; see [parser.goBlind]. sees: the reply to RESET ends that.
	// mimics: some request since may have had a reply that looks like it.
	blind, sees, mimics bool
	// waiting: requests wait until logins and choices of a database have been answered.
	waiting bool
	// poisoned: the request at the front is dropped, as another one has gone to the server in its place.
	poisoned   bool
	databases  choices
	subscribed subscriptions
	replies    proxylib.ReplyQueue[owed]
	// users are nil until a user logs in, and refusals until there is something to keep of one.
	users    *users
	refusals *refusals
	// call is nil between the host's calls, unless a request is unfinished, or a reply is owed.
	*call
}

// call is what a parser needs while it reads a request or a reply, or writes an entry.
type call struct {
	request request
	rest    rest
	inline  wire.Lines
	reply   reply
	entry   proxylib.L7Entry
	names   proxylib.LogNames
}

// keptScratch, keptMarks and keptDeep are how much of what requests and replies needed is kept for others.
const (
	keptScratch = 64 << 10
	keptMarks   = 1 << 10
	keptDeep    = 1 << 10
)

// busyScratch, in bytes, and busyMarks are how much a connection keeps while a reply is owed, which may never come.
const (
	busyScratch = 1 << 10
	busyMarks   = 64
)

// small reports whether a connection may keep the call while a reply is owed.
func (c *call) small() bool {
	r := &c.request
	return cap(r.input)+cap(r.word)+c.entry.Cap() <= busyScratch && cap(r.marks)+cap(c.reply.deep) <= busyMarks
}

// calls holds those that no parser uses, so that idle connections are small.
var calls = sync.Pool{New: func() any {
	return &call{inline: wire.Lines{Max: MaxInline}, reply: reply{line: wire.Lines{Max: MaxReplyLine}}}
}}

func (p *parser) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if view.Len() == 0 && !reply {
		return proxylib.NOP, 0
	}
	if p.call == nil {
		p.call = calls.Get().(*call)
	}
	if reply {
		return p.onReply(view)
	}
	return p.onRequest(view)
}

// Release implements [proxylib.Releaser]: it forgets the host's bytes, and gives the memory of the call back once nothing is
// under way. While no more than a reply is owed, a small one is kept, so that a request and its reply take one from the pool;
// see BenchmarkRequest/redis of the C host.
func (p *parser) Release() {
	if p.call == nil {
		return
	}
	p.request.data = nil
	if p.mode == modeRest || !p.request.idle() || !p.inline.Idle() || !p.reply.idle() || !p.replies.Empty() && p.small() {
		return
	}
	if cap(p.request.input) <= keptScratch && cap(p.request.marks) <= keptMarks && cap(p.reply.deep) <= keptDeep {
		calls.Put(p.call)
	}
	p.call = nil
}

// HeldBytes implements [proxylib.Holder].
func (p *parser) HeldBytes() int { return MaxHeld + streamed + MaxInline }

// Owes reports whether the client is owed replies that may still come: they are delivered before an error of the client
// closes the connection. None comes to a request of which there is only a part.
func (p *parser) Owes() bool {
	n := p.replies.Len()
	if p.mode == modeRest && p.rest.owed {
		n--
	}
	return n > 0 && !p.monitored
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	switch {
	case p.mode == modeOpaque:
		return proxylib.PASS, view.Len()
	case p.mode == modeReplica && !p.connection.CanWait():
		return p.connection.Fail("bytes before the reply to the request of a replica", proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.mode == modeReplica:
		p.waiting = true
		return p.connection.Wait()
	case p.mode == modeOver:
		return proxylib.DROP, view.Len()
	case p.mode == modeRest:
		return p.onRest(view)
	case p.poisoned:
		return p.dropPoisoned()
	case p.waiting:
		return p.connection.Wait()
	case p.replies.Full():
		return p.replies.Wait(p.connection)
	}
	if p.request.idle() && view.At(0) != '*' {
		return p.onInline(view)
	}
	missing, err := p.request.next(view)
	if err != nil {
		return p.refuse(err)
	}
	if missing > 0 {
		return proxylib.MORE, missing
	}
	if p.request.arguments == 0 {
		return p.finish(proxylib.DROP)
	}
	return p.judge(view)
}

// onInline reads a request that is a line.
func (p *parser) onInline(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) == firstTLS {
		return p.connection.Fail("TLS on a plaintext port", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	n, need, err := p.inline.Next(view)
	if err != nil {
		return p.refuse(errInlineLength)
	}
	if need > 0 {
		return proxylib.MORE, need
	}
	if err := p.request.nextInline(view, n); err != nil {
		return p.refuse(err)
	}
	if p.request.arguments == 0 {
		return p.finish(proxylib.DROP)
	}
	if p.config.InlineOff && !p.request.probe() {
		p.request.err = errInlineOff
	}
	return p.judge(view)
}

// refuse closes the connection, as it is not known where the next request begins. Before it does, the client gets the
// replies that it is owed, and what the server would say.
func (p *parser) refuse(err error) (proxylib.OpType, int) {
	p.request.reset()
	p.refusing().err = err
	var wrong *protocolError
	if errors.As(err, &wrong) && p.mode == modeRequest {
		p.replies.Deny(p.connection, []byte("-ERR Protocol error: "+wrong.text+"\r\n"))
	}
	return p.close()
}

// close closes the connection because of what the client sent.
func (p *parser) close() (proxylib.OpType, int) {
	return p.connection.Fail(p.refusals.err.Error(), proxylib.ERROR_INVALID_FRAME_LENGTH)
}

// judge asks the policy about the request, as much as is there, and carries out the verdict.
func (p *parser) judge(view proxylib.View) (proxylib.OpType, int) {
	r := &p.request
	r.data = view.Bytes(0, r.matters, &r.input)
	r.databases = p.databases.possible
	p.request.check(p)
	verdict := p.decideForUsers()
	if !verdict.Allowed && p.databases.pending > 0 && r.err == nil && p.connection.CanWait() {
		// In the database that the server chooses, the request may be allowed.
		p.waiting = true
		return p.connection.Wait()
	}
	if !verdict.Allowed {
		return p.deny(verdict)
	}
	p.forward(verdict)
	return p.finish(proxylib.PASS)
}

// decide returns the verdict on the request of the user that the connection has.
func (p *parser) decide() proxylib.Verdict {
	r, c := &p.request, p.connection
	if r.err != nil {
		// What servers make of such a request is not known, but for who may send all, that is of no interest.
		if !neverPasses(r.err) && c.Unrestricted() {
			return c.Decide(r)
		}
		if r.err != errUnknown {
			return proxylib.Verdict{Reason: r.err.Error()}
		}
		r.word = appendLower(r.word[:0], r.text(r.name))
	}
	if r.command != nil && r.command.Basic {
		return c.DecideBasic(r)
	}
	verdict := c.Decide(r)
	if verdict.Allowed && r.read < r.arguments {
		r.bound(c)
	}
	if verdict.Allowed && r.reaches() {
		// An allow rule has been found. What the request may reach besides must not be denied.
		r.reach = true
		whole := c.Decide(r)
		r.reach = false
		if whole.Audited || !whole.Allowed {
			return whole
		}
	}
	return verdict
}

// bound finds out whether the length of values is limited, for a request of which arguments are still to come. Those must
// not be longer than what has been allowed.
func (r *request) bound(c *proxylib.Connection) {
	allowed := r.largest
	r.largest = MaxBulk + 1
	if !c.Decide(r).Allowed {
		r.limit = max(allowed, streamed)
	}
	r.largest = allowed
}

// finish applies a verdict to the request, and to the rest of it where that has not come.
func (p *parser) finish(op proxylib.OpType) (proxylib.OpType, int) {
	r := &p.request
	n, left := r.at, r.arguments-r.read
	if r.inline || left == 0 {
		r.reset()
		return op, n
	}
	p.mode = modeRest
	p.rest = rest{
		op: op, arguments: left, limit: r.limit, scans: op == proxylib.PASS && !p.connection.Unrestricted(), owed: r.owed,
	}
	scan := r.scan
	r.reset()
	r.scan = scan
	return op, n
}

// appendLower appends ASCII text in lower case.
func appendLower(b, text []byte) []byte {
	for _, c := range text[:min(len(text), maxWord)] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// basicInline are the inline requests that health checks send.
func (r *request) probe() bool {
	return r.command != nil && (r.command.Name == "ping" || r.command.Effect == command.Quit && r.command.Basic)
}
