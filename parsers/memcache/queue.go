package memcache

import "github.com/proxylib/proxylib/proxylib"

// owed describes a reply that the server owes, or a run of quiet requests, whose replies may not come.
//
// Nothing on the wire tells that a quiet request has been served in silence, but the reply to a later request. So what
// must know its place behind a run is preceded by a fence: a noop, which the server always answers. The client's own
// will do; else we send one, and drop its answer.
type owed struct {
	// name is the id of a text command, or an opcode.
	name   uint8
	shape  shape
	quiet  bool
	fence  bool
	opaque uint32
}

// owe notes that a request was passed. Consecutive quiet ones of one command are one run. It answers false when too
// many wait.
func (p *parser) owe(o owed) bool {
	if o.quiet && p.run == o {
		return true
	}
	p.run = owed{}
	if o.quiet {
		p.run = o
	}
	return p.replies.Forwarded(o)
}

// afterRun tells whether the last that was passed is a run of quiet requests.
func (p *parser) afterRun() bool { return p.run.quiet }

// sendFence sends a noop to the server. The parser is called again for the bytes that it was called for.
func (p *parser) sendFence(noop []byte, o owed) (proxylib.OpType, int) {
	o.fence = true
	if !p.owe(o) {
		return p.overload()
	}
	if n := p.connection.Inject(false, noop); n < len(noop) {
		return p.fail("no room to send a noop", proxylib.ERROR_INVALID_OP_LENGTH)
	}
	return proxylib.INJECT, len(noop)
}

func (p *parser) overload() (proxylib.OpType, int) {
	return p.fail("too many requests wait for a reply", proxylib.ERROR_INVALID_FRAME_TYPE)
}
