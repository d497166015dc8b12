package wasmfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A module is changed before it is compiled: it counts what it does and ends itself when that is too much, so that a bound of
// the work of a call needs no clock; and it exports its variable globals, so that they can be set to what they were when a
// connection is made. Source: https://webassembly.github.io/spec/core/binary/.

// Sections of a module.
const (
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionMemory   = 5
	sectionGlobal   = 6
	sectionExport   = 7
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10
	sectionData     = 11

	sectionDataCount = 12
)

// sectionOrder is the place of a section among the others, which is not that of its number for the last ones.
var sectionOrder = map[byte]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 12: 10, 10: 11, 11: 12}

// Names under which globals are exported.
const (
	fuelExport   = "proxylib.fuel"
	globalExport = "proxylib.global."
)

const (
	wasmMagic    = "\x00asm\x01\x00\x00\x00"
	kindFunction = 0
	kindGlobal   = 3
	typeI32      = 0x7f
	typeI64      = 0x7e
	formFunction = 0x60
)

var errModule = errors.New("this is not a WebAssembly module")

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

// section is a part of a module.
type section struct {
	kind byte
	body []byte
}

// meter changes a module.
func meter(module []byte) (m metered, err error) {
	sections, err := split(module)
	if err != nil {
		return m, err
	}
	c := counter{}
	defer func() {
		if r := recover(); r != nil {
			if r != any(errModule) {
				panic(r)
			}
			err = errModule
		}
	}()
	for i := range sections {
		s := &sections[i]
		switch s.kind {
		case sectionType:
			c.types(s.body)
		case sectionImport:
			if err := c.imports(s.body); err != nil {
				return m, err
			}
		case sectionData:
			if m.data, err = segments(s.body); err != nil {
				return m, err
			}
		case sectionFunction:
			c.functions = vector(s.body)
		case sectionStart:
			return m, errors.New("the module has a start function: export _initialize instead")
		}
	}
	sections = present(present(sections, sectionGlobal), sectionExport)
	for i := range sections {
		s := &sections[i]
		switch s.kind {
		case sectionGlobal:
			s.body = c.addGlobal(s.body)
		case sectionExport:
			if s.body, m.globals, err = c.addExports(s.body); err != nil {
				return m, err
			}
		case sectionCode:
			if s.body, err = c.count(s.body); err != nil {
				return m, err
			}
		}
	}
	m.code = []byte(wasmMagic)
	for _, s := range sections {
		if s.kind == sectionData || s.kind == sectionDataCount {
			continue
		}
		m.code = append(m.code, s.kind)
		m.code = binary.AppendUvarint(m.code, uint64(len(s.body)))
		m.code = append(m.code, s.body...)
	}
	return m, nil
}

// split returns the sections, without those that mean nothing.
func split(module []byte) (sections []section, err error) {
	if len(module) < len(wasmMagic) || string(module[:len(wasmMagic)]) != wasmMagic {
		return nil, errModule
	}
	for rest := module[len(wasmMagic):]; len(rest) > 0; {
		kind := rest[0]
		n, size := binary.Uvarint(rest[1:])
		if size <= 0 || n > uint64(len(rest)-1-size) {
			return nil, errModule
		}
		body := rest[1+size:][:n]
		rest = rest[1+size+int(n):]
		if kind != sectionCustom {
			sections = append(sections, section{kind, body})
		}
	}
	return sections, nil
}

// present makes sure that there is a section.
func present(sections []section, kind byte) []section {
	at := 0
	for i, s := range sections {
		if s.kind == kind {
			return sections
		}
		if sectionOrder[s.kind] < sectionOrder[kind] {
			at = i + 1
		}
	}
	return slices.Insert(sections, at, section{kind, []byte{0}})
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
	r := reader{body}
	for range r.uint() {
		if r.byte() != formFunction {
			panic(errModule)
		}
		n := int(r.uint())
		r.skip(n)
		c.params = append(c.params, n)
		r.skip(int(r.uint()))
	}
}

// imports checks that only functions are imported that are provided.
func (c *counter) imports(body []byte) error {
	r := reader{body}
	c.imported = r.uint()
	for range c.imported {
		module, name := string(r.take(int(r.uint()))), string(r.take(int(r.uint())))
		if kind := r.byte(); kind != kindFunction || !provided(module, name) {
			return fmt.Errorf("the module imports %.64q of %.64q, which a parser is not given", name, module)
		}
		r.uint()
	}
	return nil
}

// addGlobal adds the global that counts.
func (c *counter) addGlobal(body []byte) []byte {
	r := reader{body}
	n := r.uint()
	globals := r.rest
	for i := range n {
		r.byte()
		if r.byte() == 1 {
			c.variable = append(c.variable, int(i))
		}
		for r.instruction() != opEnd {
		}
	}
	c.fuel = n
	out := append(binary.AppendUvarint(nil, n+1), globals...)
	return append(out, typeI64, 1, opI64Const, 0, opEnd)
}

