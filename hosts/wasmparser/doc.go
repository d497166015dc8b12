// Package wasmparser is the host in a parser that is a file: exports that the library calls, and the one connection that an
// instance of the module serves. It is linked into a module by GOOS=wasip1 GOARCH=wasm -buildmode=c-shared, beside the one
// package that registers a parser; "proxylib build --wasm-parser" does so.
//
// The module runs in the library, see package wasmfile in hosts/internal, and the interface is that of
// docs/wasm-parsers.md.
package wasmparser
