package cassandra

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib/wire"
)

// Numbers of an LZ4 block (lz4_Block_format.md): a token has the length of literals in its upper and that of a repetition
// in its lower four bits; where such a length is lz4LongLength, bytes follow that are added to it, up to one below
// lz4LengthGoesOn.
const (
	lz4MinMatch     = 4
	lz4LongLength   = 15
	lz4LengthGoesOn = 255
	lz4OffsetBytes  = 2
)

// The kinds of an element of a Snappy block, in the lower two bits of its tag (snappy/format_description.txt). A literal
// that is longer than snappyShortLiteral has its length in up to four bytes after the tag.
const (
	snappyLiteral = iota
	snappyCopy1
	snappyCopy2
	snappyCopy4

	snappyKind         = 3
	snappyShortLiteral = 60
)

// inflatePrefix inflates the beginning of a body of version 3 or 4, of which there may be only a part. It appends to b as much
// as that part gives, up to the capacity of b, which does not grow.
func (c compression) inflatePrefix(body, b []byte) ([]byte, error) {
	if c == compressionLZ4 {
		return inflatePrefixLZ4(body[min(4, len(body)):], b)
	}
	return inflatePrefixSnappy(body, b)
}

// inflatePrefixLZ4 inflates the beginning of a block: literals and what is repeated, by turns.
func inflatePrefixLZ4(block, b []byte) ([]byte, error) {
	in := wire.NewReader(block)
	for in.Len() > 0 && len(b) < cap(b) {
		token := in.Uint8()
		b = appendLiterals(b, &in, lz4Length(&in, token>>4))
		offset := littleEndian(&in, lz4OffsetBytes)
		length := lz4MinMatch + lz4Length(&in, token&lz4LongLength)
		if !in.OK() || len(b) == cap(b) {
			break
		}
		var err error
		if b, err = appendRepeated(b, offset, length); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// lz4Length reads the rest of a length of which four bits are known.
func lz4Length(in *wire.Reader, bits uint8) int {
	n := int(bits)
	for more := uint8(lz4LengthGoesOn); n >= lz4LongLength && more == lz4LengthGoesOn && in.OK(); n += int(more) {
		more = in.Uint8()
	}
	return n
}

// inflatePrefixSnappy inflates the beginning of a block: its length, and then elements, which
// are literals or repetitions.
func inflatePrefixSnappy(block, b []byte) ([]byte, error) {
	_, n := binary.Uvarint(block)
	if n < 0 {
		return nil, errInflate
	}
	if n == 0 {
		return b, nil
	}
	in := wire.NewReader(block[n:])
	for in.Len() > 0 && len(b) < cap(b) {
		tag := in.Uint8()
		length, offset := int(tag>>2)+1, 0
		switch tag & snappyKind {
		case snappyLiteral:
			if length > snappyShortLiteral {
				length = littleEndian(&in, length-snappyShortLiteral) + 1
			}
			b = appendLiterals(b, &in, length)
			continue
		case snappyCopy1:
			length, offset = int(tag>>2&7)+4, int(tag>>5)<<8|littleEndian(&in, 1)
		case snappyCopy2:
			offset = littleEndian(&in, 2)
		case snappyCopy4:
			offset = littleEndian(&in, 4)
		}
		if !in.OK() {
			break
		}
		var err error
		if b, err = appendRepeated(b, offset, length); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// littleEndian reads a number of n bytes, at most 4. What is above [MaxInflated] cannot be, and is returned as that.
func littleEndian(in *wire.Reader, n int) int {
	number := uint32(0)
	for i := range n {
		number |= uint32(in.Uint8()) << (8 * i)
	}
	return int(min(number, MaxInflated))
}

// appendLiterals appends n bytes of in, or fewer where there are fewer or the capacity of b ends.
func appendLiterals(b []byte, in *wire.Reader, n int) []byte {
	part := in.Bytes(min(n, in.Len(), cap(b)-len(b)))
	in.Skip(n - len(part))
	return append(b, part...)
}

// appendRepeated appends n bytes, or fewer where the capacity of b ends, that stand offset bytes before the
// end.
func appendRepeated(b []byte, offset, n int) ([]byte, error) {
	if offset == 0 || offset > len(b) {
		return nil, errInflate
	}
	for n = min(n, cap(b)-len(b)); n > 0; n-- {
		b = append(b, b[len(b)-offset])
	}
	return b, nil
}
