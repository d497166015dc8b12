package memcache

import "github.com/proxylib/proxylib/proxylib"

// owed describes replies that the server owes to requests of one kind that follow each other. Those to quiet requests,
// which are a run then, may not come.
//
// That a quiet request has been served in silence shows only in the reply to a later request. So what
// must know its place after a run is preceded by a fence: a noop, to which the server always replies. The client's own
// will do; else we send one, and drop its answer.
type owed struct {
	// name is the id of a text command, or an opcode.
	name  uint8
	shape shape
	quiet bool
	// purpose is why the request was sent.
	purpose purpose
	opaque  uint32
	// keys is the number of keys that a retrieval asks for.
	keys uint32
	// more is how many such replies are owed after this one.
	more uint32
}

// purpose is why a request was sent. It keeps owed free of padding, so that comparing two of them is fast.
type purpose uint8

const (
	// 0: it is a request of the client.
	_ purpose = iota
	// probing: it is ours, and its reply says what the server is.
	probing
	// loggingIn: it is a login of the text protocol.
	loggingIn
	// prompting: it is ours, and makes the server speak.
	prompting
)

// owe notes that a request was passed, and joins it to those before it that are of its kind. It reports false when too
// many wait.
func (p *parser) owe(o owed) bool {
	if last := p.replies.Last(); last != nil && o.keys == 0 && last.more < maxJoined {
		joined := o
		joined.more = last.more
		if *last == joined {
			last.more++
			return true
		}
	}
	return p.replies.Forwarded(o)
}

// maxJoined is how many replies are described together.
const maxJoined = 1<<32 - 1

// replied notes that a reply has come that is described at the head of the queue.
func (p *parser) replied() {
	head := p.replies.Head()
	if head.more > 0 {
		head.more--
		p.replies.EndOne()
		return
	}
	p.requested.end(head.keys)
	p.replies.Done()
}

// withdraw takes back what was noted last: the request has not been passed as a whole.
func (p *parser) withdraw() {
	if last := p.replies.Last(); last.more > 0 {
		last.more--
		p.replies.Unfollow()
		return
	}
	p.replies.Withdraw()
}

// skip takes the head out of the queue, to which the server has not replied.
func (p *parser) skip() {
	p.requested.end(p.replies.Head().keys)
	p.replies.Skip()
}

// afterRun reports whether the last that was passed is a run of quiet requests.
func (p *parser) afterRun() bool {
	last := p.replies.Last()
	return last != nil && last.quiet
}

// fence returns a noop of ours, and what describes its reply.
func (p *parser) fence() (noop []byte, o owed) {
	if p.protocol == binaryProtocol {
		return noopFrame, owed{name: opcodeNoop, opaque: fenceOpaque}
	}
	return metaNoopLine, owed{name: uint8(metaNoopID), shape: metaNoop}
}

// sendFence sends a noop to the server, whose answer is dropped.
func (p *parser) sendFence(noop []byte, o owed) (proxylib.OpType, int) {
	return p.replies.Probe(p.connection, o, noop)
}
