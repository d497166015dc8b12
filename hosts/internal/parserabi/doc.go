// Package parserabi is the interface between the library and a parser in a file, a WebAssembly module: names, layouts and
// encodings. Both sides import it, so it builds for GOOS=wasip1 as well. docs/wasm-parsers.md is its specification.
//
// All numbers are little-endian.
package parserabi
