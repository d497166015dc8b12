package gowasm

import (
	"encoding/binary"
	"strings"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// An engine that knows which way a branch seldom goes keeps what comes there apart, so that what nearly always runs is close together.
// In what Go makes that is much: each call is followed by what a goroutine does that gives way, and before most accesses there is a
// panic. Modules say it in a custom section. Source: https://github.com/WebAssembly/branch-hinting, Overview.md.

// hintSection is the name of the custom section.
const hintSection = "metadata.code.branch_hint"

// What a hint says of a condition.
const (
	unlikely = 0
	likely   = 1
)

// hint says how a condition mostly ends, by the place of its instruction in the code of its function.
type hint struct {
	at   int
	says byte
}

// seldomCalled are functions, by what their names begin with, before which code seldom comes: what fails, what allocates memory, and
// what runs only while garbage is collected.
var seldomCalled = []string{
	"runtime.panic", "runtime.goPanic", "runtime.gopanic", "runtime.extendPanic", "runtime.sigpanic", "runtime.throw", "runtime.fatal",
	"runtime.morestack", "runtime.growslice", "runtime.newobject", "runtime.makeslice", "runtime.gcWriteBarrier", "runtime.wb",
}

func isSeldomCalled(name string) bool {
	for _, begin := range seldomCalled {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// findSeldom finds the parts and the conditions in which functions are called that seldom are.
func (f *function) findSeldom(called map[uint64]bool) {
	f.seldom = make([]bool, len(f.parts))
	for k, part := range f.parts {
		var open []int
		for i := range part {
			in := &part[i]
			switch {
			case in.nesting() > 0:
				open = append(open, i)
			case in.op == wasmcode.OpEnd:
				open = open[:len(open)-1]
			case in.op != wasmcode.OpCall || !called[in.number()]:
			case len(open) == 0:
				f.seldom[k] = true
			default:
				part[open[len(open)-1]].seldom = true
			}
		}
	}
}

// guess notes what is known of a condition of a part, which comes at a place of the code.
func (f *function) guess(at, k, i, depth int) {
	part := f.parts[k]
	switch in := &part[i]; in.op {
	case wasmcode.OpIf:
		to, jumps := f.jump(k, i+1, depth)
		switch {
		case in.seldom, jumps && to > k && f.seldom[to]:
			f.hints = append(f.hints, hint{at, unlikely})
		case jumps && i+jumpLength+2 == len(part) && k+1 < len(f.parts) && f.seldom[k+1]:
			f.hints = append(f.hints, hint{at, likely})
		}
	case wasmcode.OpBranchIf:
		// It is taken where a goroutine gives way.
		if int(in.number()) >= depth {
			f.hints = append(f.hints, hint{at, unlikely})
		}
	}
}

// hints is the custom section: for each function that has any, its number and its hints.
type hints struct {
	list      []byte
	functions uint64
}

// add adds the hints of the function of a number.
func (h *hints) add(number uint64, of []hint) {
	if len(of) == 0 {
		return
	}
	h.functions++
	h.list = binary.AppendUvarint(h.list, number)
	h.list = binary.AppendUvarint(h.list, uint64(len(of)))
	for _, one := range of {
		h.list = append(binary.AppendUvarint(h.list, uint64(one.at)), 1, one.says)
	}
}

func (h *hints) section() wasmcode.Section {
	body := append([]byte{byte(len(hintSection))}, hintSection...)
	body = binary.AppendUvarint(body, h.functions)
	return wasmcode.Section{Kind: wasmcode.SectionCustom, Body: append(body, h.list...)}
}
