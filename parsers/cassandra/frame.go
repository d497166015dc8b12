package cassandra

import (
	"encoding/binary"
	"errors"
)

// MaxBody is the length, in bytes, of the longest body of a frame (native_protocol_v4.spec, section 2.5).
const MaxBody = 256 << 20

// headerLength is the length, in bytes, of the header of a frame.
const headerLength = 9

// The versions of the protocol that are spoken.
const (
	version3 = 3
	version4 = 4
	version5 = 5
)

// response is the bit of the version byte that the server's frames have.
const response = 0x80

// The bits of the flags of a frame.
const (
	flagCompressed = 1 << iota
	flagTracing
	flagPayload
	flagWarning
	flagBeta
)

// opcode is the kind of a message.
type opcode uint8

const (
	opError         opcode = 0x00
	opStartup       opcode = 0x01
	opReady         opcode = 0x02
	opAuthenticate  opcode = 0x03
	opOptions       opcode = 0x05
	opSupported     opcode = 0x06
	opQuery         opcode = 0x07
	opResult        opcode = 0x08
	opPrepare       opcode = 0x09
	opExecute       opcode = 0x0a
	opRegister      opcode = 0x0b
	opEvent         opcode = 0x0c
	opBatch         opcode = 0x0d
	opAuthChallenge opcode = 0x0e
	opAuthResponse  opcode = 0x0f
	opAuthSuccess   opcode = 0x10
)

// eventStream is the stream of messages that no request asked for. The specification leaves all streams below 0 to servers,
// but these accept them from clients too, and even on this one an EVENT replies to no request.
const eventStream = 0xffff

var errLength = errors.New("body of a frame is too long")

// header is the header of a frame, which version 5 calls an envelope.
type header struct {
	// version is the version byte without its direction bit.
	version  uint8
	response bool
	flags    uint8
	stream   uint16
	opcode   opcode
	// length is that of the body, in bytes, at most [MaxBody].
	length int
}

// decode reads the header, with which front begins: version, flags, stream (16 bits), opcode and length (32 bits), all
// big-endian. It sets the fields in place: to copy a header that has just been made takes a processor longer.
func (h *header) decode(front []byte) error {
	b := (*[headerLength]byte)(front)
	h.version, h.response = b[0]&^response, b[0]&response != 0
	h.flags, h.stream, h.opcode = b[1], binary.BigEndian.Uint16(b[2:]), opcode(b[4])
	length := binary.BigEndian.Uint32(b[5:])
	if length > MaxBody {
		*h = header{}
		return errLength
	}
	h.length = int(length)
	return nil
}

// size is the length of the frame, header included.
func (h *header) size() int { return headerLength + h.length }

// append appends the header.
func (h *header) append(b []byte) []byte {
	version := h.version
	if h.response {
		version |= response
	}
	b = append(b, version, h.flags)
	b = binary.BigEndian.AppendUint16(b, h.stream)
	b = append(b, byte(h.opcode))
	return binary.BigEndian.AppendUint32(b, uint32(h.length))
}
