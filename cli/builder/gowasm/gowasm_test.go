package gowasm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// run runs a program, and returns what it prints.
func run(t *testing.T, module []byte) string {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntime(ctx)
	defer r.Close(context.Background())
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var out bytes.Buffer
	config := wazero.NewModuleConfig().WithStdout(&out).WithStderr(&out).WithSysNanotime().WithSysWalltime()
	if _, err := r.InstantiateWithConfig(ctx, module, config); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// buildProgram compiles a program.
func buildProgram(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.wasm")
	build := exec.Command("go", "build", "-ldflags=-w", "-o", path, "./testdata/program")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestAProgramDoesTheSame(t *testing.T) {
	module := buildProgram(t)
	optimized, err := Optimize(bytes.Clone(module))
	if err != nil {
		t.Fatal(err)
	}
	native, err := exec.Command("go", "run", "./testdata/program").Output()
	if err != nil {
		t.Fatal(err)
	}
	if out := run(t, optimized); out != string(native) || len(out) == 0 {
		t.Errorf("got\n%s\nwant\n%s", out, native)
	}
	before, after := formsOf(t, module), formsOf(t, optimized)
	// About a fifth of all jumps go up.
	if after.turns > before.turns/3 {
		t.Errorf("%d jumps are turns of the loop of their function, of %d", after.turns, before.turns)
	}
	if after.sums > before.sums/3 {
		t.Errorf("%d places on the stack are sums, of %d", after.sums, before.sums)
	}
	if after.halves > before.halves/2 {
		t.Errorf("the lower half of a variable is taken and not kept %d times, of %d", after.halves, before.halves)
	}
	// Nearly every function may have to grow the stack.
	if before.failures > 0 || after.failures < 1000 {
		t.Errorf("%d calls are known not to return, before %d", after.failures, before.failures)
	}
	// That of runtime.memmove is in a function without jumps.
	if after.copies > 0 || before.copies == 0 {
		t.Errorf("%d copies are of a length that nothing looks at, of %d", after.copies, before.copies)
	}
}

// forms are how often something is done in a module.
type forms struct{ turns, sums, halves, copies, failures int }

func formsOf(t *testing.T, module []byte) (n forms) {
	t.Helper()
	sections, err := wasmcode.Split(module)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		if s.Kind != wasmcode.SectionCode {
			continue
		}
		r := wasmcode.Reader{Rest: s.Body}
		for range r.Uint() {
			body := wasmcode.Reader{Rest: r.Take(int(r.Uint()))}
			for range body.Uint() {
				body.Uint()
				body.Byte()
			}
			var ops []byte
			for len(body.Rest) > 0 {
				text := body.Rest
				op := body.Instruction()
				if op == wasmcode.OpMore && text[1] != wasmcode.MoreMemoryCopy {
					op = wasmcode.OpUnknown
				}
				ops = append(ops, op)
			}
			n.turns += bytes.Count(ops, []byte{wasmcode.OpI32Const, wasmcode.OpLocalSet, wasmcode.OpBranch})
			n.sums += bytes.Count(ops, []byte{wasmcode.OpI64ExtendU, wasmcode.OpI64Const, wasmcode.OpI64Add, wasmcode.OpI32WrapI64})
			n.copies += bytes.Count(ops, []byte{wasmcode.OpI32WrapI64, wasmcode.OpMore})
			// This is how a condition ends in which something is called that does not return.
			n.failures += bytes.Count(ops, []byte{wasmcode.OpBranchIf, wasmcode.OpUnreachable, wasmcode.OpEnd})
			half := []byte{wasmcode.OpLocalGet, wasmcode.OpI32WrapI64}
			n.halves += bytes.Count(ops, half) - bytes.Count(ops, append(half, wasmcode.OpLocalTee))
		}
	}
	return n
}

// oneFunction returns a module in the form of Go with a function f from a place to a number, which has parts, and memory of one
// page. Its global is the stack pointer.
func oneFunction(declared []byte, parts ...[]byte) []byte {
	body := slices.Concat(declared, []byte{wasmcode.OpGlobalGet, 0, wasmcode.OpLocalSet, 1, wasmcode.OpLoop, wasmcode.BlockEmpty})
	for range parts {
		body = append(body, wasmcode.OpBlock, wasmcode.BlockEmpty)
	}
	body = append(body, wasmcode.OpLocalGet, 0, wasmcode.OpBranchTable, byte(len(parts)-1))
	for i := range parts {
		body = append(body, byte(i))
	}
	body = append(body, wasmcode.OpEnd)
	for _, part := range parts {
		body = append(append(body, part...), wasmcode.OpEnd)
	}
	body = append(body, wasmcode.OpUnreachable, wasmcode.OpEnd)
	code := binary.AppendUvarint([]byte{1}, uint64(len(body)))
	names := append([]byte{1, 5, byte(len(deferReturn))}, deferReturn...)
	return wasmcode.Join([]wasmcode.Section{
		{Kind: wasmcode.SectionType, Body: []byte{1, 0x60, 1, wasmcode.TypeI32, 1, wasmcode.TypeI32}},
		{Kind: wasmcode.SectionFunction, Body: []byte{1, 0}},
		{Kind: wasmcode.SectionMemory, Body: []byte{1, 0, 1}},
		{Kind: wasmcode.SectionGlobal, Body: []byte{1, wasmcode.TypeI32, 1, wasmcode.OpI32Const, 16, wasmcode.OpEnd}},
		{Kind: wasmcode.SectionExport, Body: []byte{2, 1, 'f', 0, 0, 1, 'm', 2, 0}},
		{Kind: wasmcode.SectionCode, Body: append(code, body...)},
		{Kind: wasmcode.SectionCustom, Body: slices.Concat([]byte{4}, []byte("name"), []byte{functionNames, byte(len(names))}, names)},
	})
}

// only32 declares the stack pointer alone, and64 a variable of 64 bits besides, number 2.
var (
	only32 = []byte{1, 1, wasmcode.TypeI32}
	and64  = []byte{2, 1, wasmcode.TypeI32, 1, wasmcode.TypeI64}
)

// returns returns a number.
func returns(n byte) []byte { return []byte{wasmcode.OpI32Const, n, wasmcode.OpReturn} }

// jumps jumps to a place from a part; parts is how many there are.
func jumps(place byte, part, parts int) []byte {
	return []byte{wasmcode.OpI32Const, place, wasmcode.OpLocalSet, 0, wasmcode.OpBranch, byte(parts - 1 - part)}
}

// call calls the function of a module.
func call(t *testing.T, module []byte, place uint64) (uint64, error) {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntime(ctx)
	defer r.Close(context.Background())
	m, err := r.Instantiate(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	result, err := m.ExportedFunction("f").Call(ctx, place)
	if err != nil {
		return 0, err
	}
	return result[0], nil
}

func optimized(t *testing.T, module []byte) []byte {
	t.Helper()
	out, err := Optimize(bytes.Clone(module))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(module, out) {
		t.Fatal("nothing has changed")
	}
	return out
}

func TestAFunctionGoesOnWhereItHasStoredAPlace(t *testing.T) {
	// The first part stores the address of the third place, and goes down to the last part; the second part is reached from
	// there.
	stores := slices.Concat([]byte{wasmcode.OpLocalGet, 1, wasmcode.OpI64Const, 0x82, 0x80, 0x80, 0x80, 0x01, 0x37, 3, 0}, jumps(3, 0, 4))
	module := oneFunction(only32, stores, returns(11), returns(12), jumps(1, 3, 4))
	out := optimized(t, module)
	for place, want := range []uint64{11, 11, 12, 11} {
		if got, err := call(t, module, uint64(place)); got != want || err != nil {
			t.Errorf("before, from place %d: %d, %v", place, got, err)
		}
		got, err := call(t, out, uint64(place))
		if place == 3 {
			if err == nil {
				t.Errorf("from place %d, which has not been stored: %d", place, got)
			}
			continue
		}
		if got != want || err != nil {
			t.Errorf("from place %d: %d, %v, want %d", place, got, err, want)
		}
	}
}

func TestWhatIsNotOfTheFormStays(t *testing.T) {
	for name, module := range map[string][]byte{
		"a branch to the loop without a place": oneFunction(only32, []byte{wasmcode.OpBranch, 1}, returns(1)),
		"a branch to a place":                  oneFunction(only32, []byte{wasmcode.OpBranch, 0}, returns(1)),
		"a jump to a place below 0":            oneFunction(only32, jumps(0x7f, 0, 2), returns(1)),
		"a table inside":                       oneFunction(only32, []byte{wasmcode.OpI32Const, 0, wasmcode.OpBranchTable, 0, 0}, returns(1)),
	} {
		out, err := Optimize(bytes.Clone(module))
		if err != nil || !bytes.HasPrefix(module, out) {
			t.Errorf("%s: %v, %x", name, err, out)
		}
	}
}

// The value of a variable is its lower half at the time of each access, also where it has changed on one way only.
func TestTheLowerHalfIsThatOfTheVariable(t *testing.T) {
	store := func(address, value byte) []byte {
		return []byte{
			wasmcode.OpI64Const, address, wasmcode.OpLocalSet, 2,
			wasmcode.OpLocalGet, 2, wasmcode.OpI32WrapI64, wasmcode.OpI32Const, value, 0x36, 2, 0,
		}
	}
	load := []byte{wasmcode.OpLocalGet, 2, wasmcode.OpI32WrapI64, 0x28, 2, 0}
	for condition, want := range []uint64{77, 55} {
		change := []byte{
			wasmcode.OpI32Const, byte(condition), wasmcode.OpIf, wasmcode.BlockEmpty, wasmcode.OpI64Const, 32, wasmcode.OpLocalSet, 2, wasmcode.OpEnd,
		}
		part := slices.Concat(store(32, 5), store(40, 7), change, load, load, []byte{wasmcode.OpI32Const, 10, 0x6c, 0x6a, wasmcode.OpReturn})
		module := oneFunction(and64, jumps(1, 0, 2), part)
		for _, m := range [][]byte{module, optimized(t, module)} {
			if got, err := call(t, m, 0); got != want || err != nil {
				t.Errorf("condition %d: %d, %v, want %d", condition, got, err, want)
			}
		}
	}
}

// What is checked ahead of an access is only what follows in any case: this one is near the end of memory.
func TestNothingIsCheckedThatIsNotAccessed(t *testing.T) {
	// The variable is 65,532; the access of 8 bytes there is not reached.
	address := []byte{wasmcode.OpI64Const, 0xfc, 0xff, 3, wasmcode.OpLocalSet, 2}
	load := []byte{wasmcode.OpLocalGet, 2, wasmcode.OpI32WrapI64, 0x28, 2, 0}
	wide := []byte{wasmcode.OpLocalGet, 2, wasmcode.OpI32WrapI64, 0x29, 3, 0, wasmcode.OpDrop}
	module := oneFunction(and64, slices.Concat(address, load, []byte{wasmcode.OpReturn}, wide), jumps(1, 1, 2))
	if got, err := call(t, optimized(t, module), 0); got != 0 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// Where another version stores the places at which functions go on, a module that is changed would end with a trap there.
func TestOnlyModulesOfAKnownGoAreChanged(t *testing.T) {
	for version, want := range map[string]bool{
		"go1.26": true, "go1.26.8": true, "go1.26rc1": true, "go1.27.0": false, "go1.260": false, "go1.2": false, "devel go1.28-abc": false, "": false,
	} {
		if Knows(version) != want {
			t.Errorf("%q: %v", version, !want)
		}
	}
}

func TestAModuleWithoutNamesIsRefused(t *testing.T) {
	module := oneFunction(only32, returns(1))
	sections, err := wasmcode.Split(module)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Optimize(wasmcode.Join(sections[:len(sections)-1])); !errors.Is(err, errNames) {
		t.Errorf("got %v", err)
	}
	if _, err := Optimize([]byte("text")); !errors.Is(err, wasmcode.ErrModule) {
		t.Errorf("got %v", err)
	}
	for n := range module {
		// A module that is cut short is refused, or has sections less.
		if out, err := Optimize(bytes.Clone(module[:n])); err == nil {
			t.Errorf("%d bytes: %x", n, out)
		}
	}
}
