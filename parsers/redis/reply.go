package redis

import (
	"bytes"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// Bounds of replies.
const (
	// MaxReplyLine is the length, in bytes, of the longest line of a reply, line end included.
	MaxReplyLine = 64 << 10
	// MaxDepth is how deep replies may be nested.
	MaxDepth = 8192
	// keptDepth is the depth for which no more memory is needed.
	keptDepth = 4
)

// The types of RESP values, as their first bytes say.
const (
	typeSimple    = '+'
	typeError     = '-'
	typeInteger   = ':'
	typeBulk      = '$'
	typeArray     = '*'
	typeNull      = '_'
	typeBool      = '#'
	typeDouble    = ','
	typeBig       = '('
	typeBulkError = '!'
	typeVerbatim  = '='
	typeSet       = '~'
	typeMap       = '%'
	typeAttribute = '|'
	typePush      = '>'
)

// idle reports whether no reply has begun.
func (r *reply) idle() bool { return !r.begun && r.line.Idle() }

// reply is how far the server's reply has been read.
type reply struct {
	// begun: the reply has begun. unasked: it answers no request. shaped: its shape has been looked at.
	begun, unasked, shaped bool
	shape                  shape
	// ends: the CR LF of a bulk comes next.
	ends bool
	// status is that of the reply, code the first word of an error.
	status status
	codeN  uint8
	code   [maxCode]byte
	// depth is the number of aggregates that the next value is in, plus one.
	depth int16
	// left is how many values are still to come, at each depth.
	left  [keptDepth]int
	deep  []int
	line  wire.Lines
	bytes uint64
}

// status is what a reply says.
type status uint8

const (
	statusOK status = iota
	statusNil
	statusError
)

// maxCode is the length of the longest word of an error that is logged.
const maxCode = 24

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.sendDenial(); n > 0 {
		return op, n
	}
	if n := p.replies.Inject(p.connection); n > 0 {
		return proxylib.INJECT, n
	}
	switch {
	case view.Len() == 0:
		return proxylib.NOP, 0
	case p.refusals != nil && p.refusals.err != nil && p.replies.Empty() && !p.reply.begun:
		return p.close()
	case p.mode == modeOpaque, p.monitored && p.replies.Len() == 0:
		return proxylib.PASS, view.Len()
	}
	if !p.reply.begun {
		if op, n, settled := p.beginReply(view); settled {
			return op, n
		}
	}
	return p.passReply(view)
}

func (p *parser) failReply(reason string) (proxylib.OpType, int) {
	return p.connection.Fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
}

// beginReply looks at the first bytes of a reply. settled reports that they are all of it, or that more are needed.
func (p *parser) beginReply(view proxylib.View) (op proxylib.OpType, n int, settled bool) {
	head := p.replies.Head()
	kind := view.At(0)
	if kind == typePush || kind == typeArray && p.mayBeMessage(head) {
		m, missing, ok := readMessage(view)
		switch {
		case missing > 0:
			return proxylib.MORE, missing, true
		case ok && m.word == wordSubscribed:
			op, n = p.onConfirmation(head, &m)
			return op, n, true
		case ok && m.word == wordMessage || kind == typePush:
			p.start(true)
			return 0, 0, false
		}
	}
	if head == nil {
		op, n = p.onUnasked(view)
		return op, n, true
	}
	switch {
	case head.prompt:
		op, n = p.onPong(view)
		return op, n, true
	case head.poison:
		op, n = p.onPoison(view)
		return op, n, true
	case head.command != nil && head.command.Effect == command.Replicate && kind != typeError:
		op, n = p.onReplication(view)
		return op, n, true
	}
	p.start(false)
	return 0, 0, false
}

// onReplication passes what the server sends to a replica, which is not a reply any more. Nor are there requests.
func (p *parser) onReplication(view proxylib.View) (proxylib.OpType, int) {
	p.mode = modeOpaque
	p.reply.status, p.reply.codeN, p.reply.bytes = statusOK, 0, 0
	p.logReply(p.replies.Head())
	p.replies.Done()
	p.connection.ReplySize(0)
	p.resume()
	return proxylib.PASS, view.Len()
}

// mayBeMessage reports whether an array may be about a subscription instead of a reply. In RESP 2, only the requests that
// are answered so, and the state in which nothing else is, tell.
func (p *parser) mayBeMessage(head *owed) bool {
	if p.subscribed.resp3 {
		return false
	}
	if head != nil && head.command != nil && !head.queued {
		switch head.command.Effect {
		case command.Subscribe, command.Unsubscribe:
			return true
		}
	}
	return p.subscribed.nested || p.subscribed.any()
}

// onUnasked judges what the server sends although nothing was asked for.
func (p *parser) onUnasked(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) != typeError {
		return p.failReply("reply without a request")
	}
	return p.replyLine(view, proxylib.PASS)
}

// replyLine applies an operation to the line at the front.
func (p *parser) replyLine(view proxylib.View, op proxylib.OpType) (proxylib.OpType, int) {
	n, need, err := p.reply.line.Next(view)
	switch {
	case err != nil:
		return p.failReply(reasonLine)
	case need > 0:
		return proxylib.MORE, need
	}
	return op, n
}

