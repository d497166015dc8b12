package sqllex

import (
	"bytes"
	"unicode/utf8"
)

// unicodeName reads U&"...", and UESCAPE after it, which says what begins an escape.
func (l *Lexer) unicodeName(t *Token) {
	raw, high, ok := l.inQuotes()
	if !ok {
		l.Fail(t.From, ReasonOpen)
		return
	}
	escape := l.uescape()
	name, good := l.unescape(raw, escape)
	switch {
	case !good || len(name) == 0:
		l.Fail(t.From, ReasonName)
	case high && !l.mode.QuotedLetters:
		l.Fail(t.From, ReasonLetter)
	}
	t.Name = name
	t.end(Quoted, l.pos)
	for _, b := range name {
		high = high || b >= utf8.RuneSelf
	}
	l.short(t, high)
}

// uescape passes UESCAPE 'c' where it follows, and returns the character, a backslash where it does not.
func (l *Lexer) uescape() byte {
	before := l.pos
	if !l.skip() || !l.isUescape() {
		l.pos = before
		return '\\'
	}
	l.pos += len(uescape)
	from := l.pos
	if !l.skip() || !l.has(l.pos, '\'') || !l.has(l.pos+2, '\'') || !l.mayEscape(l.text[l.pos+1]) {
		l.Fail(from, ReasonUescape)
		return '\\'
	}
	escape := l.text[l.pos+1]
	l.pos += 3
	if l.has(l.pos, '\'') || l.more() {
		l.Fail(from, ReasonUescape)
	}
	return escape
}

const uescape = "uescape"

// isUescape reports whether the word UESCAPE is next.
func (l *Lexer) isUescape() bool {
	end := l.pos + len(uescape)
	return end <= len(l.text) && bytes.EqualFold(l.text[l.pos:end], []byte(uescape)) && !l.of(end, inside)
}

// mayEscape reports whether a character may begin an escape.
func (l *Lexer) mayEscape(b byte) bool {
	return b < utf8.RuneSelf && digitOf(b) >= 16 && bytes.IndexByte([]byte("+'\""), b) < 0 && l.dialect.classes[b]&space == 0
}

// unescape returns the name that the escapes in raw make.
func (l *Lexer) unescape(raw []byte, escape byte) (name []byte, ok bool) {
	if bytes.IndexByte(raw, escape) < 0 {
		return raw, true
	}
	for i := 0; i < len(raw); {
		if raw[i] != escape {
			name = append(name, raw[i])
			i++
			continue
		}
		if i+1 < len(raw) && raw[i+1] == escape {
			name = append(name, escape)
			i += 2
			continue
		}
		digits := 4
		i++
		if i < len(raw) && raw[i] == '+' {
			digits = 6
			i++
		}
		if i+digits > len(raw) {
			return nil, false
		}
		value := rune(0)
		for _, b := range raw[i : i+digits] {
			if digitOf(b) >= 16 {
				return nil, false
			}
			value = value<<4 | rune(digitOf(b))
		}
		i += digits
		// Halves of pairs are left out.
		if value == 0 || !utf8.ValidRune(value) || value >= utf8.RuneSelf && !l.mode.Letters {
			return nil, false
		}
		name = utf8.AppendRune(name, value)
	}
	return name, true
}
