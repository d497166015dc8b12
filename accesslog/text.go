package accesslog

import (
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
	if len(s) <= limit && isPlain(s) {
		return append(b, s...)
	}
	start, cut := len(b), len(b)
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

// isPlain tells whether s is printable ASCII all through. It looks at eight bytes at once.
func isPlain[T text](s T) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// The high bit of a byte that is not ASCII, that is 0x7f, or that is below a space.
		if (x|(x+ones)|(x-' '*ones))&high != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i]-' ' >= 0x7f-' ' {
			return false
		}
	}
	return true
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
