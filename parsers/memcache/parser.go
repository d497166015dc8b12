package memcache

import "github.com/proxylib/proxylib/proxylib"

// What the client gets in place of the server's reply.
var (
	accessDenied = []byte("CLIENT_ERROR access denied\r\n")
	unknownWord  = []byte("ERROR\r\n")
	badLine      = []byte("CLIENT_ERROR bad command line format\r\n")
)

var lineEnd = []byte("\r\n")

// keptScratch is the size, in bytes, of a scratch that a connection keeps from one request to the next.
const keptScratch = 256

type factory struct{}

func (factory) Create(connection *proxylib.Connection) proxylib.Parser {
	return &parser{connection: connection}
}

// mode is what the client's next bytes are.
type mode uint8

const (
	// modeCommand: a command line.
	modeCommand mode = iota
	// modePassEnd and modeDropEnd: the line end behind a payload, the command of which was passed or dropped.
	modePassEnd
	modeDropEnd
	// modeQuit: nothing that the server would read.
	modeQuit
	// modeWatch: nothing that may come, since a watch has been passed.
	modeWatch
)

// owed describes a reply that the server owes.
type owed struct {
	id    id
	shape shape
}

// parser serves one connection. What it keeps is bounded: scratches for a line that came in pieces and for the keys of
// a log entry, and a queue with a slot for each request that waits for its reply.
type parser struct {
	connection            *proxylib.Connection
	requestEnd, answerEnd proxylib.LineScanner
	replies               proxylib.ReplyQueue[owed]
	mode                  mode
	answer                stage
	started               bool
	request               request
	line, keys            []byte
	fields                [2]proxylib.LogField
	entry                 proxylib.L7Entry
}

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	switch p.mode {
	case modePassEnd, modeDropEnd:
		return p.onPayloadEnd(view)
	case modeQuit:
		return proxylib.DROP, view.Len()
	case modeWatch:
		return p.fail("request behind a watch", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return p.onCommand(view)
}

func (p *parser) fail(reason string, code proxylib.OpError) (proxylib.OpType, int) {
	return p.connection.Fail(reason, code)
}

func (p *parser) onCommand(view proxylib.View) (proxylib.OpType, int) {
	if !p.started {
		if reason := foreign(view.At(0)); reason != "" {
			p.logRefused(nil, reason)
			return p.fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
		}
		p.started = true
	}
	n := p.requestEnd.Next(view)
	if limit := lineLimit(view); n > limit || n == 0 && view.Len() >= limit {
		p.logRefused(nil, "command line too long")
		return p.fail("command line too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	if n == 0 {
		return proxylib.MORE, 1
	}
	defer p.forget()
	if err := p.request.decode(view.Bytes(0, n, &p.line)); err != nil {
		p.logRefused(p.request.word, err.Error())
		if p.replies.Empty() {
			p.connection.Inject(true, badLine)
		}
		return p.fail(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return p.judge(view, n)
}

// foreign says why a connection that begins with the byte is none of the text protocol; a server decides by it, too.
func foreign(first byte) string {
	switch first {
	case 0x80:
		return "the binary protocol is not supported"
	case 0x16:
		return "TLS on a plaintext port"
	}
	return ""
}

// lineLimit is the length of the longest line that may begin as the view does.
func lineLimit(view proxylib.View) int {
	if view.Len() <= MaxLine {
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

// judge gives the verdict on the command line of n bytes at the front.
func (p *parser) judge(view proxylib.View, n int) (proxylib.OpType, int) {
	r := &p.request
	if r.command == nil {
		return p.deny(view, n, unknownWord)
	}
	if !p.connection.Matches(r) {
		return p.deny(view, n, accessDenied)
	}
	if r.shape != silent && !p.replies.Forwarded(owed{r.id, r.shape}) {
		return p.overload()
	}
	p.logRequest(proxylib.EntryTypeRequest)
	if r.command.payload() {
		return p.withPayload(proxylib.PASS, modePassEnd, view, n)
	}
	switch {
	case r.command.word == "quit":
		p.mode = modeQuit
	case r.shape == stream:
		p.mode = modeWatch
	}
	return proxylib.PASS, n
}

// deny drops a request and answers it. One that the server would not answer is dropped without a word.
func (p *parser) deny(view proxylib.View, n int, answer []byte) (proxylib.OpType, int) {
	r := &p.request
	p.logRequest(proxylib.EntryTypeDenied)
	if r.command == nil || r.shape != silent {
		if !p.replies.Deny(p.connection, answer) {
			return p.overload()
		}
	}
	if r.command != nil && r.command.payload() {
		return p.withPayload(proxylib.DROP, modeDropEnd, view, n)
	}
	return proxylib.DROP, n
}

func (p *parser) overload() (proxylib.OpType, int) {
	return p.fail("too many requests wait for a reply", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// withPayload extends the verdict on a command line of n bytes to the payload. The line end behind it, which the
// server demands, goes along if it is there already; else it is looked at when it comes.
func (p *parser) withPayload(op proxylib.OpType, next mode, view proxylib.View, n int) (proxylib.OpType, int) {
	n += p.request.bytes
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
	p.mode = modeCommand
	return op, len(lineEnd)
}

// forget lets go of the host's bytes, which live only for the call, and of large scratches.
func (p *parser) forget() {
	p.request.word, p.request.keys = nil, nil
	p.fields = [2]proxylib.LogField{}
	if cap(p.line) > keptScratch {
		p.line = nil
	}
	if cap(p.keys) > keptScratch {
		p.keys = nil
	}
}
