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
	// fencing: it is ours, and ends a run of quiet requests.
	fencing
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

// skipSilent takes runs of quiet requests out of the queue that the server has served in silence, as its reply cannot be one
// to them, and returns the head.
func (p *parser) skipSilent(mayReply func(*owed) bool) *owed {
	head := p.replies.Head()
	for head != nil && head.quiet && !mayReply(head) {
		p.requested.end(head.keys)
		p.replies.Skip()
		head = p.replies.Head()
	}
	return head
}

// afterRun reports whether the last that was passed is a run of quiet requests.
func (p *parser) afterRun() bool {
	last := p.replies.Last()
	return last != nil && last.quiet
}

// ownRequest is a request of ours, whose reply is dropped.
type ownRequest struct {
	request []byte
	reply   owed
}

// fences are noops, probes ask for the version, by protocol.
var (
	fences = [...]ownRequest{
		textProtocol:   {[]byte("mn\r\n"), owed{name: uint8(metaNoopID), shape: metaNoop}},
		binaryProtocol: {appendHeader(nil, requestMagic, opcodeNoop, 0, 0, fenceOpaque), owed{name: opcodeNoop, opaque: fenceOpaque}},
	}
	probes = [...]ownRequest{
		textProtocol:   {[]byte("version\r\n"), owed{name: uint8(versionID), shape: oneLine}},
		binaryProtocol: {versionFrame, owed{name: opcodeVersion, opaque: fenceOpaque}},
	}
)

// sendFence sends a noop to the server.
func (p *parser) sendFence() (proxylib.OpType, int) { return p.send(&fences[p.protocol], fencing) }

// send sends a request of ours to the server.
func (p *parser) send(own *ownRequest, why purpose) (proxylib.OpType, int) {
	reply := own.reply
	reply.purpose = why
	return p.replies.Probe(p.connection, reply, own.request)
}
