package cassandra

import "encoding/binary"

// cursor reads the elements of a message from its body, and never past it. After a read that finds too few bytes, or a
// length that can not be, this and all further reads give nothing. What is read are parts of the body. The names are
// those of the specification (native_protocol_v5.spec, section 3); integers are big-endian.
type cursor struct {
	rest []byte
	// short: there were too few bytes.
	short bool
	// wrong: a length or a mark has a value that it can not have.
	wrong bool
}

// ok tells whether all reads have succeeded.
func (c *cursor) ok() bool { return !c.short && !c.wrong }

// take reads n bytes.
func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.short = true
	}
	if !c.ok() {
		c.rest = nil
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) byte() uint8 {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) int32() int32 {
	if b := c.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// string reads a [string] or [short bytes].
func (c *cursor) string() []byte { return c.take(int(c.uint16())) }

// longString reads a [long string].
func (c *cursor) longString() []byte {
	n := c.int32()
	if n < 0 {
		c.wrong = true
	}
	return c.take(max(0, int(n)))
}

// bytes reads [bytes]; null is nil.
func (c *cursor) bytes() []byte {
	n := c.int32()
	if n < 0 {
		return nil
	}
	return c.take(int(n))
}

// value goes past a [value]: bytes, null (-1) or not set (-2).
func (c *cursor) value() {
	n := c.int32()
	if n < -2 {
		c.wrong = true
	}
	c.take(max(0, int(n)))
}

// values goes past a number of values, each behind a name if they are named.
func (c *cursor) values(named bool) {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		if named {
			c.string()
		}
		c.value()
	}
}

// stringMap goes through a [string map].
func (c *cursor) stringMap(each func(key, value []byte)) {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		key, value := c.string(), c.string()
		if c.ok() {
			each(key, value)
		}
	}
}

// bytesMap goes past a [bytes map].
func (c *cursor) bytesMap() {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		c.string()
		c.bytes()
	}
}

// stringList goes past a [string list].
func (c *cursor) stringList() {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		c.string()
	}
}
