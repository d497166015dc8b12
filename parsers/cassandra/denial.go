package cassandra

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// Codes of errors (native_protocol_v5.spec, section 9).
const (
	codeProtocol     = 0x000a
	codeUnauthorized = 0x2100
	codeUnprepared   = 0x2500
)

// pauseDenials is the number of bytes of errors of ours from which on, where the host can wait, no further request is looked
// at until they have gone. The envelopes of one segment of version 5 cannot cause as many as an outbox takes.
const pauseDenials = 48 << 10

// refusalVersion is the version of answers to requests of versions that are not spoken.
const refusalVersion = version4

var errQueued = errors.New("too many bytes wait to be sent")

// injectError answers a request with an ERROR in place of the server. What the error has after its message is in more.
func (p *parser) injectError(stream uint16, code uint32, message string, more []byte) error {
	p.refusedStream = stream
	version := p.version
	if version == 0 {
		version = refusalVersion
	}
	h := header{version: version, response: true, stream: stream, opcode: opError, length: 4 + 2 + len(message) + len(more)}
	b := h.append(p.denial[:0])
	b = append(appendError(b, code, message), more...)
	if p.framed {
		frame := len(b)
		b = appendSegment(b, b, p.compressesSegments())
		b = b[:copy(b, b[frame:])]
	}
	p.denial = b
	releaseLarge(&p.denial)
	return p.sendToClient(b)
}

// appendError appends the body of an ERROR: code and message.
func appendError(b []byte, code uint32, message string) []byte {
	b = binary.BigEndian.AppendUint32(b, code)
	b = binary.BigEndian.AppendUint16(b, uint16(len(message)))
	return append(b, message...)
}

// sendToClient sends bytes to the client: at once if the reply direction is between two messages, else when it is.
func (p *parser) sendToClient(b []byte) error {
	send := p.toClient.SendNow
	if p.replies.rest > 0 {
		send = p.toClient.Send
	}
	if !send(p.connection, b) {
		return errQueued
	}
	return nil
}

// deny answers a request that the policy does not allow.
func (p *parser) deny(stream uint16, what string) error {
	return p.injectError(stream, codeUnauthorized, "Request Unauthorized: "+what, nil)
}

// unprepared answers a request for a statement that is not known, so that the client prepares it.
func (p *parser) unprepared(stream uint16, id []byte) error {
	more := binary.BigEndian.AppendUint16(nil, uint16(len(id)))
	return p.injectError(stream, codeUnprepared, "Unprepared", append(more, id...))
}

// versionError is the text by which drivers see that they have to try a lower version.
func versionError(version uint8) string {
	return "Invalid or unsupported protocol version (" + strconv.Itoa(int(version)) +
		"); supported versions are (3/v3, 4/v4, 5/v5)"
}
