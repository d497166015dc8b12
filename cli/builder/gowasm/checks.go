package gowasm

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// A compiler checks each access to memory, unless it sees that one with the same base has been checked that reaches as far. In
// what Go makes, it seldom sees it: each access to what a pointer points to takes the lower half of a variable of 64 bits again,
// and a place on the stack is often the sum of the stack pointer and a constant. So
//   - the sum becomes an offset of the stack pointer,
//   - the lower half of a variable is kept in a variable of its own for the accesses that follow,
//   - the first access is preceded by a load, without a use, of the last byte that is accessed after it in any case. Of the stack
//     that is any byte that the function accesses there, since its frame is in memory as a whole.

// words are the variables of 32 bits that are added, by the one whose lower half they have. first is the number of the first.
// more is how many are added after these.
type words struct {
	first uint64
	of    map[int64]uint64
	more  int
}

// variable returns the number of a variable.
func (w *words) variable(of int64) uint64 {
	n, found := w.of[of]
	if !found {
		if w.of == nil {
			w.of = map[int64]uint64{}
		}
		n = w.first + uint64(len(w.of))
		w.of[of] = n
	}
	return n
}

// declare returns declarations, with those that are added.
func (w *words) declare(declared []byte) []byte {
	r := wasmcode.Reader{Rest: declared}
	out := binary.AppendUvarint(nil, r.Uint()+1)
	out = append(out, r.Rest...)
	return append(binary.AppendUvarint(out, uint64(len(w.of)+w.more)), wasmcode.TypeI32)
}

// stackBase is the stack pointer as a base; other bases are numbers of variables.
const stackBase = -1

// widest is the largest end of an access that is followed, in bytes from its base.
const widest = 1 << 24

// shareChecks changes accesses so that they have bases in common.
func (f *function) shareChecks() {
	for k, part := range f.parts {
		c := checks{words: &f.words, part: slices.Clone(part), list: accesses(part), known: map[int64]uint64{}}
		c.failures = f.failures(c.part, k)
		c.foldSums()
		c.share()
		f.parts[k] = c.part
	}
}

// failures finds the conditions under which something is called that does not return, as it grows the stack, after which the
// function begins again, or panics. It returns the ends of these conditions by their beginnings, and says there that nothing
// returns, so that what is known before such a condition holds after it.
func (f *function) failures(part []instruction, k int) map[int]int {
	ends := map[int]int{}
	begin, depth := -1, 0
	for i := range part {
		in := &part[i]
		switch depth += in.nesting(); {
		case in.op == wasmcode.OpIf:
			begin = i
		case in.op == wasmcode.OpBranchIf && begin >= 0 && f.unwinds && i >= 3 && part[i-3].op == wasmcode.OpCall &&
			part[i+1].op == wasmcode.OpEnd && f.target(in, k, depth) == 1:
			part[i+1].text = []byte{wasmcode.OpUnreachable, wasmcode.OpEnd}
			ends[begin] = i + 1
		case in.decides() && in.op != wasmcode.OpCall:
			begin = -1
		}
	}
	return ends
}

// checks are those of a part.
type checks struct {
	words *words
	part  []instruction
	list  []access
	// known are the bases that have been accessed, with the end of what has been checked. outside is what was known where
	// the conditions that are open began.
	known    map[int64]uint64
	outside  []map[int64]uint64
	failures map[int]int
}

// foldSums makes offsets of the stack pointer of what is added to it.
func (c *checks) foldSums() {
	for i := range c.list {
		a := &c.list[i]
		if a.base.kind != address || a.base.n == 0 {
			continue
		}
		c.part[a.at] = c.part[a.at].moved(uint64(a.base.n))
		a.end += uint64(a.base.n)
		c.part[a.base.first].text = appendOp(nil, wasmcode.OpLocalGet, stackVariable)
		for k := a.base.first + 1; k <= a.base.last; k++ {
			c.part[k] = instruction{op: wasmcode.OpNop}
		}
	}
}

