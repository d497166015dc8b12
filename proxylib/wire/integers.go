package wire

import "encoding/binary"

// The reads of fixed size are written out, as a compiler that inlines less than all of them costs a parser dearly: see
// BenchmarkReader.

// Uint8 reads one byte.
func (r *Reader) Uint8() uint8 {
	from := r.offset
	if from >= len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 1
	return r.input[from]
}

// Uint16 reads 2 bytes.
func (r *Reader) Uint16() uint16 {
	from := r.offset
	if from+2 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 2
	return binary.BigEndian.Uint16(r.input[from : from+2])
}

// Uint16LE reads 2 bytes, the lowest first.
func (r *Reader) Uint16LE() uint16 {
	from := r.offset
	if from+2 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 2
	return binary.LittleEndian.Uint16(r.input[from : from+2])
}

// Uint24 reads 3 bytes.
func (r *Reader) Uint24() uint32 {
	from := r.offset
	if from+3 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 3
	b := r.input[from : from+3]
	return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
}

// Uint24LE reads 3 bytes, the lowest first.
func (r *Reader) Uint24LE() uint32 {
	from := r.offset
	if from+3 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 3
	b := r.input[from : from+3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
}

// Uint32 reads 4 bytes.
func (r *Reader) Uint32() uint32 {
	from := r.offset
	if from+4 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 4
	return binary.BigEndian.Uint32(r.input[from : from+4])
}

// Uint32LE reads 4 bytes, the lowest first.
func (r *Reader) Uint32LE() uint32 {
	from := r.offset
	if from+4 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 4
	return binary.LittleEndian.Uint32(r.input[from : from+4])
}

// Uint64 reads 8 bytes.
func (r *Reader) Uint64() uint64 {
	from := r.offset
	if from+8 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 8
	return binary.BigEndian.Uint64(r.input[from : from+8])
}

// Uint64LE reads 8 bytes, the lowest first.
func (r *Reader) Uint64LE() uint64 {
	from := r.offset
	if from+8 > len(r.input) {
		r.short()
		return 0
	}
	r.offset = from + 8
	return binary.LittleEndian.Uint64(r.input[from : from+8])
}

// Int8 reads one byte in two's complement.
func (r *Reader) Int8() int8 { return int8(r.Uint8()) }

// Int16 reads 2 bytes in two's complement.
func (r *Reader) Int16() int16 { return int16(r.Uint16()) }

// Int16LE reads 2 bytes in two's complement, the lowest first.
func (r *Reader) Int16LE() int16 { return int16(r.Uint16LE()) }

// Int32 reads 4 bytes in two's complement.
func (r *Reader) Int32() int32 { return int32(r.Uint32()) }

// Int32LE reads 4 bytes in two's complement, the lowest first.
func (r *Reader) Int32LE() int32 { return int32(r.Uint32LE()) }

// Int64 reads 8 bytes in two's complement.
func (r *Reader) Int64() int64 { return int64(r.Uint64()) }

// Int64LE reads 8 bytes in two's complement, the lowest first.
func (r *Reader) Int64LE() int64 { return int64(r.Uint64LE()) }
