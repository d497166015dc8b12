package cassandra

import "github.com/proxylib/proxylib/proxylib"

// tlsHandshake is the byte that a TLS connection begins with.
const tlsHandshake = 0x16

// missing asks for the bytes up to n.
func missing(view proxylib.View, n int) (proxylib.OpType, int) { return proxylib.MORE, n - view.Len() }

// onRequestFrame judges the frame at the front: all requests of versions 3 and 4, and those of version 5 before its
// segments begin.
func (p *parser) onRequestFrame(view proxylib.View) (proxylib.OpType, int) {
	front, n := frames.Next(view, &p.raw)
	if n > 0 {
		return proxylib.MORE, n
	}
	var h header
	err := h.decode(front)
	if err == nil && p.version == 0 {
		if !spoken(&h) {
			return p.refuseVersion(&h)
		}
		p.version = h.version
	}
	if err == nil {
		err = p.checkRequest(&h)
	}
	if err != nil {
		return p.broken(&h, err)
	}
	if h.streamed() {
		return p.onLongFrame(view, &h)
	}
	size := h.size()
	if size > MaxHeld {
		return p.tooLong(&h)
	}
	if view.Len() < size {
		return missing(view, size)
	}
	body := view.Bytes(headerLength, size, &p.raw)
	if h.flags&flagCompressed != 0 {
		if body, err = p.compression.inflate(body, &p.inflated); err != nil {
			return p.broken(&h, err)
		}
	}
	v, err := p.judge(&h, body, false)
	if err != nil {
		return p.broken(&h, err)
	}
	return v.op(), size
}

// onLongFrame judges a frame by its beginning, of which it takes twice as much each time that it does not suffice.
func (p *parser) onLongFrame(view proxylib.View, h *header) (proxylib.OpType, int) {
	for {
		p.want = max(p.want, MaxWhole)
		if view.Len() < p.want {
			return missing(view, p.want)
		}
		v, err := p.judge(h, view.Bytes(headerLength, p.want, &p.raw), true)
		switch {
		case err != nil:
			return p.broken(h, err)
		case v != verdictMore:
			p.want = 0
			return v.op(), h.size()
		case p.want == h.size():
			return p.broken(h, errMalformed)
		case p.want == MaxHeld:
			p.want = 0
			return p.tooLong(h)
		}
		p.want = min(2*p.want, h.size(), MaxHeld)
	}
}

// op is the operation for a frame on which the verdict is given.
func (v verdict) op() proxylib.OpType {
	if v == verdictPass {
		return proxylib.PASS
	}
	return proxylib.DROP
}

// spoken tells whether the first frame of a connection is of a version that we speak. A beta version is not what it
// says: that of version 5 had no segments.
func spoken(h *header) bool {
	return h.version >= version3 && h.version <= version5 && h.flags&flagBeta == 0
}

// refuseVersion answers the first request as a server does that does not speak its version; the client begins anew
// with a lower one. What is no such request ends the connection.
func (p *parser) refuseVersion(h *header) (proxylib.OpType, int) {
	switch {
	case h.version == tlsHandshake && !h.response:
		return p.broken(h, errTLS)
	case h.response:
		return p.broken(h, errDirection)
	case h.version < version3 || h.length > MaxWhole:
		return p.broken(h, errVersion)
	}
	p.logRefused("status", versionError(h.version))
	if err := p.refuse(h.stream, codeProtocol, versionError(h.version), nil); err != nil {
		return p.fail(err)
	}
	p.state = stateOver
	return proxylib.DROP, h.size()
}

// broken ends the connection, after an answer if the bytes are a request that can be answered.
func (p *parser) broken(h *header, err error) (proxylib.OpType, int) {
	p.logRefused("status", err.Error())
	if p.version != 0 && !h.response && h.stream <= eventStream>>1 && p.replies.rest == 0 && err != errStream {
		_ = p.refuse(h.stream, codeProtocol, err.Error(), nil)
	}
	return p.fail(err)
}

// tooLong denies a frame that can not be judged.
func (p *parser) tooLong(h *header) (proxylib.OpType, int) {
	if _, err := p.impossible(h, reasonTooLong); err != nil {
		return p.fail(err)
	}
	return proxylib.DROP, h.size()
}

// onReplyFrame passes the frame at the front, of which it reads no more than it has to. It holds none longer than until
// the kind of a result can be there.
func (p *parser) onReplyFrame(view proxylib.View) (proxylib.OpType, int) {
	front, n := frames.Next(view, &p.raw)
	if n > 0 {
		return proxylib.MORE, n
	}
	var h header
	err := h.decode(front)
	if err != nil {
		return p.fail(err)
	}
	r := p.streams.find(h.stream)
	held, looked := min(h.size(), headerLength+4), min(view.Len(), h.size(), headerLength+maxGlance)
	if r.whole(&h) {
		if h.size() > MaxHeld {
			return p.fail(errTooLong)
		}
		held, looked = h.size(), h.size()
	}
	if view.Len() < held {
		return missing(view, held)
	}
	final := looked == h.size() || looked == headerLength+maxGlance
	more, err := p.onAnswer(&h, r, view.Bytes(headerLength, looked, &p.raw), final)
	switch {
	case err != nil:
		return p.fail(err)
	case more:
		p.head = view.Append(p.head[:0], 0, looked)
		p.replies.rest = h.size() - looked
		return proxylib.PASS, looked
	}
	return proxylib.PASS, h.size()
}

// onReplyRest passes more of a frame whose beginning has passed, and goes on to look at it as long as that may help.
func (p *parser) onReplyRest(view proxylib.View) (proxylib.OpType, int) {
	n := min(view.Len(), p.replies.rest)
	p.replies.rest -= n
	if len(p.head) == 0 {
		return proxylib.PASS, n
	}
	p.head = view.Append(p.head, 0, min(n, headerLength+maxGlance-len(p.head)))
	var h header
	err := h.decode(p.head)
	if err != nil {
		return p.fail(err)
	}
	final := p.replies.rest == 0 || len(p.head) == headerLength+maxGlance
	more, err := p.onAnswer(&h, p.streams.find(h.stream), p.head[headerLength:], final)
	if err != nil {
		return p.fail(err)
	}
	if !more {
		p.head = p.head[:0]
	}
	return proxylib.PASS, n
}
