package gowasm

import (
	"encoding/binary"
	"slices"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// Go compiles a function with jumps into one loop, with a table of the places in it at its beginning, and each jump into a turn
// of that loop:
//
//	global.get 0; local.set 1       the stack pointer
//	block                           left when the goroutine gives way; may be missing
//	  loop                          missing in a function without jumps
//	    block … block               one for each place
//	      local.get 0; br_table     goes to a place
//	    end
//	    the first part
//	    end
//	    the second part … i32.const PLACE; local.set 0; br to the loop …
//	    end
//	    …
//	  end
//	  unreachable
//	end
//	i32.const 1
//	end
//
// A place that is further down is the end of a block that is open, so a jump to it can as well leave that block. In the table
// there have to be the places then that a jump goes up to, and those at which a goroutine goes on after it has given way. Whoever
// compiles the module sees which parts only come after others. A function that has neither jumps nor places at which a goroutine goes
// on is one part. Source: cmd/internal/obj/wasm/wasmobj.go.

// Variables of a function: the place to go to, and the stack pointer.
const (
	placeVariable = 0
	stackVariable = 1
)

// function is the code of a function in the form above.
type function struct {
	// declared are the variables. unwinds: it has the outer block, loops: it has the loop.
	declared       []byte
	unwinds, loops bool
	// table has the part that begins at each place. It is empty where there is one part alone.
	table []int
	// parts are what comes after each end of a block, epilogue is what comes after the last part.
	parts    [][]instruction
	epilogue []instruction
	// resumed are the parts at which a goroutine goes on.
	resumed []bool
	words   words
	// seldom are the parts that are seldom gone through.
	seldom []bool
	hints  []hint
}

// read takes the code of a function apart. It returns nil if it is not of the form above.
func read(body []byte) *function {
	f := &function{}
	r := wasmcode.Reader{Rest: body}
	f.words.first = 1
	for range r.Uint() {
		f.words.first += r.Uint()
		r.Byte()
	}
	f.declared = body[:len(body)-len(r.Rest)]
	var code []instruction
	for len(r.Rest) > 0 {
		before := r.Rest
		op := r.Instruction()
		if op == wasmcode.OpUnknown {
			return nil
		}
		code = append(code, instruction{op: op, text: before[:len(before)-len(r.Rest)]})
	}
	if !f.parse(code) {
		return nil
	}
	return f
}

// parse reports whether the function is of the form above.
func (f *function) parse(code []instruction) bool {
	if len(code) < 2 || !code[0].is(wasmcode.OpGlobalGet, 0) || !code[1].is(wasmcode.OpLocalSet, stackVariable) {
		return false
	}
	parts, rest := f.head(code[2:])
	return parts > 0 && f.split(rest, parts) && f.closed()
}

// head reads what comes before the parts, and returns how many they are: 0 if the function is not of the form above.
func (f *function) head(code []instruction) (parts int, rest []instruction) {
	begin, outer := code, 0
	parts, code = blocks(code)
	if f.loops = len(code) > 0 && code[0].is(wasmcode.OpLoop, wasmcode.BlockEmpty); f.loops {
		outer = parts
		parts, code = blocks(code[1:])
	}
	if len(code) < 3 || !code[0].is(wasmcode.OpLocalGet, placeVariable) || code[1].op != wasmcode.OpBranchTable || code[2].op != wasmcode.OpEnd {
		if f.loops {
			return 0, nil
		}
		return 1, begin
	}
	last := 0
	table := wasmcode.Reader{Rest: code[1].text[1:]}
	for range table.Uint() + 1 {
		part := int(table.Uint())
		f.table, last = append(f.table, part), max(last, part)
	}
	if !f.loops {
		outer, parts = parts-last-1, last+1
	}
	f.unwinds = outer == 1
	if outer < 0 || outer > 1 || last >= parts {
		return 0, nil
	}
	return parts, code[3:]
}

// blocks returns how many blocks code opens first.
func blocks(code []instruction) (n int, rest []instruction) {
	for n < len(code) && code[n].is(wasmcode.OpBlock, wasmcode.BlockEmpty) {
		n++
	}
	return n, code[n:]
}

// split finds the parts, n of them.
func (f *function) split(code []instruction, n int) bool {
	depth, begin := 0, 0
	for i := range code {
		if depth += code[i].nesting(); depth >= 0 {
			continue
		}
		depth = 0
		f.parts = append(f.parts, code[begin:i])
		begin = i + 1
		if len(f.parts) == n {
			if f.epilogue = code[i:]; f.loops {
				f.epilogue = code[begin:]
			}
			return !slices.ContainsFunc(f.epilogue, func(in instruction) bool {
				return in.op == wasmcode.OpBranch || in.op == wasmcode.OpBranchIf || in.op == wasmcode.OpBranchTable
			})
		}
	}
	return false
}

// closed reports whether all branches are such as are expected: inside a part, to the loop with a place to go to, or out of it.
func (f *function) closed() bool {
	for k := range f.parts {
		depth := 0
		for i := range f.parts[k] {
			in := &f.parts[k][i]
			depth += in.nesting()
			switch in.op {
			case wasmcode.OpBranchTable:
				return false
			case wasmcode.OpBranch, wasmcode.OpBranchIf:
				to := f.target(in, k, depth)
				_, jumps := f.jump(k, i-2, depth)
				if to < 0 && int(in.number()) >= depth || to == 0 && !jumps || to > 1 {
					return false
				}
			}
		}
	}
	return true
}

// depthOfLoop is the number that a branch at the outermost level of a part has for the loop.
func (f *function) depthOfLoop(k int) int { return len(f.parts) - 1 - k }

// target returns what a branch goes to: 0 is the loop, 1 is the outer block.
func (f *function) target(in *instruction, k, depth int) int {
	to := int(in.number()) - depth - f.depthOfLoop(k)
	if !f.loops {
		to++
	}
	return to
}

// resumes finds the parts at which a goroutine goes on: at places of which this function of a number stores the address for
// another one, and where deferred functions are called.
func (f *function) resumes(number int64, deferReturn uint64) {
	f.resumed = make([]bool, len(f.parts))
	f.resumed[0] = true
	for k, part := range f.parts {
		for i := range part {
			in := &part[i]
			if in.op == wasmcode.OpI64Const && in.signed()>>placeBits == number {
				f.resumed[f.partAt(int(in.signed()&(1<<placeBits-1)))] = true
			}
			if in.op == wasmcode.OpCall && in.number() == deferReturn {
				f.resumed[k] = true
			}
		}
	}
}

// partAt returns the part that begins at a place.
func (f *function) partAt(place int) int {
	if len(f.table) == 0 {
		return 0
	}
	return f.table[min(place, len(f.table)-1)]
}

// jumpLength is how many instructions jump to a part.
const jumpLength = 3

// jump reports to which part the instructions at i jump, if they do.
func (f *function) jump(k, i, depth int) (to int, jumps bool) {
	part := f.parts[k]
	if !f.loops || i < 0 || i+jumpLength > len(part) || part[i].op != wasmcode.OpI32Const || !part[i+1].is(wasmcode.OpLocalSet, placeVariable) ||
		!part[i+2].is(wasmcode.OpBranch, uint64(depth+f.depthOfLoop(k))) {
		return 0, false
	}
	place := part[i].signed()
	if place < 0 {
		return 0, false
	}
	return f.partAt(int(place)), true
}

// labels say which parts are reached other than from the one before: by the table, or by any branch. turns: a jump goes up.
type labels struct {
	inTable, any []bool
	turns        bool
	// open is how many are open in each part.
	open []int
}

func (f *function) labels() labels {
	n := len(f.parts)
	l := labels{inTable: append([]bool(nil), f.resumed...), any: make([]bool, n), open: make([]int, n)}
	for k, part := range f.parts {
		depth := 0
		for i := range part {
			depth += part[i].nesting()
			switch to, jumps := f.jump(k, i, depth); {
			case jumps && to > k:
				l.any[to] = true
			case jumps:
				l.inTable[to], l.turns = true, true
			}
		}
	}
	for k := n - 1; k >= 0; k-- {
		l.any[k] = l.any[k] || l.inTable[k]
		if k > 0 && l.any[k] {
			l.open[k-1] = 1
		}
		if k < n-1 {
			l.open[k] += l.open[k+1]
		}
	}
	return l
}

// append returns the code with jumps.
func (f *function) append() []byte {
	l := f.labels()
	out := f.words.declare(f.declared)
	out = appendOp(out, wasmcode.OpGlobalGet, 0)
	out = appendOp(out, wasmcode.OpLocalSet, stackVariable)
	if f.unwinds {
		out = append(out, wasmcode.OpBlock, wasmcode.BlockEmpty)
	}
	if l.turns {
		out = append(out, wasmcode.OpLoop, wasmcode.BlockEmpty)
	}
	if len(f.table) > 0 {
		out = f.appendTable(out, &l)
	}
	for k := range f.parts {
		if l.any[k] && len(f.table) > 0 {
			out = append(out, wasmcode.OpEnd)
		}
		out = f.appendPart(out, k, &l)
	}
	if l.turns {
		out = append(out, wasmcode.OpEnd)
	}
	for _, in := range f.epilogue {
		out = append(out, in.text...)
	}
	return out
}

// appendTable opens the blocks, and goes to a place: most often to the first one, else to one in the table. If that is a place at
// which no function can go on, it ends the module.
func (f *function) appendTable(out []byte, l *labels) []byte {
	for range 1 + l.open[0] {
		out = append(out, wasmcode.OpBlock, wasmcode.BlockEmpty)
	}
	out = append(out, wasmcode.OpBlock, wasmcode.BlockEmpty)
	out = appendOp(out, wasmcode.OpLocalGet, placeVariable)
	out = append(out, wasmcode.OpI32Eqz)
	f.hints = append(f.hints, hint{len(out), likely})
	out = appendOp(out, wasmcode.OpBranchIf, 1)
	out = appendOp(out, wasmcode.OpLocalGet, placeVariable)
	out = appendOp(out, wasmcode.OpBranchTable, uint64(len(f.table)-1))
	for _, k := range f.table {
		to := 0
		if l.inTable[k] {
			to = 1 + l.open[0] - l.open[k]
			if k > 0 {
				to = 1 + l.open[0] - l.open[k-1] + 1
			}
		}
		out = binary.AppendUvarint(out, uint64(to))
	}
	return append(out, wasmcode.OpEnd, wasmcode.OpUnreachable)
}

// appendPart appends a part.
func (f *function) appendPart(out []byte, k int, l *labels) []byte {
	part, depth := f.parts[k], 0
	for i := 0; i < len(part); i++ {
		in := &part[i]
		depth += in.nesting()
		f.guess(len(out), k, i, depth)
		if to, jumps := f.jump(k, i, depth); jumps && to > k {
			out = appendOp(out, wasmcode.OpBranch, uint64(depth+l.open[k]-l.open[to-1]))
			i += 2
			continue
		}
		outside := in.op == wasmcode.OpBranch || in.op == wasmcode.OpBranchIf
		if outside = outside && int(in.number()) >= depth; !outside {
			out = append(out, in.text...)
			continue
		}
		// 0 is the loop, what is above it is the outer block or the function.
		to := f.target(in, k, depth)
		if !l.turns {
			to--
		}
		out = appendOp(out, in.op, uint64(depth+l.open[k]+to))
	}
	return out
}
