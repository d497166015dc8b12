package gowasm

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// deferReturn is the function that calls deferred functions. After a panic that has been recovered, a goroutine goes on at its
// call.
const deferReturn = "runtime.deferreturn"

// firstFunction is what Go adds to the number of a function, without those that are imported, to have the upper part of an
// address of code. Source: cmd/link/internal/wasm/asm.go.
const firstFunction = 0x1000

// placeBits is the length of the lower part, the number of a place in the function.
const placeBits = 16

var errNames = errors.New("the module has no names of functions, or is not one of Go: build it without -ldflags=-s")

// known is the version of Go whose modules are known.
const known = "go1.26"

// Knows reports whether modules can be changed that a version of Go has made, such as "go1.26.8".
func Knows(version string) bool {
	rest, is := strings.CutPrefix(version, known)
	return is && (rest == "" || rest[0] < '0' || rest[0] > '9')
}

// Optimize returns a module that does the same. A version of Go that is known must have made it. The module must have the names of functions;
// of custom sections, what is returned has none but that of the hints.
func Optimize(text []byte) (out []byte, err error) {
	sections, err := wasmcode.Split(text)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			if r != any(wasmcode.ErrModule) {
				panic(r)
			}
			err = wasmcode.ErrModule
		}
	}()
	m := module{}
	kept := sections[:0]
	for _, s := range sections {
		switch {
		case s.Kind == wasmcode.SectionCustom:
			m.readNames(s.Body)
			continue
		case s.Kind == wasmcode.SectionImport:
			// All imports of Go's are functions.
			m.imports = (&wasmcode.Reader{Rest: s.Body}).Uint()
		}
		kept = append(kept, s)
	}
	if !m.named {
		return nil, errNames
	}
	for i := range kept {
		if s := &kept[i]; s.Kind == wasmcode.SectionCode {
			s.Body = m.code(s.Body)
			if m.hints.functions > 0 {
				kept = slices.Insert(kept, i, m.hints.section())
			}
			break
		}
	}
	return wasmcode.Join(kept), nil
}

// module is what is known of a module: how many functions it imports, and, if it has names, the number of the function that calls
// deferred ones, and those of the ones that are seldom called. hints are those of its functions.
type module struct {
	imports, deferReturn uint64
	named                bool
	seldom               map[uint64]bool
	hints                hints
}

// functionNames is the part of the names that has those of functions.
const functionNames = 1

// readNames reads a custom section, if it has the names.
func (m *module) readNames(section []byte) {
	r := wasmcode.Reader{Rest: section}
	if string(r.Take(int(r.Uint()))) != "name" {
		return
	}
	m.seldom = map[uint64]bool{}
	for len(r.Rest) > 0 {
		kind := r.Byte()
		part := wasmcode.Reader{Rest: r.Take(int(r.Uint()))}
		if kind != functionNames {
			continue
		}
		for range part.Uint() {
			number := part.Uint()
			name := string(part.Take(int(part.Uint())))
			if name == deferReturn {
				m.deferReturn, m.named = number, true
			}
			if isSeldomCalled(name) {
				m.seldom[number] = true
			}
		}
	}
}

// code changes the functions of a module.
func (m *module) code(section []byte) []byte {
	r := wasmcode.Reader{Rest: section}
	n := r.Uint()
	out := make([]byte, 0, len(section))
	out = binary.AppendUvarint(out, n)
	for i := range n {
		body := r.Take(int(r.Uint()))
		if f := read(body); f != nil {
			f.resumes(int64(i+firstFunction), m.deferReturn)
			f.findSeldom(m.seldom)
			f.shareChecks()
			f.shortenCopies()
			body = f.append()
			m.hints.add(m.imports+i, f.hints)
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}
