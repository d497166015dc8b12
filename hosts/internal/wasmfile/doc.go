// Package wasmfile loads parsers from files: WebAssembly modules, which run in the library with wazero, compiled ahead of use,
// and are replaced by others while it runs. docs/wasm-parsers.md is the interface that they have.
//
// Each connection has an instance of its own, so that a parser which traps, does too much, or wants too much memory loses its
// connection only. An instance begins as a copy of one that has been initialized and configured: its memory is that of a file
// in memory, of which only those pages are copied that the connection writes to.
package wasmfile
