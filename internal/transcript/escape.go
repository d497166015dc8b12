package transcript

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Escape writes bytes as printable ASCII: \r, \n, \t and \\ stand for themselves, \x and two hexadecimal digits for any
// other byte. A space at the end, which editors remove, is \x20.
func Escape(data string) string {
	var b strings.Builder
	for i := range len(data) {
		switch c := data[i]; {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\\':
			b.WriteString(`\\`)
		case c < ' ' || c > '~', c == ' ' && i == len(data)-1:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// errEscape says which escapes there are.
var errEscape = errors.New(`an escape that is not known: use \r, \n, \t, \\ or \x and two hexadecimal digits`)

// Unescape returns the bytes that [Escape] or a person has written. What is not ASCII stands for its bytes in UTF-8.
func Unescape(text string) (string, error) {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(text, `\`)
		b.WriteString(plain)
		if !found {
			return b.String(), nil
		}
		c, n, ok := escape(rest)
		if !ok {
			return "", errEscape
		}
		b.WriteByte(c)
		text = rest[n:]
	}
}

// escape returns the byte that the text after a backslash stands for, and the length of what stands for it.
func escape(text string) (c byte, n int, ok bool) {
	if text == "" {
		return 0, 0, false
	}
	switch text[0] {
	case 'r':
		return '\r', 1, true
	case 'n':
		return '\n', 1, true
	case 't':
		return '\t', 1, true
	case '\\':
		return '\\', 1, true
	case 'x':
		if len(text) < 3 {
			return 0, 0, false
		}
		value, err := strconv.ParseUint(text[1:3], 16, 8)
		return byte(value), 3, err == nil
	}
	return 0, 0, false
}
