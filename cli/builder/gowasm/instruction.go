package gowasm

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// instruction is one of a function, or what takes its place: then op is still that of the one that was there.
type instruction struct {
	op   byte
	text []byte
	// seldom: it begins a condition that seldom holds.
	seldom bool
}

// number returns the first operand.
func (in *instruction) number() uint64 {
	n, _ := binary.Uvarint(in.text[1:])
	return n
}

// is reports whether it is an instruction with an operand.
func (in *instruction) is(op byte, number uint64) bool { return in.op == op && in.number() == number }

// signed returns the operand of a constant.
func (in *instruction) signed() (n int64) {
	shift := 0
	for _, b := range in.text[1:] {
		n |= int64(b&0x7f) << shift
		shift += 7
		if b < 0x80 && b&0x40 != 0 && shift < 64 {
			n |= -1 << shift
		}
	}
	return n
}

// offset returns that of a load or a store.
func (in *instruction) offset() uint64 {
	r := wasmcode.Reader{Rest: in.text[1:]}
	r.Uint()
	return r.Uint()
}

// moved returns a load or a store with an offset that is larger by n.
func (in *instruction) moved(n uint64) instruction {
	r := wasmcode.Reader{Rest: in.text[1:]}
	text := binary.AppendUvarint([]byte{in.op}, r.Uint())
	return instruction{op: in.op, text: binary.AppendUvarint(text, r.Uint()+n)}
}

// nesting returns by how much an instruction changes the number of blocks that are open.
func (in *instruction) nesting() int {
	switch in.op {
	case wasmcode.OpBlock, wasmcode.OpLoop, wasmcode.OpIf:
		return 1
	case wasmcode.OpEnd:
		return -1
	}
	return 0
}

// appendOp appends an instruction with one operand.
func appendOp(b []byte, op byte, n uint64) []byte { return binary.AppendUvarint(append(b, op), n) }
