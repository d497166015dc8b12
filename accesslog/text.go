package accesslog

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// MaxValue is the length, in bytes, above which a value is cut. What was cut is marked by "..." at the end.
const MaxValue = 1024

const hexDigits = "0123456789abcdef"

// appendSafe appends s with its length before it. Control characters, backslashes and bytes that are no UTF-8 are
// escaped as \xNN, for peers choose them and readers see them in terminals and files.
func appendSafe[T string | []byte](b []byte, s T) []byte {
	if len(s) <= MaxValue && plain(s) {
		return append(protowire.AppendVarint(b, uint64(len(s))), s...)
	}
	cut := len(s) > MaxValue
	if cut {
		s = s[:MaxValue]
	}
	n := escapedLen(s)
	if cut {
		n += len("...")
	}
	b = protowire.AppendVarint(b, uint64(n))
	for i := 0; i < len(s); {
		size := safeLen(s[i:])
		if size == 0 {
			b = append(b, '\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15])
			i++
			continue
		}
		b = append(b, s[i:i+size]...)
		i += size
	}
	if cut {
		b = append(b, "..."...)
	}
	return b
}

// plain tells whether s is printable ASCII without backslashes, which is the usual case.
func plain[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

// safeLen returns the length of the character at the front of s, or 0 if its first byte has to be escaped.
func safeLen[T string | []byte](s T) int {
	if c := s[0]; c < utf8.RuneSelf {
		if c < ' ' || c == 0x7f || c == '\\' {
			return 0
		}
		return 1
	}
	var buf [utf8.UTFMax]byte
	r, size := utf8.DecodeRune(buf[:copy(buf[:], s)])
	if r == utf8.RuneError && size <= 1 || r >= 0x80 && r < 0xa0 {
		return 0
	}
	return size
}

func escapedLen[T string | []byte](s T) int {
	n := 0
	for i := 0; i < len(s); {
		size := safeLen(s[i:])
		if size == 0 {
			n += len(`\xNN`)
			i++
			continue
		}
		n += size
		i += size
	}
	return n
}
