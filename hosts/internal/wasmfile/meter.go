package wasmfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// A module is changed before it is compiled: it counts what it does and ends itself when that is too much, so that a bound of
// the work of a call needs no clock; and it exports its variable globals, so that they can be set to what they were when a
// connection is made. Source: https://webassembly.github.io/spec/core/binary/.

// sectionOrder is the place of a section among the others, which is not that of its number for the last ones.
var sectionOrder = map[byte]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 12: 10, 10: 11, 11: 12}

// Names under which globals are exported.
const (
	fuelExport   = "proxylib.fuel"
	globalExport = "proxylib.global."
)

const (
	kindFunction = 0
	kindGlobal   = 3
	formFunction = 0x60
)

// metered is a module as it is compiled.
type metered struct {
	code []byte
	// globals are the names of the exports of the variable globals.
	globals []string
	// data is what memory begins with. It is taken out of the module, since instances begin with a copy of another's memory.
	data []segment
}

// segment is a part of what memory begins with.
type segment struct {
	at    uint32
	bytes []byte
}

// meter changes a module.
func meter(module []byte) (m metered, err error) {
	sections, err := wasmcode.Split(module)
	if err != nil {
		return m, err
	}
	sections = slices.DeleteFunc(sections, func(s wasmcode.Section) bool { return s.Kind == wasmcode.SectionCustom })
	c := counter{}
	defer func() {
		if r := recover(); r != nil {
			if r != any(wasmcode.ErrModule) {
				panic(r)
			}
			err = wasmcode.ErrModule
		}
	}()
	for i := range sections {
		s := &sections[i]
		switch s.Kind {
		case wasmcode.SectionType:
			c.types(s.Body)
		case wasmcode.SectionImport:
			if err := c.imports(s.Body); err != nil {
				return m, err
			}
		case wasmcode.SectionData:
			if m.data, err = segments(s.Body); err != nil {
				return m, err
			}
		case wasmcode.SectionFunction:
			c.functions = vector(s.Body)
		case wasmcode.SectionStart:
			return m, errors.New("the module has a start function: export _initialize instead")
		}
	}
	sections = present(present(sections, wasmcode.SectionGlobal), wasmcode.SectionExport)
	for i := range sections {
		s := &sections[i]
		switch s.Kind {
		case wasmcode.SectionGlobal:
			s.Body = c.addGlobal(s.Body)
		case wasmcode.SectionExport:
			if s.Body, m.globals, err = c.addExports(s.Body); err != nil {
				return m, err
			}
		case wasmcode.SectionCode:
			if s.Body, err = c.count(s.Body); err != nil {
				return m, err
			}
		}
	}
	sections = slices.DeleteFunc(sections, func(s wasmcode.Section) bool {
		return s.Kind == wasmcode.SectionData || s.Kind == wasmcode.SectionDataCount
	})
	m.code = wasmcode.Join(sections)
	return m, nil
}

// present makes sure that there is a section.
func present(sections []wasmcode.Section, kind byte) []wasmcode.Section {
	at := 0
	for i, s := range sections {
		if s.Kind == kind {
			return sections
		}
		if sectionOrder[s.Kind] < sectionOrder[kind] {
			at = i + 1
		}
	}
	return slices.Insert(sections, at, wasmcode.Section{Kind: kind, Body: []byte{0}})
}

// counter is what has to be known of a module to change it.
type counter struct {
	// params are how many parameters each type has, functions the type of each function.
	params    []int
	functions []uint64
	// imported is the number of functions of the library, which come first.
	imported uint64
	// variable are the numbers of the variable globals; fuel is that of the global that is added.
	variable []int
	fuel     uint64
}

func (c *counter) types(body []byte) {
	r := wasmcode.Reader{Rest: body}
	for range r.Uint() {
		if r.Byte() != formFunction {
			panic(wasmcode.ErrModule)
		}
		n := int(r.Uint())
		r.Skip(n)
		c.params = append(c.params, n)
		r.Skip(int(r.Uint()))
	}
}

// imports checks that only functions are imported that are provided.
func (c *counter) imports(body []byte) error {
	r := wasmcode.Reader{Rest: body}
	c.imported = r.Uint()
	for range c.imported {
		module, name := string(r.Take(int(r.Uint()))), string(r.Take(int(r.Uint())))
		if kind := r.Byte(); kind != kindFunction || !provided(module, name) {
			return fmt.Errorf("the module imports %.64q of %.64q, which a parser is not given", name, module)
		}
		r.Uint()
	}
	return nil
}

