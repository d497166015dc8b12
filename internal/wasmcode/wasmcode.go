// Package wasmcode reads and writes WebAssembly modules, as far as modules of parsers have to be changed. Source:
// https://webassembly.github.io/spec/core/binary/.
package wasmcode

import (
	"encoding/binary"
	"errors"
)

// Magic is what a module begins with.
const Magic = "\x00asm\x01\x00\x00\x00"

// ErrModule says that something is not a module.
var ErrModule = errors.New("this is not a WebAssembly module")

// Sections of a module.
const (
	SectionCustom   = 0
	SectionType     = 1
	SectionImport   = 2
	SectionFunction = 3
	SectionMemory   = 5
	SectionGlobal   = 6
	SectionExport   = 7
	SectionStart    = 8
	SectionElement  = 9
	SectionCode     = 10
	SectionData     = 11

	SectionDataCount = 12
)

// Types of values.
const (
	TypeI32 = 0x7f
	TypeI64 = 0x7e
)

// Section is a part of a module.
type Section struct {
	Kind byte
	Body []byte
}

// Split returns the sections, which refer to the module.
func Split(module []byte) (sections []Section, err error) {
	if len(module) < len(Magic) || string(module[:len(Magic)]) != Magic {
		return nil, ErrModule
	}
	for rest := module[len(Magic):]; len(rest) > 0; {
		kind := rest[0]
		n, size := binary.Uvarint(rest[1:])
		if size <= 0 || n > uint64(len(rest)-1-size) {
			return nil, ErrModule
		}
		sections = append(sections, Section{kind, rest[1+size:][:n]})
		rest = rest[1+size+int(n):]
	}
	return sections, nil
}

// Join returns the module of sections.
func Join(sections []Section) []byte {
	module := []byte(Magic)
	for _, s := range sections {
		module = append(module, s.Kind)
		module = binary.AppendUvarint(module, uint64(len(s.Body)))
		module = append(module, s.Body...)
	}
	return module
}

// Instructions that matter here.
const (
	OpUnreachable  = 0x00
	OpNop          = 0x01
	OpBlock        = 0x02
	OpLoop         = 0x03
	OpIf           = 0x04
	OpElse         = 0x05
	OpEnd          = 0x0b
	OpBranch       = 0x0c
	OpBranchIf     = 0x0d
	OpBranchTable  = 0x0e
	OpReturn       = 0x0f
	OpCall         = 0x10
	OpCallIndirect = 0x11
	OpDrop         = 0x1a
	OpSelect       = 0x1b
	OpSelectTyped  = 0x1c
	OpLocalGet     = 0x20
	OpLocalSet     = 0x21
	OpLocalTee     = 0x22
	OpGlobalGet    = 0x23
	OpGlobalSet    = 0x24
	OpTableGet     = 0x25
	OpTableSet     = 0x26
	OpLoadFirst    = 0x28
	OpI32Load8U    = 0x2d
	OpLoadLast     = 0x35
	OpStoreFirst   = 0x36
	OpStoreLast    = 0x3e
	OpMemorySize   = 0x3f
	OpMemoryGrow   = 0x40
	OpI32Const     = 0x41
	OpI64Const     = 0x42
	OpF32Const     = 0x43
	OpF64Const     = 0x44
	OpNumericFirst = 0x45
	OpI32Eqz       = 0x45
	OpI64LessS     = 0x53
	OpI64Add       = 0x7c
	OpI64Sub       = 0x7d
	OpI64ShrU      = 0x88
	OpI32WrapI64   = 0xa7
	OpI64ExtendU   = 0xad
	OpNumericLast  = 0xc4
	OpRefNull      = 0xd0
	OpRefIsNull    = 0xd1
	OpRefFunc      = 0xd2
	OpMore         = 0xfc
)

// BlockEmpty is the type of a block without parameters and results.
const BlockEmpty = 0x40

// Instructions after OpMore.
const (
	MoreTruncateLast = 7
	MoreMemoryCopy   = 10
	MoreMemoryFill   = 11
	MoreTableSize    = 16
)
