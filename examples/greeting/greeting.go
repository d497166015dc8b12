// Package greeting is the parser that docs/writing-a-parser.md explains: a protocol of lines, each of them answered by
// one line, of which policy says how clients may begin them.
package greeting

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func init() {
	proxylib.Register(proxylib.Protocol{
		Name: "greeting", New: newParser,
		// There is one field to compare, the line.
		RuleKeys: []proxylib.RuleKey{
			{Name: "word", Match: proxylib.Prefix, MaxLen: maxLine, Doc: "it begins with this"},
		},
		LogFields: []proxylib.LogFieldDoc{{Name: "line", Doc: "what the client said"}},
	})
}

// maxLine is the longest line, in bytes, with its end. No more than that is held.
const maxLine = 512

var (
	refusal = []byte("not to me\r\n")
	lineKey = proxylib.NewLogKey("line")
)

type parser struct {
	connection *proxylib.Connection
	replies    proxylib.ReplyQueue[struct{}]
	requests   wire.Lines
	answers    wire.Lines
	request    request
	entry      proxylib.L7Entry
	scratch    []byte
}

func newParser(connection *proxylib.Connection) proxylib.Parser {
	lines := wire.Lines{Max: maxLine}
	return &parser{connection: connection, requests: lines, answers: lines}
}

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	return p.onRequest(view)
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	op, n := p.requests.Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	p.request, _ = wire.CutLineEnd(view.Bytes(0, n, &p.scratch))
	p.entry.Begin("greeting")
	p.entry.AddBytes(lineKey, p.request)
	return p.replies.Enforce(p.connection, p.connection.Decide(&p.request), n, &p.entry, struct{}{}, refusal)
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.BeginReply(p.connection, view); op != proxylib.NOP {
		return op, n
	}
	op, n := p.answers.Take(p.connection, view)
	if op == proxylib.PASS {
		p.replies.Done()
	}
	return op, n
}

// request is what rules look at.
type request []byte

// Value implements [proxylib.Subject].
func (r *request) Value(int, int) (proxylib.Value, int) { return proxylib.Text(*r), 0 }
