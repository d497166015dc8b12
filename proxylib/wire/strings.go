package wire

import (
	"bytes"
	"math"
)

// Bytes8 reads bytes after their length of 8 bits: a short string of AMQP.
func (r *Reader) Bytes8() []byte { return r.Bytes(int(r.Uint8())) }

// Bytes16 reads bytes after their length of 16 bits: a string of MQTT or CQL.
func (r *Reader) Bytes16() []byte { return r.Bytes(int(r.Uint16())) }

// Bytes32 reads bytes after their length of 32 bits, of which negative ones and such above 2^31-1 are invalid: a long
// string of CQL or AMQP.
func (r *Reader) Bytes32() []byte { return r.Bytes(r.length(uint64(r.Uint32()))) }

// Bytes32LE reads bytes after their length of 32 bits, the lowest byte first.
func (r *Reader) Bytes32LE() []byte { return r.Bytes(r.length(uint64(r.Uint32LE()))) }

// BytesUvarint reads bytes after their length as a [Reader.Uvarint].
func (r *Reader) BytesUvarint() []byte { return r.Bytes(r.length(r.Uvarint())) }

// length returns a length, and 0 if it cannot be one.
func (r *Reader) length(n uint64) int {
	if n > math.MaxInt32 {
		r.Fail(ErrLength)
		return 0
	}
	return int(n)
}

// Nullable16 reads bytes after their length of 16 bits. It returns nil if the length is negative, which means null, and
// an empty slice that is not nil for no bytes: a nullable string of kafka.
func (r *Reader) Nullable16() []byte { return r.nullable(int(r.Int16())) }

// Nullable32 is [Reader.Nullable16] with a length of 32 bits: bytes of kafka or CQL.
func (r *Reader) Nullable32() []byte { return r.nullable(int(r.Int32())) }

func (r *Reader) nullable(n int) []byte {
	if n < 0 {
		return nil
	}
	return r.Bytes(n)
}

// NullableUvarint reads bytes after their length plus 1 as a [Reader.Uvarint]; 0 means null. It returns nil for null, and
// an empty slice that is not nil for no bytes: compact strings and bytes of kafka.
func (r *Reader) NullableUvarint() []byte {
	n := r.Uvarint()
	if n == 0 {
		return nil
	}
	return r.Bytes(r.length(n - 1))
}

// Until reads the bytes before the next end byte, and the end byte, which it does not return.
func (r *Reader) Until(end byte) []byte {
	rest := r.input[r.offset:]
	n := bytes.IndexByte(rest, end)
	if n < 0 {
		r.short()
		return nil
	}
	r.offset += n + 1
	return rest[:n:n]
}

// String0 reads bytes up to a NUL, which it does not return: a string of postgres or mysql, and a name of BSON.
func (r *Reader) String0() []byte { return r.Until(0) }