// addExports adds exports of the global that counts, and of the variable ones.
func (c *counter) addExports(body []byte) (out []byte, names []string, err error) {
	r := reader{body}
	n := r.uint()
	exports := r.rest
	for range n {
		name := r.take(int(r.uint()))
		if len(name) > len("proxylib.") && string(name[:len("proxylib.")]) == "proxylib." {
			return nil, nil, fmt.Errorf("the module exports %.64q: such names are taken", name)
		}
		r.byte()
		r.uint()
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
	r := reader{body}
	for range r.uint() {
		if r.uint() != 0 || r.byte() != opI32Const {
			return nil, errors.New("the module has data that is not where memory begins with it: a parser must not have such")
		}
		at := r.int32()
		if r.byte() != opEnd {
			return nil, errModule
		}
		list = append(list, segment{uint32(at), r.take(int(r.uint()))})
	}
	return list, nil
}

// vector returns numbers.
func vector(body []byte) (list []uint64) {
	r := reader{body}
	for range r.uint() {
		list = append(list, r.uint())
	}
	return list
}

// count has each function count.
func (c *counter) count(body []byte) ([]byte, error) {
	r := reader{body}
	n := r.uint()
	if n != uint64(len(c.functions)) {
		return nil, errModule
	}
	out := make([]byte, 0, 2*len(body))
	out = binary.AppendUvarint(out, n)
	var function []byte
	for i := range n {
		kind := c.functions[i]
		if kind >= uint64(len(c.params)) {
			return nil, errModule
		}
		var err error
		if function, err = c.function(function[:0], r.take(int(r.uint())), c.params[kind]); err != nil {
			return nil, err
		}
		out = binary.AppendUvarint(out, uint64(len(function)))
		out = append(out, function...)
	}
	return out, nil
}

// Instructions that matter here.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opEnd          = 0x0b
	opBranch       = 0x0c
	opBranchIf     = 0x0d
	opBranchTable  = 0x0e
	opCall         = 0x10
	opCallIndirect = 0x11
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opLoadFirst    = 0x28
	opStoreLast    = 0x3e
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI64LessS     = 0x53
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opNumericLast  = 0xc4
	opRefNull      = 0xd0
	opRefIsNull    = 0xd1
	opRefFunc      = 0xd2
	opMore         = 0xfc
	blockEmpty     = 0x40
)

// Instructions after opMore.
const (
	moreTruncateLast = 7
	moreMemoryCopy   = 10
	moreMemoryFill   = 11
	moreTableSize    = 16
)

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
	r := reader{body}
	locals := uint64(params)
	groups := r.uint()
	declared := r.rest
	for range groups {
		locals += r.uint()
		r.byte()
	}
	declared = declared[:len(declared)-len(r.rest)]
	if locals > maxLocals {
		return nil, errors.New("a function has too many variables")
	}
	out = binary.AppendUvarint(out, groups+2)
	out = append(out, declared...)
	out = append(out, 1, typeI64, 1, typeI32)
	left, count := locals, locals+1
	code := r.rest
	if err := checkInstructions(code); err != nil {
		return nil, err
	}
	frame := costOfStack * (frameBytes + localBytes*int64(locals) + int64(len(code)>>frameOfCode))
	cost := int64(costOfTurn + len(code)>>costOfCode)
	if len(code) == 0 || code[0] != opLoop {
		out = c.appendTurn(out, left, cost)
	}
	for r.rest = code; len(r.rest) > 0; {
		before := r.rest
		op := r.instruction()
		text := before[:len(before)-len(r.rest)]
		switch {
		case op == opMore && (text[1] == moreMemoryCopy || text[1] == moreMemoryFill):
			out = c.appendBytes(out, left, count)
			out = append(out, text...)
		case op == opLoop:
			out = append(out, text...)
			out = c.appendTurn(out, left, cost)
		case op == opCallIndirect, op == opCall && c.isOwn(text):
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
	r := reader{call[1:]}
	return r.uint() >= c.imported
}

// appendAdd adds to what is left.
func (c *counter) appendAdd(b []byte, n int64) []byte {
	b = binary.AppendUvarint(append(b, opGlobalGet), c.fuel)
	b = append(appendSigned(append(b, opI64Const), n), opI64Add)
	return binary.AppendUvarint(append(b, opGlobalSet), c.fuel)
}

// maxLocals limits the variables of a function.
const maxLocals = 50_000

// checkInstructions refuses instructions that are not known.
func checkInstructions(code []byte) error {
	r := reader{code}
	for len(r.rest) > 0 {
		at := r.rest
		if r.instruction() == opUnknown {
			return fmt.Errorf("the module has an instruction %#02x, which a parser must not have: compile it without SIMD, "+
				"threads, exceptions, tail calls, and changes of tables", at[:min(2, len(at))])
		}
	}
	return nil
}

// appendTurn counts a turn.
func (c *counter) appendTurn(b []byte, left uint64, cost int64) []byte {
	b = binary.AppendUvarint(append(b, opGlobalGet), c.fuel)
	b = append(appendSigned(append(b, opI64Const), cost), opI64Sub)
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
	b = binary.AppendUvarint(append(b, opLocalTee), count)
	b = binary.AppendUvarint(append(b, opGlobalGet), c.fuel)
	b = binary.AppendUvarint(append(b, opLocalGet), count)
	b = append(b, opI64ExtendU, opI64Const, costOfBytes, opI64ShrU, opI64Sub)
	return c.appendCheck(b, left)
}

// appendCheck notes what is left, and ends the module if that is less than nothing.
func (c *counter) appendCheck(b []byte, left uint64) []byte {
	b = binary.AppendUvarint(append(b, opLocalTee), left)
	b = binary.AppendUvarint(append(b, opGlobalSet), c.fuel)
	b = binary.AppendUvarint(append(b, opLocalGet), left)
	return append(b, opI64Const, 0, opI64LessS, opIf, blockEmpty, opUnreachable, opEnd)
}
