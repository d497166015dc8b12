// Package builder makes a library, and a command line, with the parsers that somebody wants: it writes a main module for
// each in a temporary folder, and has the go command build them.
package builder
