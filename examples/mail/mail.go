// Package mail is an example of a line-based protocol in which the server speaks first: the core of SMTP (RFC 5321).
package mail

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// maxLine is the maximum length of a line, in bytes, with its end. No more than that is held.
const maxLine = 1024

// Fields of a request that rules are about.
const (
	fieldCommand = iota
	fieldAddress
)

// Protocol is what a library with this parser passes to [proxylib.Register].
var Protocol = proxylib.Protocol{
	Name: "mail", New: newParser,
	RuleKeys: []proxylib.RuleKey{
		{Name: "command", Field: fieldCommand, Match: proxylib.Exact, Doc: "its command is this one: `MAIL`, `RCPT` or `DATA`",
			Values: proxylib.Words("MAIL", "RCPT", "DATA")},
		{Name: "address", Field: fieldAddress, Match: proxylib.Regexp,
			Doc: "it has an address in which the regular expression (RE2, not anchored) finds something"},
	},
	LogFields: []proxylib.LogFieldDoc{
		{Name: "command", Doc: "the first word of the line"},
		{Name: "address", Doc: "the address of `MAIL` or `RCPT`; else absent"},
	},
}

var (
	keys   = [...]proxylib.LogKey{proxylib.NewLogKey("command"), proxylib.NewLogKey("address")}
	denied = []byte("550 denied by policy\r\n")
)

// request holds the values of the fields of a line.
type request [len(keys)][]byte

// Value implements [proxylib.Subject].
func (r *request) Value(field, _ int) (proxylib.Value, int) { return proxylib.Text(r[field]), 0 }

// decode reads a line. It reports whether it knows the command, and whether that is a basic one, which reaches no mail.
func (r *request) decode(line []byte) (known, basic bool) {
	word, rest, _ := bytes.Cut(line, []byte(" "))
	*r = request{word, nil}
	switch string(word) {
	case "MAIL":
		r[fieldAddress], known = address(rest, "FROM:<")
	case "RCPT":
		r[fieldAddress], known = address(rest, "TO:<")
	case "DATA":
		known = len(rest) == 0
	case "HELO", "NOOP", "QUIT", "RSET":
		known, basic = true, true
	}
	return known, basic
}

func address(text []byte, before string) ([]byte, bool) {
	if !bytes.HasPrefix(text, []byte(before)) || bytes.IndexByte(text, '>') != len(text)-1 {
		return nil, false
	}
	return text[len(before) : len(text)-1], true
}

// parser serves one connection. A reply that is owed is described by whether it is that to DATA.
type parser struct {
	connection     *proxylib.Connection
	lines          [2]wire.Lines
	replies        proxylib.ReplyQueue[bool]
	inData, inBody bool // after DATA: before its reply, and in the mail
	request        request
	entry          proxylib.L7Entry
	scratch        []byte
}

func newParser(connection *proxylib.Connection) proxylib.Parser {
	lines := wire.Lines{Max: maxLine, CRLF: true}
	p := &parser{connection: connection, lines: [2]wire.Lines{lines, lines}}
	p.replies.Expect(false) // The server's greeting.
	return p
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return !p.replies.Empty() }

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	switch {
	case reply:
		return p.onReply(view)
	case p.inData && view.Len() > 0 && !p.connection.CanWait():
		return p.connection.Fail("a mail before the reply to DATA", proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.inData && view.Len() > 0:
		return p.connection.Wait() // It is not known yet whether a mail follows, or commands.
	}
	op, n := p.lines[0].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	line, _ := wire.CutLineEnd(view.Bytes(0, n, &p.scratch))
	if !p.inBody {
		return p.onCommand(line, n)
	}
	if string(line) == "." {
		if !p.replies.Forwarded(false) {
			return p.replies.Wait(p.connection)
		}
		p.inBody = false
	}
	return proxylib.PASS, n
}

func (p *parser) onCommand(line []byte, n int) (proxylib.OpType, int) {
	verdict := proxylib.Verdict{Reason: "unknown command"}
	if known, basic := p.request.decode(line); basic {
		verdict = p.connection.DecideBasic(&p.request)
	} else if known {
		verdict = p.connection.Decide(&p.request)
	}
	data := string(p.request[fieldCommand]) == "DATA"
	op, n := p.replies.Enforce(p.connection, verdict, n, p.describe(), data, denied)
	p.inData = data && op == proxylib.PASS
	return op, n
}

func (p *parser) describe() *proxylib.L7Entry {
	p.entry.Begin("mail")
	for field, value := range p.request {
		if len(value) > 0 {
			p.entry.AddBytes(keys[field], value)
		}
	}
	return &p.entry
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.BeginReply(p.connection, view); op != proxylib.NOP {
		return op, n
	}
	op, n := p.lines[1].Take(p.connection, view)
	if op != proxylib.PASS || n > 3 && view.At(3) == '-' {
		return op, n // Of a reply of several lines, all but the last have a hyphen.
	}
	if *p.replies.Head() {
		p.inData, p.inBody = false, view.At(0) == '3'
		p.connection.Resume()
	}
	p.replies.Done()
	return proxylib.PASS, n
}
