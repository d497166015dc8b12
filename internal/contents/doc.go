// Package contents keeps a description of a library's parsers inside the file of the library, where it can be read without
// loading that.
//
// The description is made by a program with the same parsers, and put there by the linker: go build -ldflags "-X
// VARIABLE=VALUE", with what [LinkerFlag] returns.
package contents
