package cassandra

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

// tlsHandshake is the byte that a TLS connection begins with.
const tlsHandshake = 0x16

// needBytes asks for the bytes up to n.
func needBytes(view proxylib.View, n int) (proxylib.OpType, int) {
	return proxylib.MORE, n - view.Len()
}

// onRequestFrame judges the frame at the front: all requests of versions 3 and 4, and those of version 5 before its
// segments begin.
func (p *parser) onRequestFrame(view proxylib.View) (proxylib.OpType, int) {
	if first := view.At(0); first < version3 && first > 0 {
		return p.onOldFrame(view)
	}
	if view.Len() < headerLength {
		return needBytes(view, headerLength)
	}
	var r request
	err := r.decode(view.Bytes(0, headerLength, &p.raw))
	if err == nil && p.version == 0 {
		if !spoken(&r.header) {
			return p.refuseVersion(&r)
		}
		p.version = r.version
	}
	if err != nil {
		return p.closeConnection(err)
	}
	if p.judgedByBeginning(&r.header) {
		return p.onLongFrame(view, &r)
	}
	size := r.size()
	if size > p.maxRequest() && p.compressed(&r.header) && r.beginsWithStatement() {
		if view.Len() < p.maxReply() {
			return needBytes(view, p.maxReply())
		}
		return p.onInflated(&r, view.Bytes(headerLength, p.maxReply(), &p.raw))
	}
	if size > p.maxRequest() {
		return p.longFrame(&r)
	}
	if view.Len() < size {
		return needBytes(view, size)
	}
	body := view.Bytes(headerLength, size, &p.raw)
	if p.compressed(&r.header) {
		sent := body
		body, err = p.compression.inflate(sent, &p.inflated)
		switch {
		case err == errInflateTooLong && r.beginsWithStatement():
			return p.onInflated(&r, sent)
		case err == errInflateTooLong:
			return p.longFrame(&r)
		case err != nil:
			return p.refuseFrame(&r, protocolError(err.Error()))
		}
	}
	v, err := p.examine(&r, body, false)
	switch {
	case err != nil:
		return p.closeConnection(err)
	case v == decideWait:
		return p.waitForLookup()
	}
	if v == decidePass && r.flags&flagBeta != 0 && r.version == version5 {
		return p.withoutBeta(view, size)
	}
	return v.operation(), size
}

// onLongFrame judges a frame by its beginning, of which it takes twice as much each time that it does not suffice.
func (p *parser) onLongFrame(view proxylib.View, r *request) (proxylib.OpType, int) {
	for {
		p.lookAt = max(p.lookAt, MaxWhole)
		if view.Len() < p.lookAt {
			return needBytes(view, p.lookAt)
		}
		v, err := p.examine(r, view.Bytes(headerLength, p.lookAt, &p.raw), true)
		switch {
		case err != nil:
			return p.closeConnection(err)
		case v == decideMore && p.lookAt == r.size():
			v, err = p.examine(r, view.Bytes(headerLength, p.lookAt, &p.raw), false)
			if err != nil {
				return p.closeConnection(err)
			}
		case v == decideMore && p.lookAt == p.maxRequest():
			return p.longFrame(r)
		}
		if v != decideMore {
			p.lookAt = 0
			return v.operation(), r.size()
		}
		p.lookAt = min(2*p.lookAt, r.size(), p.maxRequest())
	}
}

// withoutBeta passes a request of version 5 from before the segments begin without its beta flag. Servers that have
// segments ignore it; to older ones, whose version 5 was a beta without segments, it would open the connection.
func (p *parser) withoutBeta(view proxylib.View, size int) (proxylib.OpType, int) {
	head := []byte{view.At(0), view.At(1) &^ flagBeta}
	return p.toServer.ReplaceAndPass(p.connection, len(head), head, size-len(head))
}

// operation is the operation for a frame on which the verdict is given.
func (v decision) operation() proxylib.OpType {
	if v == decidePass {
		return proxylib.PASS
	}
	return proxylib.DROP
}

// spoken reports whether the first frame of a connection is of a version that we speak.
func spoken(h *header) bool { return h.version >= version3 && h.version <= version5 }

// The header of versions 1 and 2 has a stream of one byte: version, flags, stream, opcode and length.
const oldHeaderLength = 8

// onOldFrame answers a first request of version 1 or 2 in that version, as a server does that has given it up. Later it
// ends the connection, for it has another header than what came before.
func (p *parser) onOldFrame(view proxylib.View) (proxylib.OpType, int) {
	if view.Len() < oldHeaderLength {
		return needBytes(view, oldHeaderLength)
	}
	b := view.Bytes(0, oldHeaderLength, &p.raw)
	length := binary.BigEndian.Uint32(b[4:])
	if p.version != 0 || length > MaxBody {
		return p.closeConnection(errOldVersion)
	}
	message := versionError(b[0])
	answer := []byte{response | b[0], 0, b[2], byte(opError)}
	answer = binary.BigEndian.AppendUint32(answer, uint32(4+2+len(message)))
	answer = appendError(answer, codeProtocol, message)
	p.logVersion(message)
	if err := p.sendToClient(answer); err != nil {
		return p.fail(err)
	}
	p.state = stateOver
	return proxylib.DROP, oldHeaderLength + int(length)
}