// addGlobal adds the global that counts.
func (c *counter) addGlobal(body []byte) []byte {
	r := wasmcode.Reader{Rest: body}
	n := r.Uint()
	globals := r.Rest
	for i := range n {
		r.Byte()
		if r.Byte() == 1 {
			c.variable = append(c.variable, int(i))
		}
		for r.Instruction() != wasmcode.OpEnd {
		}
	}
	c.fuel = n
	out := append(binary.AppendUvarint(nil, n+1), globals...)
	return append(out, wasmcode.TypeI64, 1, wasmcode.OpI64Const, 0, wasmcode.OpEnd)
}

// addExports adds exports of the global that counts, and of the variable ones.
func (c *counter) addExports(body []byte) (out []byte, names []string, err error) {
	r := wasmcode.Reader{Rest: body}
	n := r.Uint()
	exports := r.Rest
	for range n {
		name := r.Take(int(r.Uint()))
		if len(name) > len("proxylib.") && string(name[:len("proxylib.")]) == "proxylib." {
			return nil, nil, fmt.Errorf("the module exports %.64q: such names are taken", name)
		}
		r.Byte()
		r.Uint()
	}
	out = append(binary.AppendUvarint(nil, n+1+uint64(len(c.variable))), exports...)
	out = appendExport(out, fuelExport, c.fuel)
	for _, i := range c.variable {
		name := fmt.Sprint(globalExport, i)
		names = append(names, name)
		out = appendExport(out, name, uint64(i))
	}
	return out, names, nil
}

func appendExport(b []byte, name string, global uint64) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	return binary.AppendUvarint(append(b, kindGlobal), global)
}

// segments returns what memory begins with.
func segments(body []byte) (list []segment, err error) {
	r := wasmcode.Reader{Rest: body}
	for range r.Uint() {
		if r.Uint() != 0 || r.Byte() != wasmcode.OpI32Const {
			return nil, errors.New("the module has data that is not where memory begins with it: a parser must not have such")
		}
		at := r.Int32()
		if r.Byte() != wasmcode.OpEnd {
			return nil, wasmcode.ErrModule
		}
		list = append(list, segment{uint32(at), r.Take(int(r.Uint()))})
	}
	return list, nil
}

// vector returns numbers.
func vector(body []byte) (list []uint64) {
	r := wasmcode.Reader{Rest: body}
	for range r.Uint() {
		list = append(list, r.Uint())
	}
	return list
}

// count has each function count.
func (c *counter) count(body []byte) ([]byte, error) {
	r := wasmcode.Reader{Rest: body}
	n := r.Uint()
	if n != uint64(len(c.functions)) {
		return nil, wasmcode.ErrModule
	}
	out := make([]byte, 0, 2*len(body))
	out = binary.AppendUvarint(out, n)
	var function []byte
	for i := range n {
		kind := c.functions[i]
		if kind >= uint64(len(c.params)) {
			return nil, wasmcode.ErrModule
		}
		var err error
		if function, err = c.function(function[:0], r.Take(int(r.Uint())), c.params[kind]); err != nil {
			return nil, err
		}
		out = binary.AppendUvarint(out, uint64(len(function)))
		out = append(out, function...)
	}
	return out, nil
}

// Costs: of a call of a function and of a turn of a loop, in which all of its code may run, so that it counts by its length; and of
// bytes that one instruction copies. Lengths are by their logarithm.
const (
	costOfTurn  = 1
	costOfCode  = 10
	costOfBytes = 6
)

// Costs of the stack, so that functions which call each other without end run out of work before they have much of it: while a
// function waits for another one, each byte of its frame costs costOfStack. A frame is estimated: frameBytes, localBytes for each variable,
// and what else its code may keep, by the logarithm of the length.
const (
	costOfStack = 100
	frameBytes  = 64
	localBytes  = 16
	frameOfCode = 3
)

