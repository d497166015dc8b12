package wasmfile

import (
	"encoding/binary"
	"fmt"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/wasmcode"
)

// fake is a parser that is written by hand, instruction by instruction.
type fake struct {
	description string
	// data, open, configure and initialize are the instructions of these exports, without the end.
	data, open, configure, initialize []byte
	// version is the name of the export that says which interface it is; without and also are names of exports.
	version, without, also string
	// imports are functions without parameters and results; start: there is a start function.
	imports []string
	start   bool
	// types changes the type of an export.
	types map[string]byte
	// pages are those of the memory.
	pages byte
}

// Places in the memory of a fake.
const (
	fakeDescription = 1 << 10
	fakeArea        = 8 << 10
	fakeBuffer      = 64 << 10
)

// Types of functions.
const (
	typeNone = iota
	typeToI32
	typeToI64
	typeI32ToI32
	typeI32ToI64
	typeTwoToI32
	typeTwoToNone
)

// newFake returns a parser that lets everything pass.
func newFake() *fake {
	return &fake{
		description: `{"name": "fake", "rule_keys": [{"name": "word", "field": 1, "match": "exact"}]}`,
		data:        passes(), open: i32(0), configure: i64(0), version: parserabi.ExportVersion, pages: 3,
	}
}

// passes has all bytes pass, and returns OK.
func passes() []byte {
	return seq(
		// if size is not 0, there is one operation: PASS of that many bytes.
		i32(fakeArea), []byte{wasmcode.OpLocalGet, 1, 0x41, 0, 0x47}, store32(parserabi.AreaOps),
		i32(fakeArea), i64(1), store64(parserabi.AreaList),
		i32(fakeArea), []byte{wasmcode.OpLocalGet, 1, wasmcode.OpI64ExtendU}, store64(parserabi.AreaList+8),
		i32(fakeArea), i32(0), store32(parserabi.AreaState),
		i32(0),
	)
}

// returnsOp has the call return an operation, and OK.
func returnsOp(code, n int64) []byte {
	return seq(
		i32(fakeArea), i32(1), store32(parserabi.AreaOps),
		i32(fakeArea), i64(code), store64(parserabi.AreaList),
		i32(fakeArea), i64(n), store64(parserabi.AreaList+8),
		i32(0),
	)
}

func seq(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// signed encodes a number as instructions have it.
func signed(n int64) (b []byte) {
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func i32(n int32) []byte    { return append([]byte{wasmcode.OpI32Const}, signed(int64(n))...) }
func i64(n int64) []byte    { return append([]byte{wasmcode.OpI64Const}, signed(n)...) }
func store32(at int) []byte { return binary.AppendUvarint([]byte{0x36, 2}, uint64(at)) }
func store64(at int) []byte { return binary.AppendUvarint([]byte{0x37, 3}, uint64(at)) }
func uvarint(n int) []byte  { return binary.AppendUvarint(nil, uint64(n)) }
func named(s string) []byte { return append(uvarint(len(s)), s...) }
func sized(b []byte) []byte { return append(uvarint(len(b)), b...) }
func loops() []byte {
	return []byte{wasmcode.OpLoop, wasmcode.BlockEmpty, wasmcode.OpBranch, 0, wasmcode.OpEnd, wasmcode.OpUnreachable}
}
func calls(f int) []byte                 { return append([]byte{wasmcode.OpCall}, uvarint(f)...) }
func part(kind byte, body []byte) []byte { return append([]byte{kind}, sized(body)...) }

// imported are the functions of the library, in the order of their numbers, if a fake imports them.
var imported = []struct {
	name string
	kind byte
}{{parserabi.FunctionDecide, typeTwoToI32}, {parserabi.FunctionLog, typeTwoToNone}, {parserabi.FunctionAsk, typeI32ToI32}}

// Numbers of functions.
const (
	callDecide = iota
	callLog
	callAsk
)

// encode returns the module.
func (f *fake) encode() []byte {
	type export struct {
		name string
		kind byte
		code []byte
	}
	exports := []export{
		{f.version, typeNone, nil},
		{parserabi.ExportDescribe, typeToI64, i64(fakeDescription<<32 | int64(len(f.description)))},
		{parserabi.ExportArea, typeToI32, i32(fakeArea)},
		{parserabi.ExportBuffer, typeI32ToI32, i32(fakeBuffer)},
		{parserabi.ExportConfigure, typeI32ToI64, f.configure},
		{parserabi.ExportOpen, typeI32ToI32, f.open},
		{parserabi.ExportData, typeTwoToI32, f.data},
		{parserabi.ExportClose, typeNone, nil},
	}
	if f.initialize != nil {
		exports = append(exports, export{exportInitialize, typeNone, f.initialize})
	}
	if f.also != "" {
		exports = append(exports, export{f.also, typeNone, nil})
	}
	types := [][]byte{
		{formFunction, 0, 0}, {formFunction, 0, 1, wasmcode.TypeI32}, {formFunction, 0, 1, wasmcode.TypeI64}, {formFunction, 1, wasmcode.TypeI32, 1, wasmcode.TypeI32},
		{formFunction, 1, wasmcode.TypeI32, 1, wasmcode.TypeI64}, {formFunction, 2, wasmcode.TypeI32, wasmcode.TypeI32, 1, wasmcode.TypeI32}, {formFunction, 2, wasmcode.TypeI32, wasmcode.TypeI32, 0},
	}
	imports := seq(uvarint(len(imported) + len(f.imports)))
	for _, i := range imported {
		imports = seq(imports, named(parserabi.Module), named(i.name), []byte{kindFunction, i.kind})
	}
	for _, name := range f.imports {
		imports = seq(imports, named("env"), named(name), []byte{kindFunction, typeNone})
	}
	functions, list, code, count := uvarint(len(exports)), []byte(nil), uvarint(len(exports)), 1
	for i, e := range exports {
		kind, changed := f.types[e.name]
		if !changed {
			kind = e.kind
		}
		functions = append(functions, kind)
		code = seq(code, sized(seq([]byte{0}, e.code, []byte{wasmcode.OpEnd})))
		if e.name != f.without {
			list = seq(list, named(e.name), []byte{kindFunction}, uvarint(i+len(imported)+len(f.imports)))
			count++
		}
	}
	module := seq([]byte(wasmcode.Magic), part(wasmcode.SectionType, seq(uvarint(len(types)), seq(types...))), part(wasmcode.SectionImport, imports),
		part(wasmcode.SectionFunction, functions), part(wasmcode.SectionMemory, []byte{1, 0, f.pages}),
		part(wasmcode.SectionExport, seq(uvarint(count), named("memory"), []byte{2, 0}, list)))
	if f.start {
		module = seq(module, part(wasmcode.SectionStart, uvarint(len(imported)+len(f.imports))))
	}
	return seq(module, part(wasmcode.SectionCode, code),
		part(wasmcode.SectionData, seq([]byte{1, 0}, i32(fakeDescription), []byte{wasmcode.OpEnd}, named(f.description))))
}

func (f *fake) String() string { return fmt.Sprintf("%+v", *f) }
