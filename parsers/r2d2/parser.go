package r2d2

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

var (
	// denied is what the client gets in place of the server's reply.
	denied = []byte("ERROR\r\n")

	cmdLog, fileLog = proxylib.NewLogKey("cmd"), proxylib.NewLogKey("file")
)

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
	op, n := p.requestLines.Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	known, err := p.request.decode(view.Bytes(0, n, &p.scratch))
	if err != nil {
		return p.connection.Fail(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	verdict := proxylib.Verdict{Reason: "unknown command"}
	if known {
		verdict = p.connection.Decide(&p.request)
	}
	return p.replies.Enforce(p.connection, verdict, n, p.describe(), struct{}{}, denied)
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

// onReply passes one line for each request that was passed.
func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.BeginReply(p.connection, view); op != proxylib.NOP {
		return op, n
	}
	op, n := p.replyLines.Take(p.connection, view)
	if op == proxylib.PASS {
		p.replies.Done()
	}
	return op, n
}

// describe returns what the access log says of the request.
func (p *parser) describe() *proxylib.L7Entry {
	p.entry.Begin(Name)
	p.entry.AddBytes(cmdLog, p.request.cmd)
	if len(p.request.file) > 0 {
		p.entry.AddBytes(fileLog, p.request.file)
	}
	return &p.entry
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