// function has a function count: at its beginning, at each turn of a loop, where bytes are copied, and while it calls others.
func (c *counter) function(out, body []byte, params int) ([]byte, error) {
	r := wasmcode.Reader{Rest: body}
	locals := uint64(params)
	groups := r.Uint()
	declared := r.Rest
	for range groups {
		locals += r.Uint()
		r.Byte()
	}
	declared = declared[:len(declared)-len(r.Rest)]
	if locals > maxLocals {
		return nil, errors.New("a function has too many variables")
	}
	out = binary.AppendUvarint(out, groups+2)
	out = append(out, declared...)
	out = append(out, 1, wasmcode.TypeI64, 1, wasmcode.TypeI32)
	left, count := locals, locals+1
	code := r.Rest
	if err := checkInstructions(code); err != nil {
		return nil, err
	}
	frame := costOfStack * (frameBytes + localBytes*int64(locals) + int64(len(code)>>frameOfCode))
	cost := int64(costOfTurn + len(code)>>costOfCode)
	if len(code) == 0 || code[0] != wasmcode.OpLoop {
		out = c.appendTurn(out, left, cost)
	}
	for r.Rest = code; len(r.Rest) > 0; {
		before := r.Rest
		op := r.Instruction()
		text := before[:len(before)-len(r.Rest)]
		switch {
		case op == wasmcode.OpMore && (text[1] == wasmcode.MoreMemoryCopy || text[1] == wasmcode.MoreMemoryFill):
			out = c.appendBytes(out, left, count)
			out = append(out, text...)
		case op == wasmcode.OpLoop:
			out = append(out, text...)
			out = c.appendTurn(out, left, cost)
		case op == wasmcode.OpCallIndirect, op == wasmcode.OpCall && c.isOwn(text):
			// The function that is called looks at what is left.
			out = c.appendAdd(out, -frame)
			out = append(out, text...)
			out = c.appendAdd(out, frame)
		default:
			out = append(out, text...)
		}
	}
	return out, nil
}

// isOwn reports whether a call is one of a function of the module.
func (c *counter) isOwn(call []byte) bool {
	r := wasmcode.Reader{Rest: call[1:]}
	return r.Uint() >= c.imported
}

// appendAdd adds to what is left.
func (c *counter) appendAdd(b []byte, n int64) []byte {
	b = binary.AppendUvarint(append(b, wasmcode.OpGlobalGet), c.fuel)
	b = append(appendSigned(append(b, wasmcode.OpI64Const), n), wasmcode.OpI64Add)
	return binary.AppendUvarint(append(b, wasmcode.OpGlobalSet), c.fuel)
}

// maxLocals limits the variables of a function.
const maxLocals = 50_000

// checkInstructions refuses instructions that are not known.
func checkInstructions(code []byte) error {
	r := wasmcode.Reader{Rest: code}
	for len(r.Rest) > 0 {
		at := r.Rest
		if r.Instruction() == wasmcode.OpUnknown {
			return fmt.Errorf("the module has an instruction %#02x, which a parser must not have: compile it without SIMD, "+
				"threads, exceptions, tail calls, and changes of tables", at[:min(2, len(at))])
		}
	}
	return nil
}

// appendTurn counts a turn.
func (c *counter) appendTurn(b []byte, left uint64, cost int64) []byte {
	b = binary.AppendUvarint(append(b, wasmcode.OpGlobalGet), c.fuel)
	b = append(appendSigned(append(b, wasmcode.OpI64Const), cost), wasmcode.OpI64Sub)
	return c.appendCheck(b, left)
}

// appendSigned appends a signed number, as WebAssembly has it.
func appendSigned(b []byte, n int64) []byte {
	for n < -0x40 || n >= 0x40 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n)&0x7f)
}

// appendBytes counts bytes, whose number is the value that was computed last and stays so.
func (c *counter) appendBytes(b []byte, left, count uint64) []byte {
	b = binary.AppendUvarint(append(b, wasmcode.OpLocalTee), count)
	b = binary.AppendUvarint(append(b, wasmcode.OpGlobalGet), c.fuel)
	b = binary.AppendUvarint(append(b, wasmcode.OpLocalGet), count)
	b = append(b, wasmcode.OpI64ExtendU, wasmcode.OpI64Const, costOfBytes, wasmcode.OpI64ShrU, wasmcode.OpI64Sub)
	return c.appendCheck(b, left)
}

// appendCheck notes what is left, and ends the module if that is less than nothing.
func (c *counter) appendCheck(b []byte, left uint64) []byte {
	b = binary.AppendUvarint(append(b, wasmcode.OpLocalTee), left)
	b = binary.AppendUvarint(append(b, wasmcode.OpGlobalSet), c.fuel)
	b = binary.AppendUvarint(append(b, wasmcode.OpLocalGet), left)
	return append(b, wasmcode.OpI64Const, 0, wasmcode.OpI64LessS, wasmcode.OpIf, wasmcode.BlockEmpty, wasmcode.OpUnreachable, wasmcode.OpEnd)
}