// reasonLine is why a connection is closed on which a line of a reply is too long.
const reasonLine = "line of a reply too long"

func (p *parser) start(unasked bool) {
	r := &p.reply
	r.begun, r.unasked, r.depth, r.status, r.codeN, r.bytes = true, unasked, 1, statusOK, 0, 0
	r.shaped, r.shape = unasked, shapeOther
	r.left[0] = 1
}

// passReply passes as much of the reply, or the message, as is there.
func (p *parser) passReply(view proxylib.View) (proxylib.OpType, int) {
	op, n := p.passValue(view)
	if p.reply.begun && p.reply.unasked && p.replies.Empty() {
		// A denial must not come before the end of the message.
		p.replies.Forwarded(owed{message: true})
	}
	return op, n
}

func (p *parser) passValue(view proxylib.View) (proxylib.OpType, int) {
	r := &p.reply
	at := 0
	for r.depth > 0 {
		if r.ends {
			if view.Len()-at < len(lineEnd) {
				return r.passOr(at, len(lineEnd)-(view.Len()-at))
			}
			if !lineEndAt(view, at) {
				return r.passOrFail(p, at, "bulk of a reply does not end in CR LF where its length says")
			}
			at += len(lineEnd)
			r.ends = false
			r.value()
			continue
		}
		n, missing, past, reason := p.readValue(view, at)
		switch {
		case reason != "":
			return r.passOrFail(p, at, reason)
		case missing > 0:
			return r.passOr(at, missing)
		case past:
			r.bytes += uint64(at + n)
			return proxylib.PASS, at + n
		}
		at += n
	}
	r.bytes += uint64(at)
	p.replied()
	return proxylib.PASS, at
}

// passOr passes what has been read, or asks for more if that is nothing.
func (r *reply) passOr(n, missing int) (proxylib.OpType, int) {
	if n > 0 {
		r.bytes += uint64(n)
		return proxylib.PASS, n
	}
	return proxylib.MORE, missing
}

// passOrFail passes what has been read, and closes the connection if that is nothing. So as much passes as if the bytes
// had come one by one.
func (r *reply) passOrFail(p *parser, n int, reason string) (proxylib.OpType, int) {
	if n > 0 {
		r.bytes += uint64(n)
		return proxylib.PASS, n
	}
	return p.failReply(reason)
}

// readValue reads the value at an offset, without its members, and returns its length. past reports that the length goes
// beyond the view, up to the CR LF of a bulk.
func (p *parser) readValue(view proxylib.View, at int) (n, missing int, past bool, reason string) {
	r := &p.reply
	if at == view.Len() {
		return 0, 1, false, ""
	}
	kind := view.At(at)
	if r.top() && !r.shaped && kind != typeAttribute && kind != typePush {
		if reason := p.readShape(view, at, kind); reason != "" {
			return 0, 0, false, reason
		}
	}
	switch kind {
	case typeSimple, typeError, typeInteger, typeNull, typeBool, typeDouble, typeBig:
		return p.readLine(view, at, kind)
	case typeBulk, typeBulkError, typeVerbatim, typeArray, typeSet, typeMap, typeAttribute, typePush:
	default:
		return 0, 0, false, "reply of an unknown type"
	}
	ok := true
	size, header := shortHeader(view.Front(), at, kind)
	if header == 0 {
		size, header, missing, ok = readSize(view, at)
	}
	switch {
	case !ok:
		return 0, 0, false, "malformed length of a reply"
	case missing > 0:
		return 0, missing, false, ""
	case kind == typeBulkError && r.top() && view.Missing(at+header+min(size, maxCode)) > 0:
		return 0, view.Missing(at + header + min(size, maxCode)), false, ""
	case kind == typeBulk || kind == typeBulkError || kind == typeVerbatim:
		n, past = p.readBulk(view, at, kind, size, header)
		return n, 0, past, ""
	}
	if !r.open(kind, size, p.subscribed.nested) {
		return 0, 0, false, "reply nested too deep"
	}
	return header, 0, false, ""
}

// readBulk reads a bulk, of which the header says how long it is.
func (p *parser) readBulk(view proxylib.View, at int, kind byte, size, header int) (n int, past bool) {
	r := &p.reply
	if size < 0 {
		r.null()
		return header, false
	}
	if kind == typeBulkError && r.top() {
		r.error(view, at+header, at+header+size)
	}
	if view.Len()-at >= header+size+len(lineEnd) && lineEndAt(view, at+header+size) {
		r.value()
		return header + size + len(lineEnd), false
	}
	r.ends = true
	return header + size, view.Len()-at <= header+size
}

