package jsonline

import (
	"unicode/utf8"

	"github.com/proxylib/proxylib/internal/swar"
)

// appendJSONName appends a key with its text, or nothing if that is empty.
func appendJSONName(b []byte, key string, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	return appendJSONText(append(b, key...), text)
}

// appendJSONText appends a JSON string. What the data path writes needs no escapes but those of quotation mark and
// backslash; the others are for safety.
func appendJSONText(b, text []byte) []byte {
	return append(appendJSONPart(append(b, '"'), text), '"')
}

// appendJSONPart appends a part of a JSON string.
func appendJSONPart(b, text []byte) []byte {
	for len(text) > 0 {
		n := plainJSON(text)
		b = append(b, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			break
		}
		n = 1
		switch c := text[0]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			var r rune
			r, n = utf8.DecodeRune(text)
			b = utf8.AppendRune(b, r)
		}
		text = text[n:]
	}
	return b
}

// plainJSON is the length of what text begins with that stands in JSON as it is: ASCII that needs no escape. It looks at
// eight bytes at once.
func plainJSON(text []byte) int {
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		if !swar.PlainJSON(swar.Word(text[n:])) {
			break
		}
	}
	for n < len(text) && text[n] >= ' ' && text[n] < utf8.RuneSelf && text[n] != '"' && text[n] != '\\' {
		n++
	}
	return n
}