// refuseVersion answers the first request as a server does that does not speak its version; the client begins again
// with a lower one. What is not such a request ends the connection.
func (p *parser) refuseVersion(r *request) (proxylib.OpType, int) {
	switch {
	case r.version == tlsHandshake && !r.response:
		return p.closeConnection(errTLS)
	case r.response:
		return p.closeConnection(errDirection)
	case r.version < version3:
		return p.closeConnection(errOldVersion)
	}
	p.logVersion(versionError(r.version))
	if err := p.injectError(r.stream, codeProtocol, versionError(r.version), nil); err != nil {
		return p.fail(err)
	}
	p.state = stateOver
	return proxylib.DROP, r.size()
}

// closeConnection ends the connection because of what the client sent.
func (p *parser) closeConnection(err error) (proxylib.OpType, int) {
	p.logRefused(nil, err.Error())
	return p.fail(err)
}

// refuseFrame refuses a frame that is wrong in itself.
func (p *parser) refuseFrame(r *request, err protocolError) (proxylib.OpType, int) {
	if err := p.refuseMalformed(r, err); err != nil {
		return p.fail(err)
	}
	return proxylib.DROP, r.size()
}

// onInflated judges a frame whose body is too long when it is inflated, or before, by its beginning.
func (p *parser) onInflated(r *request, sent []byte) (proxylib.OpType, int) {
	body, err := p.compression.inflatePrefix(sent, resize(&p.inflated, MaxHeld)[:0:MaxHeld])
	if err != nil {
		return p.refuseFrame(r, protocolError(err.Error()))
	}
	v, err := p.examine(r, body, true)
	switch {
	case err != nil:
		return p.closeConnection(err)
	case v == decideMore:
		return p.longFrame(r)
	}
	return v.operation(), r.size()
}

// longFrame gives the verdict on a frame that is too long to be held.
func (p *parser) longFrame(r *request) (proxylib.OpType, int) {
	p.lookAt = 0
	v, err := p.tooLong(r)
	if err != nil {
		return p.closeConnection(err)
	}
	return v.operation(), r.size()
}

// onReplyFrame passes the frame at the front, of which it reads no more than it has to. It holds none longer than until
// the kind of a result can be there. Where flags put something before the kind, or compress it, that is all that may be
// looked at: what is damaged is refused before any of it has passed, however it is cut.
func (p *parser) onReplyFrame(view proxylib.View) (proxylib.OpType, int) {
	if view.Len() < headerLength {
		return needBytes(view, headerLength)
	}
	var h header
	err := h.decode(view.Bytes(0, headerLength, &p.raw))
	if err != nil {
		return p.fail(err)
	}
	r := p.streams.Get(h.stream)
	if h.opcode == opSupported && r != nil && !r.prompt {
		return p.onSupported(view, &h, r)
	}
	held, limit := min(h.size(), headerLength+4), min(h.size(), headerLength+maxOutcome)
	if h.flags != 0 {
		held = limit
	}
	if r.needsWholeBody(&h) {
		held = min(h.size(), p.maxReply())
		limit = held
	}
	if view.Len() < held {
		return needBytes(view, held)
	}
	looked := min(view.Len(), limit)
	final := looked == limit
	op := r.operation()
	more, err := p.onAnswer(&h, r, view.Bytes(headerLength, looked, &p.raw), final)
	switch {
	case err != nil:
		return p.fail(err)
	case more:
		p.head = view.Append(p.head[:0], 0, looked)
		p.replies.rest = h.size() - looked
		return proxylib.PASS, looked
	}
	p.replying = view.Len() < h.size()
	return op, h.size()
}

// onReplyRest passes more of a frame whose beginning has passed, and goes on to look at it as long as that may help.
func (p *parser) onReplyRest(view proxylib.View) (proxylib.OpType, int) {
	n := min(view.Len(), p.replies.rest)
	p.replies.rest -= n
	if len(p.head) == 0 {
		return proxylib.PASS, n
	}
	p.head = view.Append(p.head, 0, min(n, headerLength+maxOutcome-len(p.head)))
	var h header
	err := h.decode(p.head)
	if err != nil {
		return p.fail(err)
	}
	final := p.replies.rest == 0 || len(p.head) == headerLength+maxOutcome
	more, err := p.onAnswer(&h, p.streams.Get(h.stream), p.head[headerLength:], final)
	if err != nil {
		return p.fail(err)
	}
	if !more {
		p.head = p.head[:0]
	}
	return proxylib.PASS, n
}