// share goes through the part.
func (c *checks) share() {
	byFirst := map[int]int{}
	for k := range c.list {
		if a := &c.list[k]; a.isBased() {
			byFirst[a.base.first] = k
		}
	}
	for i := 0; i < len(c.part); i++ {
		if end, fails := c.failures[i]; fails {
			i = end
			continue
		}
		if k, is := byFirst[i]; is {
			c.access(k)
		}
		c.follow(&c.part[i])
	}
}

// access changes an access.
func (c *checks) access(k int) {
	a := &c.list[k]
	base := a.number()
	checked, found := c.known[base]
	reach := max(a.end, checked)
	if a.end > checked {
		reach = c.reach(k)
	}
	in := &c.part[a.base.first]
	again := appendOp(nil, wasmcode.OpLocalGet, stackVariable)
	if base != stackBase {
		again = appendOp(nil, wasmcode.OpLocalGet, c.words.variable(base))
		c.part[a.base.last] = instruction{op: wasmcode.OpNop}
		if found {
			in.text = again
		} else {
			in.text = appendOp(append(slices.Clip(in.text), wasmcode.OpI32WrapI64), wasmcode.OpLocalTee, c.words.variable(base))
		}
	}
	if reach > max(a.end, checked) {
		in.text = binary.AppendUvarint(append(slices.Clip(in.text), wasmcode.OpI32Load8U, 0), reach-1)
		in.text = append(append(in.text, wasmcode.OpDrop), again...)
	}
	c.known[base] = reach
}

// follow notes what an instruction does to what is known.
func (c *checks) follow(in *instruction) {
	switch in.op {
	case wasmcode.OpLocalSet, wasmcode.OpLocalTee:
		c.forget(baseOf(in))
	case wasmcode.OpBlock, wasmcode.OpIf:
		c.outside = append(c.outside, maps.Clone(c.known))
	case wasmcode.OpElse:
		if n := len(c.outside); n > 0 {
			c.known = maps.Clone(c.outside[n-1])
		}
	case wasmcode.OpEnd:
		if n := len(c.outside) - 1; n >= 0 {
			c.known, c.outside = c.outside[n], c.outside[:n]
		}
	case wasmcode.OpLoop:
		// It may come again from further down.
		c.forgetAll()
		c.outside = append(c.outside, map[int64]uint64{})
	case wasmcode.OpCall, wasmcode.OpCallIndirect:
		c.forgetAll()
	}
}

// forget notes that a base is another one.
func (c *checks) forget(base int64) {
	delete(c.known, base)
	for _, known := range c.outside {
		delete(known, base)
	}
}

// forgetAll notes that nothing is as it was.
func (c *checks) forgetAll() {
	clear(c.known)
	for _, known := range c.outside {
		clear(known)
	}
}

// reach returns the end of what is accessed at the base of an access from there on, in any case.
func (c *checks) reach(k int) uint64 {
	base, end, depth := c.list[k].number(), c.list[k].end, 0
	next := k
	for i := c.list[k].base.first; i < len(c.part); i++ {
		for ; next < len(c.list) && c.list[next].at == i; next++ {
			if a := &c.list[next]; a.isBased() && a.number() == base {
				end = max(end, a.end)
			}
		}
		in := &c.part[i]
		if last, fails := c.failures[i]; fails && base == stackBase {
			i = last
			continue
		}
		switch depth += in.nesting(); {
		case depth < 0, base != stackBase && in.decides(), in.op == wasmcode.OpCall, in.op == wasmcode.OpCallIndirect,
			(in.op == wasmcode.OpLocalSet || in.op == wasmcode.OpLocalTee) && baseOf(in) == base:
			return end
		}
	}
	return end
}

// decides reports whether what follows is not done in any case, or not after what came before.
func (in *instruction) decides() bool {
	switch in.op {
	case wasmcode.OpIf, wasmcode.OpElse, wasmcode.OpBlock, wasmcode.OpLoop, wasmcode.OpEnd, wasmcode.OpBranch, wasmcode.OpBranchIf,
		wasmcode.OpReturn, wasmcode.OpUnreachable, wasmcode.OpCall, wasmcode.OpCallIndirect:
		return true
	}
	return false
}

// baseOf returns the base that the variable of an instruction stands for.
func baseOf(in *instruction) int64 {
	if n := in.number(); n != stackVariable {
		return int64(n)
	}
	return stackBase
}
