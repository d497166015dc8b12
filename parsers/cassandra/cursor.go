package cassandra

import "encoding/binary"

// cursor reads the elements of a message from its body, and never past it. After a read that finds too few bytes, or a
// length that cannot be, this and all further reads give nothing. What is read are parts of the body. The names are
// those of the specification (native_protocol_v5.spec, section 3); integers are big-endian.
type cursor struct {
	body []byte
	// at is the place of the next element; the end of the body after a read that failed.
	at int
	// failed is why a read has failed; 0 while none has.
	failed failure
}

// failure is why a read fails.
type failure uint8

const (
	// failedShort: there were too few bytes.
	failedShort failure = iota + 1
	// failedWrong: a length or a mark has a value that it cannot have.
	failedWrong
)

// ok reports whether all reads have succeeded.
func (c *cursor) ok() bool { return c.failed == 0 }

// left is the number of bytes that have not been read.
func (c *cursor) left() int { return len(c.body) - c.at }

// fail ends reading. Only the first failure counts.
func (c *cursor) fail(why failure) {
	if c.at = len(c.body); c.ok() {
		c.failed = why
	}
}

// refuse ends reading at a value that cannot be.
func (c *cursor) refuse() { c.fail(failedWrong) }

// take reads n bytes.
func (c *cursor) take(n int) []byte {
	if n > c.left() {
		c.fail(failedShort)
		return nil
	}
	from := c.at
	c.at = from + n
	return c.body[from : from+n : from+n]
}

// skip goes past n bytes.
func (c *cursor) skip(n int) {
	if n > c.left() {
		c.fail(failedShort)
		return
	}
	c.at += n
}

func (c *cursor) byte() uint8 {
	from := c.at
	if from >= len(c.body) {
		c.fail(failedShort)
		return 0
	}
	c.at = from + 1
	return c.body[from]
}

func (c *cursor) uint16() uint16 {
	from := c.at
	if from+2 > len(c.body) {
		c.fail(failedShort)
		return 0
	}
	c.at = from + 2
	return binary.BigEndian.Uint16(c.body[from : from+2])
}

func (c *cursor) int32() int32 {
	from := c.at
	if from+4 > len(c.body) {
		c.fail(failedShort)
		return 0
	}
	c.at = from + 4
	return int32(binary.BigEndian.Uint32(c.body[from : from+4]))
}

// string reads a [string] or [short bytes].
func (c *cursor) string() []byte { return c.take(int(c.uint16())) }

// skipString goes past a [string] or [short bytes].
func (c *cursor) skipString() { c.skip(int(c.uint16())) }

// longString reads a [long string].
func (c *cursor) longString() []byte {
	n := c.int32()
	if n < 0 {
		c.refuse()
	}
	return c.take(max(0, int(n)))
}

// bytes reads [bytes]; null is empty.
func (c *cursor) bytes() []byte { return c.take(max(0, int(c.int32()))) }

// skipBytes goes past [bytes], which may be null.
func (c *cursor) skipBytes() { c.skip(max(0, int(c.int32()))) }

// value goes past a [value]: bytes, null (-1) or not set (-2).
func (c *cursor) value() {
	n := c.int32()
	if n < -2 {
		c.refuse()
	}
	c.skip(max(0, int(n)))
}

// values goes past a number of values, each after a name if they are named.
func (c *cursor) values(named bool) {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		if named {
			c.skipString()
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
		c.skipString()
		c.skipBytes()
	}
}

// stringList goes past a [string list].
func (c *cursor) stringList() {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		c.skipString()
	}
}
