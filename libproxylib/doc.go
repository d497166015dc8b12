// Libproxylib is the shared library. Build it with -buildmode=c-shared.
//
// For a library with parsers of your own, copy main.go and import them there: a process can load only one library that is
// written in Go.
package main
