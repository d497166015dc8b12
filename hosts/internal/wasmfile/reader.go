package wasmfile

import "encoding/binary"

// reader reads a part of a module. It panics with errModule where that is cut short.
type reader struct{ rest []byte }

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		panic(errModule)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) skip(n int) { r.take(n) }

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 5 {
		panic(errModule)
	}
	r.rest = r.rest[size:]
	return n
}

// int32 reads a signed number of 32 bits.
func (r *reader) int32() int32 {
	n, shift := int64(0), 0
	for {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		shift += 7
		if b < 0x80 {
			if b&0x40 != 0 {
				n |= -1 << shift
			}
			return int32(n)
		}
		if shift > 28 {
			panic(errModule)
		}
	}
}

// number skips a number of any length.
func (r *reader) number() {
	for range binary.MaxVarintLen64 {
		if r.byte() < 0x80 {
			return
		}
	}
	panic(errModule)
}

// opUnknown stands for an instruction that is not known; no instruction has this number.
const opUnknown = 0x06

// instruction reads an instruction and returns its first byte.
func (r *reader) instruction() byte {
	op := r.byte()
	switch {
	case op == opBlock, op == opLoop, op == opIf, op == opI32Const, op == opI64Const, op == opRefNull:
		r.number()
	case op == opBranch, op == opBranchIf, op == opCall, op >= opLocalGet && op <= opTableGet, op == opMemorySize, op == opMemoryGrow,
		op == opRefFunc:
		r.number()
	case op == opCallIndirect, op >= opLoadFirst && op <= opStoreLast:
		r.number()
		r.number()
	case op == opBranchTable:
		for range r.uint() + 1 {
			r.number()
		}
	case op == opSelectTyped:
		r.skip(int(r.uint()))
	case op == opF32Const:
		r.skip(4)
	case op == opF64Const:
		r.skip(8)
	case op == opMore:
		return r.more()
	case op == opUnreachable, op == 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b,
		op > opF64Const && op <= opNumericLast, op == opRefIsNull:
	default:
		return opUnknown
	}
	return op
}

// more reads the rest of an instruction of two bytes.
func (r *reader) more() byte {
	// One byte says which one it is; written with more, it would not be recognised elsewhere.
	switch which := r.byte(); {
	case which <= moreTruncateLast:
	case which == moreMemoryCopy:
		r.number()
		r.number()
	case which == moreMemoryFill, which == moreTableSize:
		r.number()
	default:
		return opUnknown
	}
	return opMore
}
