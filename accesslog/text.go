package accesslog

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/proxylib/proxylib/internal/swar"
)

type text interface{ string | []byte }

// cutMarker ends a text that was cut.
const cutMarker = "..."

// appendText appends s. Bytes that are not UTF-8 and those of control characters are written as \xNN, so that a reader's
// terminal and decoder stay safe. More than limit bytes are cut between two characters; limit must be larger than
// cutMarker.
func appendText[T text](b []byte, s T, limit int) []byte {
	if len(s) <= limit && isPlain([]byte(s)) {
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

// isPlain reports whether s is printable ASCII only. It looks at eight bytes at once, of which some may have been
// looked at before. A string that is converted for it is not copied.
func isPlain(s []byte) bool {
	switch {
	case len(s) >= 8:
		for ; len(s) > 8; s = s[min(8, len(s)-8):] {
			if !swar.Printable(swar.Word(s)) {
				return false
			}
		}
		return swar.Printable(swar.Word(s))
	case len(s) >= 4:
		first, last := binary.LittleEndian.Uint32(s), binary.LittleEndian.Uint32(s[len(s)-4:])
		return swar.Printable(uint64(first) | uint64(last)<<32)
	}
	for _, c := range s {
		if c-' ' >= 0x7f-' ' {
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
