// Package extauthz is an example of a parser whose verdicts come from elsewhere: an authorization service of Envoy's API
// envoy.service.auth.v3 decides about each request that the policy allows. The protocol is that of a store with lines: a
// command, a key and perhaps a value, each of them answered by one line.
package extauthz

import (
	"bytes"
	"context"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func init() {
	proxylib.Register(proxylib.Protocol{
		Name: "extauthz", New: newParser, Configure: configure, Pauses: true,
		RuleKeys: []proxylib.RuleKey{
			fieldCommand: {Name: "command", Match: proxylib.Exact, Values: commands, Doc: "its command is this one: `GET`, `PUT` or `DEL`"},
			fieldKey:     {Name: "key", Match: proxylib.Prefix, Field: fieldKey, MaxLen: maxLine, Doc: "its key begins with this"},
		},
		LogFields: []proxylib.LogFieldDoc{{Name: "command", Doc: "the command"}, {Name: "key", Doc: "the key"}},
	})
}

// maxLine is the longest line, in bytes, with its end. No more than that is held.
const maxLine = 512

// The fields that rules look at.
const (
	fieldCommand = iota
	fieldKey
)

// commands are those of the protocol, as rules name them and as clients write them.
var commands = map[string][]string{"GET": {"GET"}, "PUT": {"PUT"}, "DEL": {"DEL"}}

var (
	denial     = []byte("ERR denied\r\n")
	commandKey = proxylib.NewLogKey("command")
	keyKey     = proxylib.NewLogKey("key")
)

type parser struct {
	connection *proxylib.Connection
	authorizer *authorizer
	lines      [2]wire.Lines
	replies    proxylib.ReplyQueue[struct{}]
	request    request
	// question is what the authorizer is asked about the request.
	question question
	// cancel ends a question that nobody waits for any more.
	cancel  context.CancelFunc
	entry   proxylib.L7Entry
	scratch []byte
}

// newParser declines connections without a configuration: nobody is there who could be asked.
func newParser(*proxylib.Connection) proxylib.Parser { return nil }

func configure(text []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	c, err := parseConfig(text)
	if err != nil {
		return nil, err
	}
	return func(connection *proxylib.Connection) proxylib.Parser {
		lines := wire.Lines{Max: maxLine, CRLF: true}
		p := &parser{connection: connection, lines: [2]wire.Lines{lines, lines}, cancel: func() {}}
		p.authorizer = proxylib.Shared(connection, c, func(a *proxylib.Allowance) *authorizer { return newAuthorizer(c, a) })
		p.authorizer.join()
		return p
	}, nil
}

// Close is called when the connection has ended.
func (p *parser) Close() {
	p.cancel()
	p.authorizer.leave()
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	op, n := p.lines[0].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	line, _ := wire.CutLineEnd(view.Bytes(0, n, &p.scratch))
	if !p.request.read(line) {
		return p.connection.Fail("a line is not a request", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return p.onRequest(n)
}

func (p *parser) onRequest(n int) (proxylib.OpType, int) {
	verdict := p.connection.Decide(&p.request)
	if verdict.Allowed {
		answer, known := p.connection.Resumed()
		p.question.set(p.connection.SrcAddr, p.request.command, p.request.key)
		if !known {
			answer, known = p.authorizer.known(&p.question)
		}
		if !known {
			return p.ask()
		}
		verdict = verdict.And(answer)
	}
	p.entry.Begin("extauthz")
	p.entry.AddBytes(commandKey, p.request.command)
	p.entry.AddBytes(keyKey, p.request.key)
	return p.replies.Enforce(p.connection, verdict, n, &p.entry, struct{}{}, denial)
}

// ask has the request wait for the authorizer.
func (p *parser) ask() (proxylib.OpType, int) {
	ticket, op, n := p.connection.Pause()
	p.cancel()
	var ctx context.Context
	ctx, p.cancel = context.WithTimeout(context.Background(), p.authorizer.config.timeout())
	go p.authorizer.ask(ctx, string(p.question.text), ticket)
	return op, n
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.BeginReply(p.connection, view); op != proxylib.NOP {
		return op, n
	}
	op, n := p.lines[1].Take(p.connection, view)
	if op == proxylib.PASS {
		p.replies.Done()
	}
	return op, n
}

// request is what rules look at.
type request struct{ command, key []byte }

// read takes a line apart, and reports whether it is a request.
func (r *request) read(line []byte) bool {
	command, rest, _ := bytes.Cut(line, []byte(" "))
	key, _, hasValue := bytes.Cut(rest, []byte(" "))
	r.command, r.key = command, key
	return commands[string(command)] != nil && printable(key) && hasValue == (string(command) == "PUT")
}

// printable reports whether a key is what everybody reads in the same way: printable ASCII, and not empty.
func printable(key []byte) bool {
	for _, c := range key {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(key) > 0
}

// Value implements [proxylib.Subject].
func (r *request) Value(field, _ int) (proxylib.Value, int) {
	if field == fieldCommand {
		return proxylib.Text(r.command), 0
	}
	return proxylib.Text(r.key), 0
}
