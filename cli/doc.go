// Package cli is the command line that goes with the library, without parsers: those that a program imports beside it are
// the ones that its command line knows.
package cli
