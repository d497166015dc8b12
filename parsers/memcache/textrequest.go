package memcache

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// What the client gets in place of the server's reply.
var (
	accessDenied = []byte("CLIENT_ERROR access denied\r\n")
	unknownWord  = []byte("ERROR\r\n")
	badLine      = []byte("CLIENT_ERROR bad command line format\r\n")
	badChunk     = []byte("CLIENT_ERROR bad data chunk\r\n")
)

const lineEnd = "\r\n"

// onLine judges the command line at the front.
func (p *parser) onLine(view proxylib.View) (proxylib.OpType, int) {
	p.requestLines.Max = lineLimit(view)
	n, need, err := p.requestLines.Next(view)
	switch {
	case err != nil:
		return p.onLongLine(view, n)
	case need > 0:
		return proxylib.MORE, need
	}
	l := &p.line
	l.err = l.decode(view.Bytes(0, n, &p.inputs), p.config.Strict, &p.keys)
	if (l.err != nil || l.command == nil) && l.foreign() {
		return p.refuse("request of another protocol", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	switch {
	case l.err != nil && l.command != nil && !l.command.payload():
		// No server looks for a payload after such a line, so it can be dropped and the next one is a command again.
		return p.denyLine(view, n, badLine, proxylib.Verdict{Reason: l.err.Error()})
	case l.err != nil:
		return p.refuseLine(l.err.Error())
	case l.command == nil:
		return p.denyLine(view, n, unknownWord, proxylib.Verdict{Reason: reasonUnknown})
	}
	l.login = p.readsAsLogin(l)
	verdict := p.decideRequest(&l.request)
	if !verdict.Allowed {
		return p.denyLine(view, n, accessDenied, verdict)
	}
	if missing := p.missingLogin(view, n); missing > 0 {
		return proxylib.MORE, missing
	}
	return p.passTaken(view, n, verdict)
}

// refuseLine closes the connection after an answer in its place: where the next command begins is not known.
func (p *parser) refuseLine(reason string) (proxylib.OpType, int) {
	if p.afterRun() {
		return p.sendFence()
	}
	p.replies.Deny(p.connection, badLine)
	return p.refuse(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
}

// What is said of a line with too many keys.
var (
	longLine   = []byte("CLIENT_ERROR line too long\r\n")
	reasonLong = fmt.Sprintf("malformed command line: longer than %d bytes", MaxKeysLine)
)

// onLongLine drops a line with too many keys; it is of n bytes, or goes on if n is 0. A server closes the connection at
// any other that is as long as that.
func (p *parser) onLongLine(view proxylib.View, n int) (proxylib.OpType, int) {
	p.line = line{request: request{bytes: noValue}}
	if p.requestLines.Max != MaxKeysLine {
		return p.refuseLine("command line too long")
	}
	if p.afterRun() {
		return p.sendFence()
	}
	if !p.replies.Deny(p.connection, longLine) {
		return p.replies.Wait(p.connection)
	}
	p.logRefused(reasonLong)
	if n > 0 {
		return proxylib.DROP, n
	}
	p.mode = modeDropLine
	return p.dropLine(view)
}

// dropLine drops bytes up to the end of the line. One that is longer still closes the connection.
func (p *parser) dropLine(view proxylib.View) (proxylib.OpType, int) {
	end := view.IndexByte('\n', 0)
	if end >= 0 {
		p.mode, p.dropped = modeRequest, 0
		return proxylib.DROP, end + 1
	}
	if p.dropped += view.Len(); p.dropped > MaxDroppedLine {
		return p.refuse("command line too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	return proxylib.DROP, view.Len()
}

// lineLimit is the length of the longest line that may begin as the view does.
func lineLimit(view proxylib.View) int {
	if view.Len() < MaxLine {
		return MaxLine
	}
	for i := range commands {
		c := &commands[i]
		if c.long() && view.At(len(c.word)) == ' ' && view.HasPrefix([]byte(c.word)) {
			return MaxKeysLine
		}
	}
	return MaxLine
}

// passLine passes the command line of n bytes at the front, and its payload.
func (p *parser) passLine(view proxylib.View, n int, verdict proxylib.Verdict) (proxylib.OpType, int) {
	l := &p.line
	if l.shape != silent {
		if p.afterRun() && !l.quiet && l.shape != metaNoop {
			return p.sendFence()
		}
		if !p.oweLine() {
			return p.replies.Wait(p.connection)
		}
	}
	if l.operations == opSet {
		p.tryLogin()
	}
	if l.login {
		p.noteTextLogin(view, n)
	}
	p.logLine(verdict)
	if p.payloadOwed = l.shape != silent; p.payloadOwed {
		p.replies.Follow(p.connection)
	}
	switch {
	case l.command.payload():
		op, n := p.withPayload(proxylib.PASS, modePassEnd, view, n)
		switch {
		case p.payloadOwed:
		case p.mode == modePassEnd:
			p.connection.Unanswered(len(lineEnd))
		default:
			p.connection.Unanswered(0)
		}
		return op, n
	case l.operations == opQuit:
		p.mode = modeQuit
	case l.shape == stream:
		p.mode = modeWatch
	}
	return proxylib.PASS, n
}

// oweLine notes that the command line is passed, and the keys that it asks for. It reports false when too much is under
// way.
func (p *parser) oweLine() bool {
	l := &p.line
	o := owed{name: uint8(l.id), shape: l.shape, quiet: l.quiet}
	if l.login {
		o.purpose = loggingIn
	}
	if l.shape != retrieval {
		return p.owe(o)
	}
	if p.requested.len() >= MaxRequestedKeys || p.replies.Len() >= proxylib.MaxOwedReplies {
		return false
	}
	o.keys = p.requested.add(&l.request)
	return p.owe(o)
}

// denyLine drops the command line of n bytes at the front, and its payload, and answers it. A command that the server
// would not answer in any case is dropped without a word.
func (p *parser) denyLine(
	view proxylib.View, n int, answer []byte, verdict proxylib.Verdict,
) (proxylib.OpType, int) {
	l := &p.line
	if silenced := l.command != nil && l.shape == silent || l.silenced(); !silenced {
		if p.afterRun() {
			return p.sendFence()
		}
		if !p.replies.Deny(p.connection, answer) {
			return p.replies.Wait(p.connection)
		}
	}
	p.logLine(verdict)
	if l.command != nil && l.command.payload() {
		return p.withPayload(proxylib.DROP, modeDropEnd, view, n)
	}
	return proxylib.DROP, n
}

// withPayload extends the verdict on a command line of n bytes to the payload. The line end after it, which the
// server demands, goes along if it is there already; else it is looked at when it comes.
func (p *parser) withPayload(op proxylib.OpType, next mode, view proxylib.View, n int) (proxylib.OpType, int) {
	n += p.line.bytes
	if !lineEndAt(view, n) {
		p.mode = next
		return op, n
	}
	return op, n + len(lineEnd)
}

func lineEndAt(view proxylib.View, i int) bool {
	return view.Len() >= i+len(lineEnd) && view.At(i) == '\r' && view.At(i+1) == '\n'
}

func (p *parser) onPayloadEnd(view proxylib.View) (proxylib.OpType, int) {
	if view.Len() < len(lineEnd) {
		return proxylib.MORE, len(lineEnd) - view.Len()
	}
	if !lineEndAt(view, 0) {
		return p.refusePayload()
	}
	op := proxylib.PASS
	if p.mode == modeDropEnd {
		op = proxylib.DROP
	}
	p.mode = modeRequest
	return op, len(lineEnd)
}

// refusePayload closes the connection as a payload is longer than it says. The server, which waits for the end of the
// payload, does not reply to it, unless it has done so already.
func (p *parser) refusePayload() (proxylib.OpType, int) {
	answer := p.mode == modePassEnd && p.payloadOwed && p.replies.Last() != nil
	if answer {
		p.withdraw()
	}
	for p.afterRun() {
		// There may be no reply to them, and a fence does not reach a server that waits for the payload.
		p.replies.Withdraw()
	}
	if answer {
		p.replies.Deny(p.connection, badChunk)
	}
	return p.connection.Fail("payload does not end in CR LF where its length says", proxylib.ERROR_INVALID_FRAME_LENGTH)
}
