package sqllex

import (
	"bytes"
	"unicode/utf8"
)

// PostgreSQL returns the dialect of PostgreSQL 10 and newer. What releases cut in different ways is refused. keyword returns
// the keyword that a name in small letters is, of which the longest has maxKeyword bytes.
// Source: PostgreSQL, src/backend/parser/scan.l and parser.c (UESCAPE).
func PostgreSQL(keyword func(name []byte) Keyword, maxKeyword int) *Dialect {
	// A name has at most NAMEDATALEN - 1 bytes.
	d := &Dialect{
		maxName: 63, keyword: keyword, maxKeyword: maxKeyword, comment: postgresComment, prefixed: postgresPrefixed,
		number: postgresNumber, quote: postgresQuote, operator: postgresOperator, symbol: postgresSymbol,
	}
	d.set(space, " \t\n\r\f")
	d.set(digit|inside, "0123456789")
	d.set(inside, "$")
	d.set(quote, `'"$`)
	d.set(operator, "~!@#^&|`?+-*/%<>=")
	d.set(symbol, ",()[].;:")
	d.set(comment, "-/")
	for b := range d.classes {
		if b >= utf8.RuneSelf || b == '_' || 'a' <= b|0x20 && b|0x20 <= 'z' {
			d.classes[b] = start | inside
		}
	}
	return d
}

// postgresComment finds -- to the end of the line, and /* */, which may hold others.
func postgresComment(text []byte) int {
	switch {
	case len(text) < 2:
	case text[0] == '-' && text[1] == '-':
		return lineLen(text)
	case text[0] == '/' && text[1] == '*':
		return nestedLen(text)
	}
	return 0
}

// lineLen returns the length of a line, without what ends it.
func lineLen(text []byte) int {
	if n := bytes.IndexAny(text, "\n\r"); n >= 0 {
		return n
	}
	return len(text)
}

// nestedLen returns the length of a comment that may hold others, -1 if it has no end.
func nestedLen(text []byte) int {
	depth := 1
	for i := 2; i+1 < len(text); i++ {
		switch {
		case text[i] == '/' && text[i+1] == '*':
			depth++
			i++
		case text[i] == '*' && text[i+1] == '/':
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// postgresOperator reads an operator, whose end depends on its characters.
func postgresOperator(l *Lexer, t *Token) {
	end := l.pos + 1
	if l.of(end, operator) {
		end = l.operatorEnd()
	}
	if end == l.pos+1 {
		t.Symbol = l.text[l.pos]
	}
	if end-l.pos > l.dialect.maxName {
		l.Fail(t.From, ReasonName)
	}
	l.pos = end
	t.end(Operator, l.pos)
}

// operatorEnd returns where an operator ends that may have several characters.
func (l *Lexer) operatorEnd() int {
	end, special := l.pos, false
	for ; l.of(end, operator); end++ {
		b := l.text[end]
		if end > l.pos && (b == '-' && l.text[end-1] == '-' || b == '*' && l.text[end-1] == '/') {
			// A comment ends it.
			end--
			break
		}
	}
	// A comment may begin after its first byte, not with it: that was skipped.
	for _, b := range l.text[l.pos:end] {
		special = special || bytes.IndexByte([]byte("~!@#^&|`?%"), b) >= 0
	}
	for !special && end > l.pos+1 && (l.text[end-1] == '+' || l.text[end-1] == '-') {
		end--
	}
	return end
}

// postgresSymbol reads one of , ( ) [ ] . ; : and what begins with a colon.
func postgresSymbol(l *Lexer, t *Token) {
	b := l.text[l.pos]
	l.pos++
	switch {
	case b == ':' && (l.has(l.pos, ':') || l.has(l.pos, '=')):
		l.pos++
		t.end(Operator, l.pos)
		return
	case b == '.' && l.has(l.pos, '.'):
		l.Fail(t.From, ReasonByte)
	}
	t.Symbol = b
	t.end(Symbol, l.pos)
}
