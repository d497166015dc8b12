package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// MaxReplyLine is the length, in bytes, of the longest line of a reply, line end included. Values are not lines.
const MaxReplyLine = 8192

// stage is what the server's next bytes are.
type stage uint8

const (
	// stageFirst: the first line of a reply.
	stageFirst stage = iota
	// stageNext: a further line of one.
	stageNext
	// stageValueEnd: the line end behind a value.
	stageValueEnd
	// stageStream: anything, since a watch was answered.
	stageStream
	// stageOver: nothing, since the server said that it closes.
	stageOver
)

// onReply passes the server's bytes if they are the reply that is owed. It answers an empty input with NOP, for a host
// that has to wait for more bytes would not ask it for the denials that have come to be due.
func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if n := p.replies.Inject(p.connection); n > 0 {
		return proxylib.INJECT, n
	}
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	switch p.answer {
	case stageValueEnd:
		return p.onValueEnd(view)
	case stageStream:
		return proxylib.PASS, view.Len()
	case stageOver:
		return p.fail("server goes on after it said that it closes", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	n := p.answerEnd.Next(view)
	if n > MaxReplyLine || n == 0 && view.Len() >= MaxReplyLine {
		return p.fail("line of a reply too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	if n == 0 {
		return proxylib.MORE, 1
	}
	return p.onReplyLine(view, n)
}

// onReplyLine judges the line of n bytes at the front.
func (p *parser) onReplyLine(view proxylib.View, n int) (proxylib.OpType, int) {
	line := view.Bytes(0, n, &p.line)
	defer p.forget()
	head := p.replies.Head()
	if head == nil {
		return p.onUnasked(line)
	}
	if p.answer == stageFirst {
		p.logReply(head.id)
	}
	first := p.answer == stageFirst
	p.answer = stageNext
	text, crlf := bytes.CutSuffix(line, lineEnd)
	if !crlf {
		// Items of a dump are the only lines that end in LF alone.
		if head.shape == metadump && bytes.HasPrefix(line, []byte("key=")) {
			return proxylib.PASS, n
		}
		return p.unfit()
	}
	switch verdict, size := head.shape.line(text, first); verdict {
	case lineLast:
		p.done()
	case lineValue:
		return p.onValue(view, n, size)
	case lineStream:
		p.answer = stageStream
	case lineUnfit:
		return p.unfit()
	}
	return proxylib.PASS, n
}

// done ends the reply at the head of the queue. A watch that was refused leaves the connection as it was.
func (p *parser) done() {
	if p.mode == modeWatch && p.replies.Len() == 1 {
		p.mode = modeCommand
	}
	p.replies.Done()
	p.answer = stageFirst
}

func (p *parser) unfit() (proxylib.OpType, int) {
	return p.fail("reply does not fit the request", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// overload is how a server begins that has too many connections. It then closes.
var overload = []byte("ERROR Too many open connections\r\n")

// onUnasked judges a line that no request asked for.
func (p *parser) onUnasked(line []byte) (proxylib.OpType, int) {
	if !bytes.Equal(line, overload) {
		return p.fail("reply without a request", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.answer = stageOver
	return proxylib.PASS, len(line)
}

// onValue passes a line of n bytes and the value of size bytes behind it.
func (p *parser) onValue(view proxylib.View, n, size int) (proxylib.OpType, int) {
	n += size
	if !lineEndAt(view, n) {
		p.answer = stageValueEnd
		return proxylib.PASS, n
	}
	return proxylib.PASS, n + len(lineEnd)
}

func (p *parser) onValueEnd(view proxylib.View) (proxylib.OpType, int) {
	if view.Len() < len(lineEnd) {
		return proxylib.MORE, len(lineEnd) - view.Len()
	}
	if !lineEndAt(view, 0) {
		return p.unfit()
	}
	p.answer = stageNext
	return proxylib.PASS, len(lineEnd)
}

// lineKind is what a line is to the reply that it belongs to.
type lineKind uint8

const (
	lineUnfit lineKind = iota
	// lineLast ends the reply, lineMore does not.
	lineLast
	lineMore
	// lineValue has a value behind it.
	lineValue
	// lineStream has lines without end behind it.
	lineStream
)

// line judges a line, without its CR LF, of a reply of the shape. first tells whether it is the first one. The size is
// that of the value behind it.
func (s shape) line(text []byte, first bool) (kind lineKind, size int) {
	if s == oneLine || isError(text) {
		return lineLast, 0
	}
	switch s {
	case retrieval:
		return retrievalLine(text)
	case statistics:
		return statisticsLine(text, first), 0
	case metadump:
		return dumpLine(text, first, "key=", "END"), 0
	case mgdump:
		return dumpLine(text, first, "mg ", "EN"), 0
	case stream:
		return streamLine(text), 0
	}
	return lineUnfit, 0
}

// isError tells whether a line says that the request failed; such a line may take the place of any other.
func isError(text []byte) bool {
	for _, word := range []string{"ERROR", "CLIENT_ERROR", "SERVER_ERROR"} {
		rest, ok := bytes.CutPrefix(text, []byte(word))
		if ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == ':') {
			return true
		}
	}
	return false
}

// retrievalLine: "VALUE key flags bytes [unique]" or "END".
func retrievalLine(text []byte) (lineKind, int) {
	if string(text) == "END" {
		return lineLast, 0
	}
	rest, ok := bytes.CutPrefix(text, []byte("VALUE "))
	if !ok {
		return lineUnfit, 0
	}
	a := arguments{rest: rest}
	a.key()
	a.next()
	size := a.number(MaxValue)
	if len(a.peek()) > 0 {
		a.next()
	}
	if a.end(); a.err != nil {
		return lineUnfit, 0
	}
	return lineValue, int(size)
}

func statisticsLine(text []byte, first bool) lineKind {
	if string(text) == "END" || first && (string(text) == "RESET" || string(text) == "OK") {
		return lineLast
	}
	for _, word := range []string{"STAT ", "ITEM ", "PREFIX "} {
		if bytes.HasPrefix(text, []byte(word)) {
			return lineMore
		}
	}
	return lineUnfit
}

// dumpLine: OK may come first; then one line an item until the last line. Anything else as the first line is why there
// is no dump.
func dumpLine(text []byte, first bool, item, last string) lineKind {
	switch {
	case string(text) == last:
		return lineLast
	case bytes.HasPrefix(text, []byte(item)):
		return lineMore
	case first && string(text) == "OK":
		return lineMore
	case first:
		return lineLast
	}
	return lineUnfit
}

// streamLine: OK begins the stream; anything else is why there is none.
func streamLine(text []byte) lineKind {
	if string(text) == "OK" {
		return lineStream
	}
	return lineLast
}
