package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// MaxReplyLine is the length, in bytes, of the longest line of a reply, line end included. Values are not lines.
const MaxReplyLine = 8192

// overload is how a server begins that has too many connections. It then closes.
var overload = []byte("ERROR Too many open connections\r\n")

// retrievalEnd is the last line of a retrieval.
const retrievalEnd = "END\r\n"

// onReplyLine judges the line at the front.
func (p *parser) onReplyLine(view proxylib.View) (proxylib.OpType, int) {
	n, need, err := p.replyLines.Next(view)
	switch {
	case err != nil:
		return p.connection.Fail("line of a reply too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	case need > 0:
		return proxylib.MORE, need
	}
	line := view.Bytes(0, n, &p.inputs)
	text, crlf := wire.CutLineEnd(line)
	if p.retrievalFailed && p.stage == stageFirst {
		p.retrievalFailed = false
		if len(text) == 0 && crlf {
			return proxylib.PASS, n
		}
	}
	head := p.answered(text)
	if head == nil {
		return p.onUnasked(line)
	}
	if p.stage == stageFirst && head.purpose != prompting {
		if mismatch := p.learn(head, text); mismatch != "" {
			return p.connection.Fail(mismatch, proxylib.ERROR_INVALID_FRAME_TYPE)
		}
		if reason := p.learnUser(head, text); reason != "" {
			return p.connection.Fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
		}
	}
	a := head.readLine(text, crlf, p.stage == stageFirst)
	p.stage = stageNext
	switch a.kind {
	case lineUnfit:
		return p.unfit()
	case lineLast:
		if p.replies.Probed() {
			return p.endOwn(n, head, a.status)
		}
		p.done(a.status)
	case lineValue:
		if head.shape == retrieval && (p.values == int(head.keys) || !p.requested.has(a.key, head.keys)) {
			return p.connection.Fail("value of a key that was not asked for", proxylib.ERROR_INVALID_FRAME_TYPE)
		}
		return p.onValue(view, n, a.size)
	case lineStream:
		p.logReply(id(head.name), statusOK)
		p.replies.EndOne()
		p.stage = stageStream
	}
	return proxylib.PASS, n
}

// answered returns which request the line at the front answers.
func (p *parser) answered(text []byte) *owed {
	if p.stage != stageFirst {
		return p.replies.Head()
	}
	return p.skipSilent(func(o *owed) bool { return o.mayAnswerQuiet(text) })
}

// done ends the reply at the head of the queue. A watch that was refused leaves the connection as it was.
func (p *parser) done(status status) {
	head := p.replies.Head()
	if p.values > 0 && status == statusMiss {
		status = statusHit
	}
	p.logReply(id(head.name), status)
	if p.mode == modeWatch && head.shape == stream {
		p.mode = modeRequest
	}
	p.retrievalFailed = head.shape == retrieval && status == statusError
	p.replied()
	p.stage, p.values, p.valueBytes = stageFirst, 0, 0
}

// endOwn drops the answer to a request of ours. A noop fails only where the server takes no commands before a login.
func (p *parser) endOwn(n int, head *owed, status status) (proxylib.OpType, int) {
	if head.purpose == fencing && status != statusOK && p.server.open == yes {
		return p.unfit()
	}
	p.stage = stageFirst
	return p.replies.Take(n)
}

func (p *parser) unfit() (proxylib.OpType, int) {
	return p.connection.Fail("reply does not fit the request", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// onUnasked judges a line that belongs to no request.
func (p *parser) onUnasked(line []byte) (proxylib.OpType, int) {
	if !bytes.Equal(line, overload) {
		return p.connection.Fail("reply without a request", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.stage = stageOver
	return proxylib.PASS, len(line)
}

// onValue passes a line of n bytes and the value of size bytes after it.
func (p *parser) onValue(view proxylib.View, n, size int) (proxylib.OpType, int) {
	p.values++
	p.valueBytes += uint64(size)
	n += size
	if !lineEndAt(view, n) {
		p.stage = stageValueEnd
		return proxylib.PASS, n
	}
	n += len(lineEnd)
	p.afterValue()
	if p.stage == stageNext && p.endsAt(view, n) {
		p.done(statusMiss)
		n += len(retrievalEnd)
	}
	return proxylib.PASS, n
}

// endsAt reports whether the retrieval ends after a value. To see that at once saves a call.
func (p *parser) endsAt(view proxylib.View, i int) bool {
	to := i + len(retrievalEnd)
	return view.Len() >= to && p.replies.Head().shape == retrieval &&
		string(view.Bytes(i, to, &p.inputs)) == retrievalEnd
}

func (p *parser) onValueEnd(view proxylib.View) (proxylib.OpType, int) {
	if view.Len() < len(lineEnd) {
		return proxylib.MORE, len(lineEnd) - view.Len()
	}
	if !lineEndAt(view, 0) {
		return p.unfit()
	}
	p.afterValue()
	return proxylib.PASS, len(lineEnd)
}

// afterValue: the value is all of the reply to a meta command.
func (p *parser) afterValue() {
	p.stage = stageNext
	if head := p.replies.Head(); head.shape == metaReply {
		p.done(metaStatus(commands[head.name].operations, "VA"))
	}
}
