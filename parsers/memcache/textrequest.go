package memcache

import "github.com/proxylib/proxylib/proxylib"

// What the client gets in place of the server's reply.
var (
	accessDenied = []byte("CLIENT_ERROR access denied\r\n")
	unknownWord  = []byte("ERROR\r\n")
	badLine      = []byte("CLIENT_ERROR bad command line format\r\n")
)

const lineEnd = "\r\n"

var metaNoopLine = []byte("mn\r\n")

// cutLineEnd cuts CR LF off the end of a line.
func cutLineEnd(line []byte) (text []byte, ok bool) {
	n := len(line) - len(lineEnd)
	if n < 0 || string(line[n:]) != lineEnd {
		return line, false
	}
	return line[:n], true
}

// onLine judges the command line at the front.
func (p *parser) onLine(view proxylib.View) (proxylib.OpType, int) {
	n := p.requestEnd.Next(view)
	if limit := lineLimit(view); n > limit || n == 0 && view.Len() >= limit {
		return p.refuse("command line too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	if n == 0 {
		return proxylib.MORE, 1
	}
	err := p.line.decode(view.Bytes(0, n, &p.inputs), &p.keys)
	switch {
	case err != nil && p.line.command != nil && !p.line.command.payload():
		// No server looks for a payload behind such a line, so it can be dropped and the next one is a command again.
		return p.denyLine(view, n, badLine, proxylib.Verdict{Reason: err.Error()})
	case err != nil:
		if p.replies.Empty() {
			p.connection.Inject(true, badLine)
		}
		return p.refuse(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.line.command == nil:
		return p.denyLine(view, n, unknownWord, proxylib.Verdict{Reason: reasonUnknown})
	}
	verdict := p.connection.Decide(&p.line.request)
	if !verdict.Allowed {
		return p.denyLine(view, n, accessDenied, verdict)
	}
	return p.passLine(view, n, verdict)
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
			return p.sendFence(metaNoopLine, owed{name: uint8(metaNoopID), shape: metaNoop})
		}
		if !p.owe(owed{name: uint8(l.id), shape: l.shape, quiet: l.quiet}) {
			return p.overload()
		}
	}
	p.logLine(verdict)
	switch {
	case l.command.payload():
		return p.withPayload(proxylib.PASS, modePassEnd, view, n)
	case l.acts == actQuit:
		p.mode = modeQuit
	case l.shape == stream:
		p.mode = modeWatch
	}
	return proxylib.PASS, n
}

// denyLine drops the command line of n bytes at the front, and its payload, and answers it. A command that the server
// would not answer in any case is dropped without a word.
func (p *parser) denyLine(
	view proxylib.View, n int, answer []byte, verdict proxylib.Verdict,
) (proxylib.OpType, int) {
	l := &p.line
	if l.command == nil || l.shape != silent {
		if p.afterRun() {
			return p.sendFence(metaNoopLine, owed{name: uint8(metaNoopID), shape: metaNoop})
		}
		if !p.replies.Deny(p.connection, answer) {
			return p.overload()
		}
	}
	p.logLine(verdict)
	if l.command != nil && l.command.payload() {
		return p.withPayload(proxylib.DROP, modeDropEnd, view, n)
	}
	return proxylib.DROP, n
}

// withPayload extends the verdict on a command line of n bytes to the payload. The line end behind it, which the
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
		return p.fail("payload does not end in CR LF where its length says", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	op := proxylib.PASS
	if p.mode == modeDropEnd {
		op = proxylib.DROP
	}
	p.mode = modeRequest
	return op, len(lineEnd)
}
