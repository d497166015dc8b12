package swar

import (
	"encoding/binary"
	"math/bits"
)

const (
	// Size is the number of bytes in a word.
	Size = 8
	// Ones has the lowest bit of each byte set.
	Ones uint64 = 0x0101010101010101
	// High has the highest bit of each byte set.
	High uint64 = 0x8080808080808080
)

// Word returns the first eight bytes of a text, which must not be shorter. The lowest byte is the first.
func Word(text []byte) uint64 { return binary.LittleEndian.Uint64(text) }

// Equal marks bytes that are c. Below the first that is marked it is exact, and it marks none where there is none.
func Equal(word uint64, c byte) uint64 {
	x := word ^ uint64(c)*Ones
	return (x - Ones) &^ x & High
}

// Printable reports whether all bytes are printable ASCII.
func Printable(word uint64) bool {
	// The highest bit of a byte that is not ASCII, that is 0x7f, or that is below a space.
	return (word|(word+Ones)|(word-' '*Ones))&High == 0
}

// PlainJSON reports whether all bytes are ASCII that a JSON string holds as it is: without an escape.
func PlainJSON(word uint64) bool {
	quote, backslash := word^'"'*Ones, word^'\\'*Ones
	// The highest bit of a byte that is not ASCII, a quotation mark, a backslash, or below a space.
	return (word|(quote-Ones)|(backslash-Ones)|(word-' '*Ones))&High == 0
}

// First returns the place of the first byte that is marked; [Size] if there is none.
func First(marks uint64) int { return bits.TrailingZeros64(marks) / 8 }
