package gowasm

import (
	"encoding/binary"
	"errors"
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

// Optimize returns a module that does the same. A version of Go that is known must have made it. The module must have the names of functions; what is returned has no custom
// sections.
func Optimize(module []byte) (out []byte, err error) {
	sections, err := wasmcode.Split(module)
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
	deferReturn, found := uint64(0), false
	kept := sections[:0]
	for _, s := range sections {
		if s.Kind != wasmcode.SectionCustom {
			kept = append(kept, s)
		} else if names, is := namesOf(s.Body); is {
			deferReturn, found = numberOf(names)
		}
	}
	if !found {
		return nil, errNames
	}
	for i := range kept {
		if s := &kept[i]; s.Kind == wasmcode.SectionCode {
			s.Body = code(s.Body, deferReturn)
		}
	}
	return wasmcode.Join(kept), nil
}

// namesOf returns what a custom section says of names.
func namesOf(section []byte) (names []byte, is bool) {
	r := wasmcode.Reader{Rest: section}
	is = string(r.Take(int(r.Uint()))) == "name"
	return r.Rest, is
}

// functionNames is the part of the names that has those of functions.
const functionNames = 1

// numberOf returns the number of the function that calls deferred ones.
func numberOf(names []byte) (number uint64, found bool) {
	for r := (wasmcode.Reader{Rest: names}); len(r.Rest) > 0; {
		kind := r.Byte()
		part := wasmcode.Reader{Rest: r.Take(int(r.Uint()))}
		if kind != functionNames {
			continue
		}
		for range part.Uint() {
			number = part.Uint()
			if string(part.Take(int(part.Uint()))) == deferReturn {
				return number, true
			}
		}
	}
	return 0, false
}

// code changes the functions of a module.
func code(section []byte, deferReturn uint64) []byte {
	r := wasmcode.Reader{Rest: section}
	n := r.Uint()
	out := make([]byte, 0, len(section))
	out = binary.AppendUvarint(out, n)
	for i := range n {
		body := r.Take(int(r.Uint()))
		if f := read(body); f != nil {
			f.resumes(int64(i+firstFunction), deferReturn)
			f.shareChecks()
			f.shortenCopies()
			body = f.append()
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}
