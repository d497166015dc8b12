package wasmcode

import "encoding/binary"

// Reader reads a part of a module. It panics with ErrModule where that is cut short.
type Reader struct {
	// Rest is what has not been read.
	Rest []byte
}

// Take returns the next n bytes.
func (r *Reader) Take(n int) []byte {
	if n < 0 || n > len(r.Rest) {
		panic(ErrModule)
	}
	taken := r.Rest[:n]
	r.Rest = r.Rest[n:]
	return taken
}

// Skip leaves out n bytes.
func (r *Reader) Skip(n int) { r.Take(n) }

// Byte returns the next byte.
func (r *Reader) Byte() byte { return r.Take(1)[0] }

// Uint returns a number without a sign, of at most 32 bits.
func (r *Reader) Uint() uint64 {
	n, size := binary.Uvarint(r.Rest)
	if size <= 0 || size > 5 {
		panic(ErrModule)
	}
	r.Rest = r.Rest[size:]
	return n
}

// Int32 reads a signed number of 32 bits.
func (r *Reader) Int32() int32 {
	n, shift := int64(0), 0
	for {
		b := r.Byte()
		n |= int64(b&0x7f) << shift
		shift += 7
		if b < 0x80 {
			if b&0x40 != 0 {
				n |= -1 << shift
			}
			return int32(n)
		}
		if shift > 28 {
			panic(ErrModule)
		}
	}
}

// Number skips a number of any length.
func (r *Reader) Number() {
	for range binary.MaxVarintLen64 {
		if r.Byte() < 0x80 {
			return
		}
	}
	panic(ErrModule)
}

// OpUnknown stands for an instruction that is not known; no instruction has this number.
const OpUnknown = 0x06

// Instruction reads an instruction and returns its first byte.
func (r *Reader) Instruction() byte {
	op := r.Byte()
	switch {
	case op == OpBlock, op == OpLoop, op == OpIf, op == OpI32Const, op == OpI64Const, op == OpRefNull:
		r.Number()
	case op == OpBranch, op == OpBranchIf, op == OpCall, op >= OpLocalGet && op <= OpTableGet, op == OpMemorySize, op == OpMemoryGrow,
		op == OpRefFunc:
		r.Number()
	case op == OpCallIndirect, op >= OpLoadFirst && op <= OpStoreLast:
		r.Number()
		r.Number()
	case op == OpBranchTable:
		for range r.Uint() + 1 {
			r.Number()
		}
	case op == OpSelectTyped:
		r.Skip(int(r.Uint()))
	case op == OpF32Const:
		r.Skip(4)
	case op == OpF64Const:
		r.Skip(8)
	case op == OpMore:
		return r.more()
	case op == OpUnreachable, op == OpNop, op == OpElse, op == OpEnd, op == OpReturn, op == OpDrop, op == OpSelect,
		op > OpF64Const && op <= OpNumericLast, op == OpRefIsNull:
	default:
		return OpUnknown
	}
	return op
}

// more reads the rest of an instruction of two bytes.
func (r *Reader) more() byte {
	// One byte says which one it is; written with more, it would not be recognised elsewhere.
	switch which := r.Byte(); {
	case which <= MoreTruncateLast:
	case which == MoreMemoryCopy:
		r.Number()
		r.Number()
	case which == MoreMemoryFill, which == MoreTableSize:
		r.Number()
	default:
		return OpUnknown
	}
	return OpMore
}
