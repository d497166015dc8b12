package memcache

import (
	"sync"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// protocol is what the first byte of the client decides, for us as for the server.
type protocol uint8

const (
	undecided protocol = iota
	textProtocol
	binaryProtocol
)

// firstTLS is the first byte of a TLS handshake.
const firstTLS = 0x16

// mode is what the client's next bytes are.
type mode uint8

const (
	// modeRequest: a command line, or a frame.
	modeRequest mode = iota
	// modePassEnd and modeDropEnd: the line end after a payload, the command of which was passed or dropped.
	modePassEnd
	modeDropEnd
	// modeDropLine: the rest of a line that was too long.
	modeDropLine
	// modeQuit: nothing that the server would read.
	modeQuit
	// modeWatch: nothing that may come, since a watch has been passed.
	modeWatch
)

// stage is what the server's next bytes are.
type stage uint8

const (
	// stageFirst: the first line of a reply, or a frame.
	stageFirst stage = iota
	// stageNext: a further line of a reply.
	stageNext
	// stageValueEnd: the line end after a value.
	stageValueEnd
	// stageStream: anything, since a watch was answered.
	stageStream
	// stageOver: nothing, since the server said that it closes.
	stageOver
)

// parser serves one connection. What it keeps from one call to the next is bounded: a queue with a slot for each
// request that waits for its reply. It never keeps input.
type parser struct {
	connection *proxylib.Connection
	config     *config
	protocol   protocol
	mode       mode
	stage      stage
	// heard: the server has sent a frame.
	heard bool
	// retrievalFailed: the last reply was the error of a retrieval, which an empty line may follow.
	retrievalFailed bool
	// payloadOwed: the server owes a reply to the command whose payload is under way.
	payloadOwed bool
	server      server
	// dropped is the number of bytes of the line that is being dropped.
	dropped                  int
	login                    login
	replies                  proxylib.ReplyQueue[owed]
	requested                requestedKeys
	requestLines, replyLines wire.Lines
	// values and valueBytes count the values of the reply that the server is sending, and their bytes.
	values     int
	valueBytes uint64
	// call is nil between the host's calls.
	*call
}

// call is what a parser needs during a call of the host's alone.
type call struct {
	line  line
	frame frame
	entry proxylib.L7Entry
	// inputs and keys are scratches for bytes that are needed at one stretch.
	inputs, keys []byte
	names        proxylib.LogNames
}

// calls holds those that no parser uses, so that idle connections are small.
var calls = sync.Pool{New: func() any { return new(call) }}

// OnData implements [proxylib.Parser]. Denials that have become due are sent before any reply.
func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if reply {
		if n := p.replies.Inject(p.connection); n > 0 {
			return proxylib.INJECT, n
		}
	}
	if len(data) == 0 {
		return proxylib.NOP, 0
	}
	view := proxylib.NewView(data)
	if p.call == nil {
		p.call = calls.Get().(*call)
	}
	if reply {
		return p.onReply(view)
	}
	return p.onRequest(view)
}

// Release gives the memory of the call back, without the host's bytes, which live only for the call.
func (p *parser) Release() {
	if p.call == nil {
		return
	}
	if p.line.word != nil {
		p.line = line{}
	}
	if p.frame.layout != nil {
		p.frame = frame{}
	}
	calls.Put(p.call)
	p.call = nil
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	if p.protocol == undecided {
		if reason := p.chooseProtocol(view.At(0)); reason != "" {
			return p.refuse(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
		}
	}
	switch p.mode {
	case modePassEnd, modeDropEnd:
		return p.onPayloadEnd(view)
	case modeDropLine:
		return p.dropLine(view)
	case modeQuit:
		return proxylib.DROP, view.Len()
	case modeWatch:
		return p.connection.Fail("request after a watch", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if p.protocol == binaryProtocol {
		return p.onFrame(view)
	}
	return p.onLine(view)
}

// chooseProtocol chooses the protocol by the first byte of the client's. It returns why there is none, if there is none.
func (p *parser) chooseProtocol(first byte) (reason string) {
	known := p.server.text
	switch first {
	case requestMagic:
		p.protocol, known = binaryProtocol, p.server.binary
	case firstTLS:
		return "TLS on a plaintext port"
	default:
		p.protocol = textProtocol
	}
	if known == no {
		return "protocol that the server does not speak, as the parser_config says"
	}
	return ""
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	switch p.stage {
	case stageValueEnd:
		return p.onValueEnd(view)
	case stageStream:
		return proxylib.PASS, view.Len()
	case stageOver:
		return p.connection.Fail("server goes on after it said that it closes", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if p.protocol == binaryProtocol {
		return p.onReplyFrame(view)
	}
	return p.onReplyLine(view)
}

// basic are operations that reach no data: clients send them to find out about the server, or to keep in step with it.
const basic = opVersion | opNoop | opMetaNoop | opQuit

// decideRequest asks the policy about a request.
func (p *parser) decideRequest(r *request) proxylib.Verdict {
	if r.operations&^basic == 0 {
		return p.connection.DecideBasic(r)
	}
	return p.connection.Decide(r)
}

// Owes reports whether the client is owed replies that may still come: they are delivered before an error of the client
// closes the connection. That of a watch has no end.
func (p *parser) Owes() bool {
	n := p.replies.Len()
	if p.mode == modeWatch {
		n--
	}
	return n > 0
}

// refuse closes the connection because of what the client sent, which is logged. To a run of quiet requests there may be no
// reply, for which the connection would wait.
func (p *parser) refuse(reason string, code proxylib.OpError) (proxylib.OpType, int) {
	if p.afterRun() {
		return p.sendFence()
	}
	p.logRefused(reason)
	return p.connection.Fail(reason, code)
}
