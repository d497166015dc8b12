package gowasm

import "github.com/proxylib/proxylib/internal/wasmcode"

// kind is what is known of a value; 0 is nothing.
type kind int

const (
	_ kind = iota
	// stackPointer is the stack pointer plus n, with 64 bits; address is that with 32 bits.
	stackPointer
	address
	// variable is that with the number n, word is its lower half.
	variable
	word
	// constant is n.
	constant
)

// value is a value on the operand stack. The instructions from first to last make it.
type value struct {
	kind        kind
	n           int64
	first, last int
}

// access is a load or a store: the instruction with a number, the value that it adds its offset to, and the end of what it
// accesses, in bytes from that.
type access struct {
	at   int
	base value
	end  uint64
}

// isBased reports whether the base is the stack pointer or a word, and the access is near it.
func (a *access) isBased() bool {
	return (a.base.kind == address || a.base.kind == word) && a.end < widest
}

// number returns the base.
func (a *access) number() int64 {
	if a.base.kind == word {
		return a.base.n
	}
	return stackBase
}

// operands are the values on the operand stack, the last ones of them: below there are others, of which nothing is known.
type operands []value

func (s *operands) pop() value {
	n := len(*s) - 1
	if n < 0 {
		return value{}
	}
	v := (*s)[n]
	*s = (*s)[:n]
	return v
}

func (s *operands) push(v value) { *s = append(*s, v) }

// accesses returns those of a part.
func accesses(part []instruction) (list []access) {
	var s operands
	for i := range part {
		in := &part[i]
		switch op := in.op; {
		case op >= wasmcode.OpLoadFirst && op <= wasmcode.OpLoadLast:
			list = append(list, access{i, s.pop(), in.offset() + accessed[op]})
			s.push(value{})
		case op >= wasmcode.OpStoreFirst && op <= wasmcode.OpStoreLast:
			s.pop()
			list = append(list, access{i, s.pop(), in.offset() + accessed[op]})
		default:
			s.compute(in, i)
		}
	}
	return list
}

// accessed are how many bytes loads and stores access.
var accessed = [...]uint64{
	wasmcode.OpLoadFirst: 4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4,
	wasmcode.OpStoreFirst: 4, 8, 4, 8, 1, 2, 1, 2, 4,
}

// compute follows an instruction that accesses no memory.
func (s *operands) compute(in *instruction, i int) {
	switch op := in.op; {
	case op == wasmcode.OpLocalGet && in.number() == stackVariable:
		s.push(value{address, 0, i, i})
	case op == wasmcode.OpLocalGet:
		s.push(value{variable, int64(in.number()), i, i})
	case op == wasmcode.OpI64Const:
		s.push(value{constant, in.signed(), i, i})
	case op == wasmcode.OpGlobalGet, op == wasmcode.OpMemorySize, op == wasmcode.OpI32Const, op == wasmcode.OpF32Const, op == wasmcode.OpF64Const:
		s.push(value{})
	case op == wasmcode.OpLocalSet, op == wasmcode.OpGlobalSet, op == wasmcode.OpDrop:
		s.pop()
	case op == wasmcode.OpI64Add:
		s.add(i)
	case op == wasmcode.OpLocalTee, isUnary(op):
		s.push(converted(op, s.pop(), i))
	case op >= wasmcode.OpNumericFirst && op <= wasmcode.OpNumericLast:
		s.pop()
		s.pop()
		s.push(value{})
	default:
		// The others have as many operands as their types say, or begin or end something.
		*s = (*s)[:0]
	}
}

// maxSum limits what is added to the stack pointer.
const maxSum = 1 << 20

// add follows an addition.
func (s *operands) add(i int) {
	n, v := s.pop(), s.pop()
	if n.kind != constant || v.kind != stackPointer || n.n < 0 || n.n > maxSum || v.last+1 != n.first || n.last+1 != i {
		v = value{}
	}
	v.n += n.n
	v.last = i
	s.push(v)
}

// converted returns what an instruction with one operand makes of it.
func converted(op byte, v value, i int) value {
	follows := v.last+1 == i
	switch {
	case follows && op == wasmcode.OpI64ExtendU && v.kind == address && v.n == 0:
		return value{stackPointer, 0, v.first, i}
	case follows && op == wasmcode.OpI32WrapI64 && v.kind == stackPointer:
		return value{address, v.n, v.first, i}
	case follows && op == wasmcode.OpI32WrapI64 && v.kind == variable:
		return value{word, v.n, v.first, i}
	}
	return value{}
}

// isUnary reports whether a numeric instruction has one operand.
func isUnary(op byte) bool {
	switch {
	case op == 0x45, op == 0x50, op >= 0x67 && op <= 0x69, op >= 0x79 && op <= 0x7b, op >= 0x8b && op <= 0x91, op >= 0x99 && op <= 0x9f,
		op >= wasmcode.OpI32WrapI64 && op <= wasmcode.OpNumericLast:
		return true
	}
	return false
}
