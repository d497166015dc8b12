// Package vault is an example of a protocol in which clients log in first, and in which a denial says what it denies: a
// store of secrets. Requests and replies are lines, and replies come in order.
package vault

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// maxLine is the maximum length of a line, in bytes, with its end. No more than that is held.
const maxLine = 4096

// Fields of a request that rules are about.
const (
	fieldCommand = iota
	fieldPath
)

// Protocol is what a library with this parser passes to [proxylib.Register].
var Protocol = proxylib.Protocol{
	Name: "vault", New: newParser,
	RuleKeys: []proxylib.RuleKey{
		{Name: "command", Field: fieldCommand, Match: proxylib.Exact, Doc: "its command is this one: `READ` or `WRITE`",
			Values: proxylib.Words("READ", "WRITE")},
		{Name: "path", Field: fieldPath, Match: proxylib.Prefix, MaxLen: maxLine, Doc: "its path begins with this"},
	},
	LogFields: []proxylib.LogFieldDoc{
		{Name: "command", Doc: "the first word of the line"},
		{Name: "path", Doc: "the path of `READ` and `WRITE`; else absent, so that no password is logged"},
	},
	Login: true,
}

var (
	keys     = [...]proxylib.LogKey{proxylib.NewLogKey("command"), proxylib.NewLogKey("path")}
	loggedIn = []byte("OK")
	noLogin  = []byte("ERR log in first\r\n")
)

// request holds the values of the fields of a line.
type request [len(keys)][]byte

// Value implements [proxylib.Subject].
func (r *request) Value(field, _ int) (proxylib.Value, int) { return proxylib.Text(r[field]), 0 }

// decode reads a line. It reports whether it knows the command, and returns the name of the user for LOGIN.
func (r *request) decode(line []byte) (user []byte, known bool) {
	command, rest, _ := bytes.Cut(line, []byte(" "))
	first, second, two := bytes.Cut(rest, []byte(" "))
	*r = request{command, nil}
	switch string(command) {
	case "LOGIN":
		return first, two && len(first) > 0 && len(second) > 0
	case "READ", "WRITE":
		r[fieldPath] = first
		return nil, two == (command[0] == 'W') && len(first) > 0
	}
	return nil, false
}

// owed describes a reply: that to LOGIN, with the name of the user, or a denial, with the request.
type owed struct {
	login bool
	text  []byte
}

// denial appends the reply to a denied request to dst.
func denial(o owed, dst []byte) []byte {
	return append(append(append(dst, "ERR denied: "...), o.text...), "\r\n"...)
}

// state is how far the login has come.
type state uint8

const (
	loggedOut state = iota
	undecided
	ready
)

// parser serves one connection.
type parser struct {
	connection *proxylib.Connection
	lines      [2]wire.Lines
	replies    proxylib.ReplyQueue[owed]
	state      state
	request    request
	entry      proxylib.L7Entry
	scratch    []byte
}

func newParser(connection *proxylib.Connection) proxylib.Parser {
	lines := wire.Lines{Max: maxLine, CRLF: true}
	return &parser{connection: connection, lines: [2]wire.Lines{lines, lines}}
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	switch {
	case reply:
		return p.onReply(view)
	case p.replies.Full():
		return p.replies.Wait(p.connection)
	case p.state == undecided && view.Len() > 0 && !p.connection.CanWait():
		return p.connection.Fail("request before the reply to LOGIN", proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.state == undecided && view.Len() > 0:
		return p.connection.Wait() // Rules may depend on the user, who is not known yet.
	}
	op, n := p.lines[0].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	line, _ := wire.CutLineEnd(view.Bytes(0, n, &p.scratch))
	return p.onRequest(line, n)
}

func (p *parser) onRequest(line []byte, n int) (proxylib.OpType, int) {
	user, known := p.request.decode(line)
	login := known && user != nil
	p.describe()
	verdict := proxylib.Verdict{Reason: "unknown command"}
	switch {
	case !login && p.state != ready:
		return p.connection.Refuse(proxylib.Verdict{Reason: "not logged in"}, &p.entry, noLogin)
	case login:
		verdict = p.connection.DecideBasic(&p.request)
	case known:
		verdict = p.connection.Decide(&p.request)
	}
	if !verdict.Allowed {
		text := bytes.Clone(bytes.TrimSpace(bytes.Join(p.request[:], []byte(" "))))
		if !p.replies.DenyWith(p.connection, owed{text: text}, len(text), denial) {
			return p.replies.Wait(p.connection)
		}
		p.connection.LogRequest(verdict, &p.entry)
		return proxylib.DROP, n
	}
	if login {
		p.state = undecided
	}
	p.replies.Forwarded(owed{login, bytes.Clone(user)})
	p.connection.LogRequest(verdict, &p.entry)
	p.replies.Follow(p.connection)
	return proxylib.PASS, n
}

// describe fills in the entry of the access log.
func (p *parser) describe() {
	p.entry.Begin("vault")
	for field, value := range p.request {
		if len(value) > 0 {
			p.entry.AddBytes(keys[field], value)
		}
	}
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.BeginReply(p.connection, view); op != proxylib.NOP {
		return op, n
	}
	op, n := p.lines[1].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	if head := p.replies.Head(); head.login {
		p.state = loggedOut
		if view.HasPrefix(loggedIn) {
			p.state = ready
			p.connection.SetUser(head.text)
		}
		p.connection.Resume()
	}
	p.replies.Done()
	return proxylib.PASS, n
}
