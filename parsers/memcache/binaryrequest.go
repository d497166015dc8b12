package memcache

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

// fenceOpaque is the opaque of our own requests.
const fenceOpaque = 0x70784c42

// versionFrame is how the server is asked in the binary protocol, as also a server that demands SASL replies to it. A
// server that speaks text alone takes it for one line, for its last byte is LF, and answers that with an error.
var versionFrame = func() []byte {
	frame := appendHeader(nil, requestMagic, opcodeVersion, 0, 0, fenceOpaque)
	frame[len(frame)-1] = '\n'
	return frame
}()

// fixedLen is the length, in bytes, of what of a frame the client cannot choose freely: magic, opcode, key length.
const fixedLen = 4

// inert reports whether a frame of n bytes does no harm to a server that reads it as text. Nothing that such a server
// executes is without LF, and lines that the first bytes of a frame make are no commands.
func inert(view proxylib.View, n int) bool {
	if view.Len() < n {
		return false
	}
	end := view.IndexByte('\n', fixedLen)
	return end < 0 || end >= n
}

// onFrame judges the frame at the front.
func (p *parser) onFrame(view proxylib.View) (proxylib.OpType, int) {
	message, need, err := frames.Next(view, &p.inputs)
	if message.Header == nil {
		return proxylib.MORE, need
	}
	f := &p.frame
	if err := f.decodeHeader(message, err); err != nil {
		return p.refuseFrame(err)
	}
	front := f.header.front()
	if n := view.Missing(front); n > 0 {
		return proxylib.MORE, n
	}
	f.decodeBody(view.Bytes(0, front, &p.inputs))
	verdict := p.decideRequest(&f.request)
	if !verdict.Allowed {
		return p.denyFrame(wireAuthError, "access denied", verdict)
	}
	if p.server.binary != yes && !inert(view, f.header.length()) {
		return p.ask(func() (proxylib.OpType, int) {
			return p.denyFrame(wireTemporary, "Temporary failure", proxylib.Verdict{Reason: reasonUnready})
		})
	}
	if f.saslLogin() {
		return p.passLogin(view, verdict)
	}
	return p.passFrame(verdict)
}

// passFrame passes the frame at the front.
func (p *parser) passFrame(verdict proxylib.Verdict) (proxylib.OpType, int) {
	f := &p.frame
	o := owed{name: f.header.opcode, quiet: f.layout.quiet}
	if !o.quiet {
		o.opaque = f.header.opaque
	}
	if f.header.opcode != opcodeQuitQ && !p.owe(o) {
		return p.replies.Wait(p.connection)
	}
	if f.operations == opQuit {
		p.mode = modeQuit
	}
	p.logFrame(verdict)
	if f.header.opcode == opcodeQuitQ {
		p.connection.Unanswered(0)
	}
	p.replies.Follow(p.connection)
	return proxylib.PASS, f.header.length()
}

// denyFrame drops the frame at the front and answers it, also if it is quiet, for a denial is an error.
func (p *parser) denyFrame(status uint16, text string, verdict proxylib.Verdict) (proxylib.OpType, int) {
	if p.afterRun() {
		return p.sendFence()
	}
	h := &p.frame.header
	if !p.replies.Deny(p.connection, refusal(h, status, text)) {
		return p.replies.Wait(p.connection)
	}
	p.logFrame(verdict)
	return proxylib.DROP, h.length()
}

// refuseFrame closes the connection, after an answer if none is owed and there is one.
func (p *parser) refuseFrame(err error) (proxylib.OpType, int) {
	if p.replies.Empty() {
		switch err {
		case errOpcode:
			p.connection.Inject(true, refusal(&p.frame.header, wireUnknownCommand, "Unknown command"))
		case errShape:
			p.connection.Inject(true, refusal(&p.frame.header, wireInvalid, "Invalid arguments"))
		}
	}
	return p.refuse(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
}

// refusal makes a reply with a status and a text in the place of the server's.
func refusal(h *header, status uint16, text string) []byte {
	b := make([]byte, 0, headerLen+len(text))
	return append(appendHeader(b, replyMagic, h.opcode, status, uint32(len(text)), h.opaque), text...)
}

// appendHeader appends the header of a frame without extras, key and cas.
func appendHeader(b []byte, magic, op byte, status uint16, body, opaque uint32) []byte {
	b = append(b, magic, op, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, status)
	b = binary.BigEndian.AppendUint32(b, body)
	b = binary.BigEndian.AppendUint32(b, opaque)
	return binary.BigEndian.AppendUint64(b, 0)
}
