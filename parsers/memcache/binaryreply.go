package memcache

import "github.com/proxylib/proxylib/proxylib"

// onReplyFrame judges the frame at the front.
func (p *parser) onReplyFrame(view proxylib.View) (proxylib.OpType, int) {
	if !p.heard && view.At(0) != replyMagic {
		return p.onText(view)
	}
	message, need, err := frames.Next(view, &p.inputs)
	if message.Header == nil {
		return proxylib.MORE, need
	}
	var h header
	if err := h.decode(message, err, replyMagic); err != nil || h.key > MaxKey {
		return p.connection.Fail("malformed frame in a reply", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if n := view.Missing(h.front()); n > 0 {
		return proxylib.MORE, n
	}
	if p.server.binary != yes {
		p.server.binary = yes
		p.connection.Resume()
	}
	p.heard = true
	head := p.skipSilent(func(o *owed) bool { return o.name == h.opcode })
	switch {
	case head == nil:
		return p.connection.Fail("reply without a request", proxylib.ERROR_INVALID_FRAME_TYPE)
	case head.quiet && head.name == h.opcode, !head.quiet && head.name == h.opcode && head.opaque == h.opaque:
	default:
		return p.unfit()
	}
	if p.replies.Probed() {
		return p.replies.Take(h.length())
	}
	if head.name == opcodeSASLAuth || head.name == opcodeSASLStep {
		p.learnSASLUser(&h)
	}
	if h.endsReply() {
		p.logReplyFrame(&h, view.Bytes(headerLen+h.extras, h.front(), &p.inputs))
		p.replied()
	}
	return proxylib.PASS, h.length()
}

// endsReply reports whether the frame is the last of its reply. Statistics come one a frame, and then an empty one.
func (h *header) endsReply() bool { return h.opcode != opcodeStat || h.status != 0 || h.body == 0 }

// onText passes the line of text with which a server begins that has too many connections. Any other text comes from a
// server that does not speak the binary protocol.
func (p *parser) onText(view proxylib.View) (proxylib.OpType, int) {
	n := min(view.Len(), len(overload))
	if !view.HasPrefix(overload[:n]) {
		return p.connection.Fail("the server does not speak the binary protocol", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if n < len(overload) {
		return proxylib.MORE, 1
	}
	p.stage = stageOver
	return proxylib.PASS, n
}