// readLine reads a value that is a line.
func (p *parser) readLine(view proxylib.View, at int, kind byte) (n, missing int, past bool, reason string) {
	end := view.IndexByte('\n', at)
	if end < 0 {
		if view.Len()-at >= MaxReplyLine {
			return 0, 0, false, reasonLine
		}
		return 0, 1, false, ""
	}
	n = end + 1 - at
	if n < 3 || view.At(end-1) != '\r' {
		return 0, 0, false, "line of a reply does not end in CR LF"
	}
	r := &p.reply
	if r.top() {
		switch kind {
		case typeError:
			r.error(view, at+1, end-1)
		case typeNull:
			r.status = statusNil
		}
	}
	r.value()
	return n, 0, false, ""
}

// maxSizeLine is the length of the longest line that says how long a value is, line end included. It has 18 digits at most,
// but more are an error as soon as this length is there.
const maxSizeLine = 24

// readSize reads a line that is a letter and a number, which may be -1.
func readSize(view proxylib.View, at int) (size, length, missing int, ok bool) {
	var space [maxSizeLine]byte
	line := view.Peek(space[:], at)
	end := bytes.IndexByte(line, '\n')
	switch {
	case end < 0 && len(line) == maxSizeLine:
		return 0, 0, 0, false
	case end < 0:
		return 0, 0, 1, true
	case end < 3 || line[end-1] != '\r':
		return 0, 0, 0, false
	case end == 4 && line[1] == '-' && line[2] == '1':
		return -1, end + 1, 0, true
	case end > maxSizeLine-4:
		return 0, 0, 0, false
	}
	for _, c := range line[1 : end-1] {
		if c < '0' || c > '9' {
			return 0, 0, 0, false
		}
		size = 10*size + int(c-'0')
	}
	return size, end + 1, 0, true
}

// top reports whether the next value is the whole reply.
func (r *reply) top() bool { return r.depth == 1 }

// counter returns how many values are still to come at the depth.
func (r *reply) counter() *int {
	if r.depth <= keptDepth {
		return &r.left[r.depth-1]
	}
	return &r.deep[r.depth-1-keptDepth]
}

// value ends a value, and the aggregates of which it is the last.
func (r *reply) value() {
	*r.counter()--
	r.unwind()
}

func (r *reply) unwind() {
	for r.depth > 0 && *r.counter() == 0 {
		if r.depth > keptDepth {
			r.deep = r.deep[:r.depth-1-keptDepth]
		}
		r.depth--
	}
}

// null ends a value that is none.
func (r *reply) null() {
	if r.top() {
		r.status = statusNil
	}
	r.value()
}

// open begins an aggregate. It reports false if that would be too deep.
func (r *reply) open(kind byte, size int, nested bool) bool {
	if size < 0 {
		r.null()
		return true
	}
	if kind == typeMap || kind == typeAttribute {
		size *= 2
	}
	if kind == typeAttribute || kind == typePush && !r.counts(nested) {
		*r.counter() += size
		return true
	}
	*r.counter()--
	if size == 0 {
		r.unwind()
		return true
	}
	if r.depth == MaxDepth {
		return false
	}
	r.depth++
	if r.depth > keptDepth {
		r.deep = append(r.deep, size)
	} else {
		r.left[r.depth-1] = size
	}
	return true
}

// counts reports whether a push is the value that it is in the place of: it is not where it comes within a reply, such as
// that to EXEC, but for messages about subscriptions.
func (r *reply) counts(nested bool) bool { return r.unasked && r.top() || nested && !r.top() }

// error notes the first word of an error.
func (r *reply) error(view proxylib.View, from, to int) {
	r.status = statusError
	n := min(view.CopyAt(r.code[:], from), max(to-from, 0))
	for i, c := range r.code[:n] {
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			n = i
			break
		}
	}
	r.codeN = uint8(n)
}

// replied ends the reply.
func (p *parser) replied() {
	r := &p.reply
	r.begun = false
	head := p.replies.Head()
	if r.unasked {
		if head != nil && head.message {
			p.replies.Done()
		}
		return
	}
	p.settle(head)
	p.resume()
	p.logReply(head)
	p.replies.Done()
}

// settle learns from a reply what has become of the request.
func (p *parser) settle(head *owed) {
	failed := p.reply.shape == shapeError
	if head.login {
		p.loggedIn(head, !failed)
	}
	if head.chooses {
		p.chosen(head.database, !failed)
	}
	if head.command == nil || head.queued {
		return
	}
	if head.command.Effect == command.Multi {
		p.multis--
	}
	switch {
	case failed:
		p.settleFailure(head)
	case head.command.Effect == command.Hello:
		p.subscribed.resp3 = p.reply.shape == shapeMap
	case head.command.Effect == command.Reset:
		p.subscribed = subscriptions{nested: p.subscribed.nested}
		p.see()
	}
}

// settleFailure takes back what a request would have changed.
func (p *parser) settleFailure(head *owed) {
	switch head.command.Effect {
	case command.Monitor:
		p.monitored = false
	case command.Replicate:
		p.mode = modeRequest
	case command.Multi:
		if head.begins && p.multis == 0 && !p.blind {
			p.multi = false
		}
	}
}

// resume lets requests go on that have waited for replies.
func (p *parser) resume() {
	if p.waiting && (p.blind || !p.users.changing()) && p.databases.pending == 0 {
		p.waiting = false
		p.connection.Resume()
	}
}
