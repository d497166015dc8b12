package wire

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

// Framing is how a protocol cuts a stream into messages that say their length: each begins with a header of fixed length,
// in which a number says how many bytes follow. A plain length prefix is a header that is nothing but that number. It is a
// value, and may be used by several goroutines at once; a parser may change from one to another between messages.
type Framing struct {
	// HeaderLen is the length of the header in bytes.
	HeaderLen int
	// Offset is that of the number in the header, Size its length in bytes, 1 to 8.
	Offset, Size int
	// LittleEndian: the lowest byte of the number comes first.
	LittleEndian bool
	// Included is how many bytes the number counts beside the body: those of its own length, say, or of the header.
	Included int
	// Trailer is what each message ends with, after the body, and the number does not count.
	Trailer string
	// Max is the maximum length of a body in bytes.
	Max int
}

// Frame is a message at the front of a direction's input.
type Frame struct {
	// Header is the header: a part of the input, or of the scratch; see [proxylib.View.Bytes]. It is nil while the header
	// is not complete.
	Header []byte
	// Len is the length of the whole message in bytes: header, body and trailer.
	Len int
}

// Body returns the length in bytes of what follows the header: the body, and the trailer, if the protocol has one.
func (f Frame) Body() int { return f.Len - len(f.Header) }

// Next returns the message at the front of v, of which more bytes than v has may still be needed: need is how many, for the
// operation [proxylib.MORE], first those of the header, then, with the frame filled in, those of the whole message. So a
// parser that decides by the whole message waits while need is above 0, and one that decides by the header, and passes
// bodies as they come, while frame.Header is nil.
//
// The error is [ErrMessageTooLong], [ErrMessageTooShort], or, if the whole message is there, [ErrTrailer]. The frame then
// has its header, for a refusal that repeats parts of it; after the first two its Len is 0.
func (f *Framing) Next(v proxylib.View, scratch *[]byte) (frame Frame, need int, err error) {
	if need = v.Missing(f.HeaderLen); need > 0 {
		return Frame{}, need, nil
	}
	frame.Header = v.Bytes(0, f.HeaderLen, scratch)
	n, included := f.number(frame.Header), uint64(f.Included)
	if n < included {
		return frame, 0, ErrMessageTooShort
	}
	if n -= included; n > uint64(f.Max) {
		return frame, 0, ErrMessageTooLong
	}
	frame.Len = f.HeaderLen + int(n) + len(f.Trailer)
	need = v.Missing(frame.Len)
	if f.Trailer != "" && need == 0 && !endsIn(v, frame.Len, f.Trailer) {
		return frame, 0, ErrTrailer
	}
	return frame, need, nil
}

// number returns the number in the header.
func (f *Framing) number(header []byte) uint64 {
	b := header[f.Offset : f.Offset+f.Size]
	if len(b) == 4 && !f.LittleEndian {
		return uint64(binary.BigEndian.Uint32(b))
	}
	n := uint64(0)
	for i, c := range b {
		if f.LittleEndian {
			n |= uint64(c) << (8 * i)
		} else {
			n = n<<8 | uint64(c)
		}
	}
	return n
}

// endsIn reports whether the first n bytes end in a trailer.
func endsIn(v proxylib.View, n int, trailer string) bool {
	for i := range len(trailer) {
		if v.At(n-len(trailer)+i) != trailer[i] {
			return false
		}
	}
	return true
}

// VarintFraming is how a protocol cuts a stream into messages whose length is a varint: the packets of MQTT, after a byte
// for their type, or delimited messages of protobuf. It is a value, and may be used by several goroutines at once.
type VarintFraming struct {
	// Offset is the number of bytes before the varint.
	Offset int
	// Size is the maximum number of bytes of the varint, 1 to 10; MQTT has 4.
	Size int
	// Max is the maximum length of a body in bytes: what follows the varint, which counts nothing else.
	Max int
}

// Next does what [Framing.Next] does. The header is all up to the end of the varint. The error is [ErrMessageTooLong], or
// [ErrVarint], after which there is no header.
func (f *VarintFraming) Next(v proxylib.View, scratch *[]byte) (frame Frame, need int, err error) {
	if need = v.Missing(f.Offset + 1); need > 0 {
		return Frame{}, need, nil
	}
	header := v.Bytes(0, min(f.Offset+f.Size, v.Len()), scratch)
	n, size := uvarint(header[f.Offset:], f.Size)
	switch {
	case size == 0:
		return Frame{}, 1, nil
	case size < 0:
		return Frame{}, 0, ErrVarint
	}
	frame.Header = header[: f.Offset+size : f.Offset+size]
	if n > uint64(f.Max) {
		return frame, 0, ErrMessageTooLong
	}
	frame.Len = len(frame.Header) + int(n)
	return frame, v.Missing(frame.Len), nil
}
