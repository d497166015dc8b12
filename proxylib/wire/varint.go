package wire

import "encoding/binary"

// Uvarint reads a number in base 128, the lowest seven bits first, of at most 10 bytes: LEB128, which is the varint of
// protobuf and of kafka. Longer forms of a number than the shortest are accepted.
func (r *Reader) Uvarint() uint64 { return r.UvarintMax(binary.MaxVarintLen64) }

// UvarintMax is [Reader.Uvarint] with a maximum of its own for the number of bytes, from 1 to 10: 4 for the remaining
// length and the other variable byte integers of MQTT, 5 for a number of 32 bits.
func (r *Reader) UvarintMax(size int) uint64 {
	n, length := uvarint(r.input[r.offset:], size)
	switch {
	case length > 0:
		r.offset += length
		return n
	case length == 0:
		r.short()
	default:
		r.offset += -length
		r.Fail(ErrVarint)
	}
	return 0
}

// Varint reads a signed number as a [Reader.Uvarint] in which the lowest bit is the sign: the zig-zag form of protobuf and
// kafka.
func (r *Reader) Varint() int64 {
	n := r.Uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// uvarint reads a varint of at most size bytes. The length is 0 if b ends before it does, and negative if it goes on after
// that many bytes or its value takes more than 64 bits.
func uvarint(b []byte, size int) (n uint64, length int) {
	for i, c := range b {
		if i == size-1 && c > lastVarintByte(size) {
			return 0, -size
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, i + 1
		}
	}
	return 0, 0
}

// lastVarintByte is the largest byte that a varint of size bytes ends in.
func lastVarintByte(size int) byte {
	if size == binary.MaxVarintLen64 {
		return 1
	}
	return 0x7f
}
