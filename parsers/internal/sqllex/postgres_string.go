package sqllex

import "bytes"

// Why a text is not cut as PostgreSQL would.
const (
	ReasonBackslash = Reason("backslash in a string: its meaning is unknown while standard_conforming_strings is not on")
	ReasonUescape   = Reason("UESCAPE without a character")
)

// postgresPrefixed reads E'...', B'...', X'...', N'...', U&'...' and U&"...".
func postgresPrefixed(l *Lexer, t *Token) bool {
	if l.pos+1 == len(l.text) {
		return false
	}
	next := l.text[l.pos+1]
	switch b := l.text[l.pos] | 0x20; {
	case next == '\'' && b == 'e':
		l.pos++
		l.escaped()
	case next == '\'' && (b == 'b' || b == 'x'):
		l.pos++
		l.bits()
	case next == '\'' && b == 'n':
		l.pos++
		l.plain()
	case next == '&' && b == 'u' && l.has(l.pos+2, '\''):
		l.pos += 2
		l.unicode()
		l.uescape()
	case next == '&' && b == 'u' && l.has(l.pos+2, '"'):
		l.pos += 2
		l.unicodeName(t)
		return true
	default:
		return false
	}
	t.end(String, l.pos)
	return true
}

// postgresQuote reads '...', "...", a parameter or a string in dollar quotes.
func postgresQuote(l *Lexer, t *Token) {
	switch l.text[l.pos] {
	case '\'':
		l.plain()
		t.end(String, l.pos)
	case '"':
		l.quoted(t)
	default:
		l.dollar(t)
	}
}

// more reports whether a string that has ended goes on after a line break, and where its next part begins.
func (l *Lexer) more() bool {
	at, newline := l.pos, false
	for at < len(l.text) {
		switch b := l.text[at]; {
		case b == '\n' || b == '\r':
			newline = true
			at++
		case l.dialect.classes[b]&space != 0:
			at++
		case b == '-' && l.has(at+1, '-'):
			n := bytes.IndexAny(l.text[at:], "\n\r")
			if n < 0 {
				return false
			}
			at += n
		case b == '\'' && newline:
			l.pos = at
			return true
		default:
			return false
		}
	}
	return false
}

// plain passes '...', in which a backslash has no meaning if the setting says so.
func (l *Lexer) plain() {
	from := l.pos
	l.quotes(true)
	if !l.mode.PlainStrings && bytes.IndexByte(l.text[from:l.pos], '\\') >= 0 {
		l.Fail(from, ReasonBackslash)
	}
}

// bits passes the string of B'...' or X'...', in which two quotes are not one.
func (l *Lexer) bits() { l.quotes(false) }

// unicode passes the string of U&'...'; where its escapes are has no influence on where it ends.
func (l *Lexer) unicode() {
	if !l.mode.PlainStrings {
		l.Fail(l.pos, ReasonBackslash)
		return
	}
	l.quotes(true)
}

// quotes passes a string and what continues it. With double, two quotes are one in it.
func (l *Lexer) quotes(double bool) {
	for {
		l.pos++
		n := bytes.IndexByte(l.text[l.pos:], '\'')
		if n < 0 {
			l.Fail(l.pos-1, ReasonOpen)
			return
		}
		l.pos += n + 1
		if double && l.has(l.pos, '\'') {
			continue
		}
		if !l.more() {
			return
		}
	}
}

// escaped passes the string of E'...', in which a backslash is an escape.
func (l *Lexer) escaped() {
	from := l.pos
	for i := l.pos + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case '\'':
			l.pos = i + 1
			if l.has(l.pos, '\'') {
				i++
				continue
			}
			if !l.more() {
				return
			}
			i = l.pos
		}
	}
	l.Fail(from, ReasonOpen)
}

// dollar reads a parameter or a string in dollar quotes.
func (l *Lexer) dollar(t *Token) {
	end := l.pos + 1
	if l.of(end, digit) {
		for l.of(end, digit) {
			end++
		}
		if l.of(end, start) {
			l.Fail(t.From, ReasonNumber)
		}
		l.pos = end
		t.end(Parameter, l.pos)
		return
	}
	for l.of(end, inside) && l.text[end] != '$' {
		end++
	}
	if !l.has(end, '$') {
		l.Fail(t.From, ReasonByte)
		return
	}
	tag := l.text[l.pos : end+1]
	n := bytes.Index(l.text[end+1:], tag)
	if n < 0 {
		l.Fail(t.From, ReasonOpen)
		return
	}
	l.pos = end + 1 + n + len(tag)
	t.end(String, l.pos)
}
