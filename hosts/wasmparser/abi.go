//go:build wasip1

package wasmparser

import "unsafe"

// What the library provides.

//go:wasmimport proxylib decide
//go:noescape
func hostDecide(subject unsafe.Pointer, length uint32) uint32

//go:wasmimport proxylib ask
func hostAsk(question uint32) uint32

//go:wasmimport proxylib log
//go:noescape
func hostLog(entry unsafe.Pointer, length uint32)

//go:wasmimport proxylib set_user
//go:noescape
func hostSetUser(name unsafe.Pointer, length uint32)

// addressOf returns the address of bytes, which may be none.
func addressOf(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// span returns address and length of bytes that stay where they are until the next call, as one number.
func span(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	kept = b
	return uint64(uintptr(addressOf(b)))<<32 | uint64(len(b))
}

// kept is what was returned last.
var kept []byte
