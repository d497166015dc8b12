package gowasm

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// hintsOf returns the hints of a module by function and place, and the code of its functions.
func hintsOf(t *testing.T, module []byte) (all []map[uint64]byte, bodies [][]byte) {
	t.Helper()
	sections, err := wasmcode.Split(module)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(sections, func(s wasmcode.Section) bool { return s.Kind == wasmcode.SectionCode })
	r := wasmcode.Reader{Rest: sections[at].Body}
	for range r.Uint() {
		bodies = append(bodies, r.Take(int(r.Uint())))
	}
	imports := uint64(0)
	if sections[1].Kind == wasmcode.SectionImport {
		imports = (&wasmcode.Reader{Rest: sections[1].Body}).Uint()
	}
	all = make([]map[uint64]byte, len(bodies))
	r = wasmcode.Reader{Rest: sections[at-1].Body}
	if name := r.Take(int(r.Uint())); sections[at-1].Kind != wasmcode.SectionCustom || string(name) != hintSection {
		t.Fatalf("before the code comes section %d %q", sections[at-1].Kind, name)
	}
	before := -1
	for range r.Uint() {
		number := int(r.Uint() - imports)
		if number <= before {
			t.Fatalf("function %d comes after %d", number, before)
		}
		before, all[number] = number, map[uint64]byte{}
		place := uint64(0)
		for range r.Uint() {
			next := r.Uint()
			if next <= place {
				t.Fatalf("function %d: place %d comes after %d", number, next, place)
			}
			if size := r.Uint(); size != 1 {
				t.Fatalf("a hint of %d bytes", size)
			}
			place, all[number][next] = next, r.Byte()
		}
	}
	if len(r.Rest) > 0 {
		t.Fatalf("%d bytes are left", len(r.Rest))
	}
	return all, bodies
}

func TestHintsAreAtConditions(t *testing.T) {
	all, bodies := hintsOf(t, optimized(t, buildProgram(t)))
	hints, calls, hinted := 0, 0, 0
	for i, body := range bodies {
		hints += len(all[i])
		r := wasmcode.Reader{Rest: body}
		for range r.Uint() {
			r.Uint()
			r.Byte()
		}
		var last []byte
		for len(r.Rest) > 0 {
			at := uint64(len(body) - len(r.Rest))
			op := r.Instruction()
			says, is := all[i][at]
			delete(all[i], at)
			if is && op != wasmcode.OpIf && op != wasmcode.OpBranchIf {
				t.Fatalf("function %d: a hint at %d, where instruction %#x is", i, at, op)
			}
			// After a call, the goroutine seldom gives way.
			if op == wasmcode.OpBranchIf && bytes.HasSuffix(last, []byte{wasmcode.OpCall, wasmcode.OpGlobalGet, wasmcode.OpLocalSet}) {
				if calls++; is && says == unlikely {
					hinted++
				}
			}
			last = append(last, op)
		}
		if len(all[i]) > 0 {
			t.Fatalf("function %d: hints are at %v, where no instruction begins", i, all[i])
		}
	}
	if hinted < calls*9/10 || hints < 3*hinted/2 {
		t.Errorf("%d hints; %d of %d calls have one", hints, hinted, calls)
	}
}

// fails is the number of a function that panics, in the names of a module.
const fails = 6

func TestWhatSeldomRunsIsKnownByWhatItCalls(t *testing.T) {
	call := []byte{wasmcode.OpCall, fails, wasmcode.OpDrop}
	condition := func(jump []byte) []byte {
		return slices.Concat([]byte{wasmcode.OpLocalGet, 0, wasmcode.OpIf, wasmcode.BlockEmpty}, jump, []byte{wasmcode.OpEnd})
	}
	// Inside a condition, the loop is one block further away.
	jump := func(place byte, part int) []byte { return jumps(place, part-1, 3) }
	for name, c := range map[string]struct {
		parts [][]byte
		want  []byte
	}{
		"it jumps to a panic":          {[][]byte{condition(jump(2, 0)), returns(1), call}, []byte{unlikely}},
		"it jumps over a panic":        {[][]byte{condition(jump(2, 0)), call, returns(1)}, []byte{likely}},
		"there is a panic inside":      {[][]byte{condition(call), returns(1), returns(2)}, []byte{unlikely}},
		"there is no panic":            {[][]byte{condition(jump(2, 0)), returns(1), returns(2)}, nil},
		"it jumps up to what can fail": {[][]byte{call, condition(jump(0, 1)), returns(2)}, nil},
	} {
		sections, err := wasmcode.Split(oneFunction(only32, c.parts...))
		if err != nil {
			t.Fatal(err)
		}
		panics := "runtime.panicIndex"
		names := append([]byte{2, 5, byte(len(deferReturn))}, deferReturn...)
		names = append(append(names, fails, byte(len(panics))), panics...)
		sections[len(sections)-1].Body = slices.Concat([]byte{4}, []byte("name"), []byte{functionNames, byte(len(names))}, names)
		all, bodies := hintsOf(t, optimized(t, wasmcode.Join(sections)))
		var says []byte
		for _, place := range slices.Sorted(maps.Keys(all[0])) {
			if bodies[0][place] == wasmcode.OpIf {
				says = append(says, all[0][place])
			}
		}
		if !bytes.Equal(says, c.want) {
			t.Errorf("%s: hints %v, want %v", name, says, c.want)
		}
	}
}
