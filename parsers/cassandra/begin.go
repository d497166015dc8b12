package cassandra

import "encoding/binary"

// minMatch is the length of the shortest repetition in an LZ4 block.
const minMatch = 4

// begin inflates the beginning of a body of version 3 or 4, of which there may be only a part. It appends to b as much
// as that part gives and as there is room, and never makes more room.
func (c compression) begin(body, b []byte) ([]byte, error) {
	if c == compressionLZ4 {
		return beginLZ4(body[min(4, len(body)):], b)
	}
	return beginSnappy(body, b)
}

// beginLZ4 inflates the beginning of a block (lz4_Block_format.md): literals and what is repeated, by turns.
func beginLZ4(block, b []byte) ([]byte, error) {
	c := cursor{body: block}
	for c.left() > 0 && len(b) < cap(b) {
		token := c.byte()
		b = appendPart(b, &c, c.lz4Length(token>>4))
		offset := c.littleEndian(2)
		length := minMatch + c.lz4Length(token&15)
		if !c.ok() || len(b) == cap(b) {
			break
		}
		var err error
		if b, err = repeat(b, offset, length); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// lz4Length reads the rest of a length of which four bits are known.
func (c *cursor) lz4Length(bits uint8) int {
	n := int(bits)
	for more := uint8(255); n >= 15 && more == 255 && c.ok(); n += int(more) {
		more = c.byte()
	}
	return n
}

// beginSnappy inflates the beginning of a block (snappy/format_description.txt): its length, and then elements, which
// are literals or repetitions.
func beginSnappy(block, b []byte) ([]byte, error) {
	_, n := binary.Uvarint(block)
	if n < 0 {
		return nil, errInflate
	}
	if n == 0 {
		return b, nil
	}
	c := cursor{body: block[n:]}
	for c.left() > 0 && len(b) < cap(b) {
		tag := c.byte()
		length, offset := int(tag>>2)+1, 0
		switch tag & 3 {
		case 0:
			if length > 60 {
				length = c.littleEndian(length-60) + 1
			}
			b = appendPart(b, &c, length)
			continue
		case 1:
			length, offset = int(tag>>2&7)+4, int(tag>>5)<<8|c.littleEndian(1)
		case 2:
			offset = c.littleEndian(2)
		case 3:
			offset = c.littleEndian(4)
		}
		if !c.ok() {
			break
		}
		var err error
		if b, err = repeat(b, offset, length); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// littleEndian reads a number of n bytes, at most 4. What is above [MaxInflated] can not be, and is returned as that.
func (c *cursor) littleEndian(n int) int {
	number := uint32(0)
	for i := range n {
		number |= uint32(c.byte()) << (8 * i)
	}
	return int(min(number, MaxInflated))
}

// appendPart appends n bytes of c, or as many as there are and as there is room.
func appendPart(b []byte, c *cursor, n int) []byte {
	if !c.ok() {
		return b
	}
	part := c.body[c.at:][:min(n, c.left(), cap(b)-len(b))]
	c.skip(n)
	return append(b, part...)
}

// repeat appends n bytes, or as many as there is room, that stand offset bytes before the end.
func repeat(b []byte, offset, n int) ([]byte, error) {
	if offset == 0 || offset > len(b) {
		return nil, errInflate
	}
	for n = min(n, cap(b)-len(b)); n > 0; n-- {
		b = append(b, b[len(b)-offset])
	}
	return b, nil
}
