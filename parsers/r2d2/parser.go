package r2d2

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// denied is what the client gets in place of the server's reply.
var denied = []byte("ERROR\r\n")

// keptScratch is the size, in bytes, of the scratch that a connection keeps from one request to the next.
const keptScratch = 256

// parser serves one connection. What it keeps is bounded: a scratch for a line that came in pieces, and a queue with a
// slot for each request that waits for its reply.
type parser struct {
	connection               *proxylib.Connection
	requestLines, replyLines wire.Lines
	replies                  proxylib.ReplyQueue[struct{}]
	request                  request
	scratch                  []byte
	entry                    proxylib.L7Entry
}

func newParser(connection *proxylib.Connection) proxylib.Parser {
	lines := wire.Lines{Max: MaxLine}
	return &parser{connection: connection, requestLines: lines, replyLines: lines}
}

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	return p.onRequest(view)
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	if p.replies.Full() {
		return p.replies.Wait(p.connection)
	}
	op, n := p.requestLines.Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	request, known, err := decode(view.Bytes(0, n, &p.scratch))
	if err != nil {
		return p.connection.Fail(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.request = request
	verdict := proxylib.Verdict{Reason: "unknown command"}
	if known {
		verdict = p.connection.Decide(&p.request)
	}
	if !verdict.Allowed {
		if !p.replies.Deny(p.connection, denied) {
			return p.replies.Wait(p.connection)
		}
		p.log(verdict)
		return proxylib.DROP, n
	}
	p.replies.Forwarded(struct{}{})
	p.log(verdict)
	return proxylib.PASS, n
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

// onReply passes one line for each request that was passed.
func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if n := p.replies.Inject(p.connection); n > 0 {
		return proxylib.INJECT, n
	}
	if view.Len() > 0 && p.replies.Head() == nil {
		return p.connection.Fail("reply without a request", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	op, n := p.replyLines.Take(p.connection, view)
	if op == proxylib.PASS {
		p.replies.Done()
	}
	return op, n
}

// The keys of log fields.
var (
	keyCmd  = proxylib.NewLogKey("cmd")
	keyFile = proxylib.NewLogKey("file")
)

func (p *parser) log(verdict proxylib.Verdict) {
	p.entry.Begin(Name)
	p.entry.AddBytes(keyCmd, p.request.cmd)
	if len(p.request.file) > 0 {
		p.entry.AddBytes(keyFile, p.request.file)
	}
	p.connection.LogRequest(verdict, &p.entry)
}

// Release implements [proxylib.Releaser]: it forgets the host's bytes, which live only for the call, and frees what only a long
// line needs.
func (p *parser) Release() {
	p.request = request{}
	p.entry.Trim()
	if cap(p.scratch) > keptScratch {
		p.scratch = nil
	}
}
