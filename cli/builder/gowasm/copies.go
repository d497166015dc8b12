package gowasm

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// Engines call a function of theirs for memory.copy and memory.fill, also for a few bytes, which takes longer than some loads and
// stores do. Go has one of them for each copy of a value of more than 16 bytes, and for what runtime.memmove does. So
//   - a copy or a fill of a length that is known and not long becomes loads and stores,
//   - one of another length looks at it first, and calls the function if it is long.
//
// All loads of a copy come before its stores, as the two places may overlap.

// longestKnown is the longest copy or fill of a known length that becomes loads and stores, in bytes.
const longestKnown = 128

// Variables for copies, of 32 bits, after those that are added for halves.
const (
	copyTo = iota
	copyFrom
	copyLength
	copyVariables
)

// shortenCopies changes copies and fills.
func (f *function) shortenCopies() {
	c := copies{first: f.words.first + uint64(len(f.words.of))}
	for _, part := range f.parts {
		for i := range part {
			c.change(part, i)
		}
	}
	if c.any {
		f.words.more = copyVariables
	}
}

// copies changes copies of a function. first is the number of the first of its variables; any: there are some.
type copies struct {
	first uint64
	any   bool
}

// change changes the instruction i of a part, if it is a copy or a fill that can be changed.
func (c *copies) change(part []instruction, i int) {
	if part[i].op != wasmcode.OpMore || i == 0 {
		return
	}
	length, known := constantOf(&part[i-1])
	var text []byte
	switch which := part[i].text[1]; {
	case which == wasmcode.MoreMemoryCopy && !known:
		text = c.short(part[i].text)
	case !known || length < 8 || length > longestKnown:
		return
	case which == wasmcode.MoreMemoryCopy:
		part[i-1] = instruction{op: wasmcode.OpNop}
		text = c.known(uint64(length))
	case which == wasmcode.MoreMemoryFill && i > 1 && part[i-2].is(wasmcode.OpI32Const, 0):
		part[i-1], part[i-2] = instruction{op: wasmcode.OpNop}, instruction{op: wasmcode.OpNop}
		text = c.zero(uint64(length))
	default:
		return
	}
	part[i] = instruction{op: wasmcode.OpNop, text: text}
	c.any = true
}

// constantOf returns the operand of a constant of 32 bits.
func constantOf(in *instruction) (n int64, is bool) {
	if in.op != wasmcode.OpI32Const || len(in.text) < 2 {
		return 0, false
	}
	return in.signed(), true
}

// places returns where words of 8 bytes begin that are n bytes together, n being 8 or more; the last two may overlap.
func places(n uint64) (offsets []uint64) {
	for at := uint64(0); at+8 <= n; at += 8 {
		offsets = append(offsets, at)
	}
	if n%8 != 0 {
		offsets = append(offsets, n-8)
	}
	return offsets
}

func (c *copies) get(b []byte, variable uint64) []byte {
	return appendOp(b, wasmcode.OpLocalGet, c.first+variable)
}

func (c *copies) set(b []byte, variable uint64) []byte {
	return appendOp(b, wasmcode.OpLocalSet, c.first+variable)
}

// operands takes the two places from the operand stack.
func (c *copies) operands(b []byte) []byte { return c.set(c.set(b, copyFrom), copyTo) }

// known returns a copy of n bytes. The places are on the operand stack.
func (c *copies) known(n uint64) []byte { return c.words(c.operands(nil), n) }

// words appends a copy of n bytes. Of each place, the last byte is accessed first: what is checked then is not checked again.
func (c *copies) words(b []byte, n uint64) []byte {
	at := places(n)
	b = c.get(b, copyTo)
	b = append(appendAccess(b, wasmcode.OpI32Load8U, n-1), wasmcode.OpDrop)
	for k := len(at) - 1; k >= 0; k-- {
		b = c.get(c.get(b, copyTo), copyFrom)
		b = appendAccess(b, opI64Load, at[k])
	}
	for _, offset := range at {
		b = appendAccess(b, opI64Store, offset)
	}
	return b
}

// zero returns a fill of n bytes with zeros.
func (c *copies) zero(n uint64) []byte {
	b := c.set(nil, copyTo)
	at := places(n)
	for k := len(at) - 1; k >= 0; k-- {
		b = append(c.get(b, copyTo), wasmcode.OpI64Const, 0)
		b = appendAccess(b, opI64Store, at[k])
	}
	return b
}

// short returns a copy whose places and length are on the operand stack. long is the instruction for one that is long.
func (c *copies) short(long []byte) []byte {
	b := c.operands(c.set(nil, copyLength))
	for _, size := range shortSizes {
		// Up to twice size bytes are two copies of size bytes, which may overlap; fewer than size have been dealt with before.
		b = c.get(b, copyLength)
		b = appendConstant(b, 2*size)
		b = append(b, opI32LessOrEqualU, wasmcode.OpIf, wasmcode.BlockEmpty)
		if size == 1 {
			b = append(c.get(b, copyLength), wasmcode.OpIf, wasmcode.BlockEmpty)
		}
		b = c.twice(b, size)
		if size == 1 {
			b = append(b, wasmcode.OpEnd)
		}
		b = append(b, wasmcode.OpElse)
	}
	b = c.get(c.get(c.get(b, copyTo), copyFrom), copyLength)
	b = append(b, long...)
	for range shortSizes {
		b = append(b, wasmcode.OpEnd)
	}
	return b
}

// shortSizes are the halves of the longest copies that become loads and stores together, in bytes.
var shortSizes = [...]uint64{1, 2, 4, 8, 16, 32, 64}

// twice appends a copy of the first and of the last bytes, size of each.
func (c *copies) twice(b []byte, size uint64) []byte {
	load, store, offsets := opI64Load, opI64Store, places(max(size, 8))
	switch size {
	case 1:
		load, store = wasmcode.OpI32Load8U, opI32Store8
	case 2:
		load, store = opI32Load16U, opI32Store16
	case 4:
		load, store = opI32Load, opI32Store
	}
	ends := func(variable uint64) {
		b = append(c.get(c.get(b, variable), copyLength), opI32Add)
		b = append(appendConstant(b, size), opI32Sub)
	}
	for _, offset := range offsets {
		b = appendAccess(c.get(c.get(b, copyTo), copyFrom), byte(load), offset)
		ends(copyTo)
		ends(copyFrom)
		b = appendAccess(b, byte(load), offset)
	}
	for k := len(offsets) - 1; k >= 0; k-- {
		b = appendAccess(b, byte(store), offsets[k])
		b = appendAccess(b, byte(store), offsets[k])
	}
	return b
}

// appendConstant appends a constant of less than 8192; as it has a sign, one byte holds less than 64.
func appendConstant(b []byte, n uint64) []byte {
	if b = append(b, wasmcode.OpI32Const); n < 0x40 {
		return append(b, byte(n))
	}
	return append(b, byte(n)|0x80, byte(n>>7))
}

// appendAccess appends a load or a store of what may be at any address.
func appendAccess(b []byte, op byte, offset uint64) []byte {
	return binary.AppendUvarint(append(b, op, 0), offset)
}

// Instructions of copies.
const (
	opI32Load         = 0x28
	opI64Load         = 0x29
	opI32Load16U      = 0x2f
	opI32Store        = 0x36
	opI64Store        = 0x37
	opI32Store8       = 0x3a
	opI32Store16      = 0x3b
	opI32LessOrEqualU = 0x4d
	opI32Add          = 0x6a
	opI32Sub          = 0x6b
)
