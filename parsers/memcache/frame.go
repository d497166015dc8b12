package memcache

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/proxylib/proxylib/proxylib/wire"
)

// headerLen is the length, in bytes, of the header that each frame begins with. Its numbers are in network byte order:
// magic (1 byte), opcode (1), key length (2), extras length (1), data type (1), vbucket of a request or status of a
// reply (2), body length (4), opaque (4), cas (8). The body is extras, key and value.
const headerLen = 24

// The first byte of a frame.
const (
	requestMagic = 0x80
	replyMagic   = 0x81
)

// MaxBody is the length, in bytes, of the longest body of a frame that all servers accept.
const MaxBody = 1 << 30

// frames is how the stream is cut.
var frames = wire.Framing{HeaderLen: headerLen, Offset: 8, Size: 4, Max: MaxBody}

// What is wrong with a frame. The server may read on at another place than the parser would, so the connection closes.
var (
	errMagic  = errors.New("malformed frame: wrong magic byte")
	errOpcode = errors.New("malformed frame: operation that memcached does not know")
	errShape  = errors.New("malformed frame: extras, key or value that do not belong to the operation")
	errBody   = errors.New("malformed frame: body longer than 1 GiB, or shorter than its parts")
)

// header is the header of a frame.
type header struct {
	opcode byte
	status uint16
	// extras and key are lengths in bytes, body that of all that follows the header.
	extras, key, body int
	opaque            uint32
}

// decode reads the header of a message, and checks that its parts fit into its body; err is what is wrong with its length.
// It sets the fields in place: to copy a header that has just been made takes a processor longer.
func (h *header) decode(message wire.Frame, err error, magic byte) error {
	b := (*[headerLen]byte)(message.Header)
	h.opcode, h.status, h.opaque = b[1], binary.BigEndian.Uint16(b[6:]), binary.BigEndian.Uint32(b[12:])
	h.extras, h.key, h.body = int(b[4]), int(binary.BigEndian.Uint16(b[2:])), 0
	if b[0] != magic {
		return errMagic
	}
	if err != nil || message.Body() < h.extras+h.key {
		return errBody
	}
	h.body = message.Body()
	return nil
}

// value is the length of the value in bytes.
func (h *header) value() int { return h.body - h.extras - h.key }

// length is the length of the frame in bytes.
func (h *header) length() int { return headerLen + h.body }

// front is the length of what stands before the value, in bytes.
func (h *header) front() int { return headerLen + h.extras + h.key }

// frame is a request of the binary protocol, decoded.
type frame struct {
	request
	header header
	// layout is nil if memcached does not know the opcode.
	layout *layout
}

// decodeHeader reads the header, and checks that the parts are those that the operation has to have.
func (f *frame) decodeHeader(message wire.Frame, err error) error {
	*f = frame{request: request{bytes: noValue}}
	if err := f.header.decode(message, err, requestMagic); err != nil {
		return err
	}
	h := &f.header
	if int(h.opcode) >= len(layouts) || layouts[h.opcode].operations == 0 {
		return errOpcode
	}
	f.layout = &layouts[h.opcode]
	f.operations = f.layout.operations
	if !f.layout.fits(h) {
		return errShape
	}
	// What authentication sends is not a value that is stored.
	if f.operations&withValue != 0 {
		f.bytes = h.value()
	}
	return nil
}

// fits reports whether a frame has the parts that its opcode requires.
func (l *layout) fits(h *header) bool {
	extras := h.extras == int(l.extras) || l.maybeExtras && h.extras == 0
	key := l.key == maybe || (l.key == always) == (h.key > 0)
	return extras && key && h.key <= MaxKey && (l.value || h.value() == 0)
}

// decodeBody reads extras and key; b is all that stands before the value.
func (f *frame) decodeBody(b []byte) {
	f.key = b[headerLen+f.header.extras:]
	f.nKeys = min(len(f.key), 1)
	if f.layout.time == 0 {
		return
	}
	t := binary.BigEndian.Uint32(b[f.layout.time:])
	if f.operations&(opIncr|opDecr) != 0 && t == math.MaxUint32 {
		// The item is not created if it does not exist.
		return
	}
	f.setsTime(int64(t))
}
