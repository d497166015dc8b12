// Package xdstest serves NPDS and NPHDS in tests: the policies of a document, or whatever a function sends on a stream.
package xdstest
