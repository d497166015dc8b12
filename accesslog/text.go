package accesslog

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

type text interface{ string | []byte }

// cutMarker ends a text that was cut.
const cutMarker = "..."

// appendText appends s. Bytes that are no UTF-8 and those of control characters are written as \xNN, so that a reader's
// terminal and decoder stay safe. More than limit bytes are cut between two characters; limit must leave room for
// cutMarker.
func appendText[T text](b []byte, s T, limit int) []byte {
	start, cut := len(b), len(b)
	if len(s) <= limit {
		if b = append(b, s...); isPlain(b[start:]) {
			return b
		}
		b = b[:start]
	}
	for i := 0; i < len(s); {
		if len(b)-start <= limit-len(cutMarker) {
			cut = len(b)
		}
		size := 1
		if s[i] >= ' ' && s[i] < 0x7f {
			b = append(b, s[i])
		} else {
			b, size = appendRune(b, s[i:min(i+utf8.UTFMax, len(s))])
		}
		if len(b)-start > limit {
			return append(b[:cut], cutMarker...)
		}
		i += size
	}
	return b
}

// isPlain tells whether s is printable ASCII all through. It looks at eight bytes at once, the last of which may have
// been looked at before.
func isPlain(s []byte) bool {
	if len(s) >= 8 {
		for ; len(s) > 16; s = s[8:] {
			if !plainWord(binary.LittleEndian.Uint64(s)) {
				return false
			}
		}
		return plainWord(binary.LittleEndian.Uint64(s)) && plainWord(binary.LittleEndian.Uint64(s[len(s)-8:]))
	}
	if cap(s) < 8 {
		return !slices.ContainsFunc(s, func(c byte) bool { return c-' ' >= 0x7f-' ' })
	}
	// What stands in the memory behind s is shifted out, and spaces take its place.
	rest := 8 * (8 - len(s))
	return plainWord(binary.LittleEndian.Uint64(s[:8])<<rest | ' '*ones>>(64-rest))
}

// ones and high have the lowest, and the highest, bit of each byte set.
const ones, high uint64 = 0x0101010101010101, 0x8080808080808080

// plainWord tells whether eight bytes are printable ASCII.
func plainWord(x uint64) bool {
	// The high bit of a byte that is not ASCII, that is 0x7f, or that is below a space.
	return (x|(x+ones)|(x-' '*ones))&high == 0
}

// appendRune appends the first character of s, escaped if need be, and returns how many bytes of s it takes.
func appendRune[T text](b []byte, s T) ([]byte, int) {
	r, size := utf8.DecodeRuneInString(string(s))
	if !unicode.IsControl(r) && (r != utf8.RuneError || size > 1) {
		return append(b, s[:size]...), size
	}
	const hex = "0123456789abcdef"
	for i := range size {
		b = append(b, '\\', 'x', hex[s[i]>>4], hex[s[i]&0xf])
	}
	return b, size
}
