package sql

import (
	"bytes"
	"unicode/utf8"
)

// maxName is the length of the longest name, in bytes (NAMEDATALEN - 1). Servers cut longer ones.
const maxName = 63

// keyword is a word that the grammar knows.
type keyword uint16

// category is what a keyword may name.
type category uint8

const (
	// unreserved keywords may name anything.
	unreserved category = iota
	// columnName keywords may name anything but functions and types.
	columnName
	// functionName keywords may name only functions and types.
	functionName
	// reserved keywords name nothing.
	reserved
)

// kind is what a token is.
type kind uint8

const (
	kindEnd kind = iota
	// kindBad is where reading has failed.
	kindBad
	// kindWord is a name without quotes, or a keyword.
	kindWord
	// kindQuoted is a name in quotes.
	kindQuoted
	// kindString is a string of any form.
	kindString
	// kindNumber is a number.
	kindNumber
	// kindParameter is $1.
	kindParameter
	// kindSymbol is one of , ( ) [ ] . ; :
	kindSymbol
	// kindOperator is an operator, among them * = :: := =>
	kindOperator
)

// token is a part of a text.
type token struct {
	kind kind
	// symbol is the byte of a symbol, and of an operator of one byte.
	symbol byte
	// word is the keyword that a word is.
	word keyword
	// from and to are where the token is in the text.
	from, to int
	// name is that of a word or a quoted name, as the server sees it.
	name []byte
}

// lexer cuts a text into tokens, as the server's does. What the server refuses to cut may be refused or cut: the server
// cuts a whole text before it executes anything of it.
// Source: PostgreSQL, src/backend/parser/scan.l and parser.c (UESCAPE).
type lexer struct {
	text []byte
	pos  int
	set  Settings
	// names is where names are that differ from their text.
	names []byte
	// normal is the text so far as [Reader.Normalized] returns it; comma: it ends with a comma after a literal.
	normal []byte
	comma  bool
	err    Error
}

// The classes of bytes.
const (
	classSpace = 1 << iota
	classStart
	classInside
	classDigit
	classOperator
	classSelf
)

var classes = func() (c [256]uint8) {
	for _, b := range " \t\n\r\f" {
		c[b] = classSpace
	}
	for b := range c {
		if b >= utf8.RuneSelf || b == '_' || 'a' <= b|0x20 && b|0x20 <= 'z' {
			c[b] = classStart | classInside
		}
	}
	for b := '0'; b <= '9'; b++ {
		c[b] = classDigit | classInside
	}
	c['$'] = classInside
	for _, b := range "~!@#^&|`?+-*/%<>=" {
		c[b] |= classOperator
	}
	for _, b := range ",()[].;:" {
		c[b] |= classSelf
	}
	return c
}()

// of reports whether the byte at an index is of a class.
func (l *lexer) of(at int, class uint8) bool {
	return at < len(l.text) && classes[l.text[at]]&class != 0
}

// has reports whether the byte at an index is b.
func (l *lexer) has(at int, b byte) bool { return at < len(l.text) && l.text[at] == b }

// bad ends the text with an error, of which the first counts.
func (l *lexer) bad(at int, why Reason) {
	if l.err.Reason == "" {
		l.err = Error{at, why}
	}
	l.pos = len(l.text)
}

// next reads the next token, with what belongs to it after it.
func (l *lexer) next(t *token) {
	*t = token{}
	l.cut(t)
	switch {
	case l.err.Reason != "":
		l.pos = len(l.text)
		*t = token{kind: kindBad, from: t.from, to: t.from}
	case t.kind != kindEnd:
		l.normalize(t)
	}
}

// cut reads the next token. What it leaves where that fails is of no use.
func (l *lexer) cut(t *token) {
	if !l.skip() {
		t.from = l.pos
		l.bad(l.pos, ReasonOpen)
		return
	}
	t.from = l.pos
	if l.pos == len(l.text) {
		t.to = l.pos
		return
	}
	switch b, class := l.text[l.pos], classes[l.text[l.pos]]; {
	case class&classStart != 0:
		l.word(t)
	case class&classDigit != 0, b == '.' && l.of(l.pos+1, classDigit):
		l.number(t)
	case class&classSelf != 0:
		l.symbol(t)
	case class&classOperator != 0:
		l.operator(t)
	case b == '\'':
		l.plain()
		l.ended(t, kindString)
	case b == '"':
		l.quoted(t)
	case b == '$':
		l.dollar(t)
	case b == 0:
		l.bad(l.pos, ReasonNUL)
	default:
		l.bad(l.pos, ReasonByte)
	}
}

// ended ends the token at the position.
func (l *lexer) ended(t *token, k kind) { t.kind, t.to = k, l.pos }

// skip passes white space and comments. It reports false if a comment has no end.
func (l *lexer) skip() bool {
	for l.pos < len(l.text) {
		switch b := l.text[l.pos]; {
		case classes[b]&classSpace != 0:
			l.pos++
		case b == '-' && l.has(l.pos+1, '-'):
			l.line()
		case b == '/' && l.has(l.pos+1, '*'):
			if !l.block() {
				return false
			}
		default:
			return true
		}
	}
	return true
}

// line passes a comment to the end of its line.
func (l *lexer) line() {
	if n := bytes.IndexAny(l.text[l.pos:], "\n\r"); n >= 0 {
		l.pos += n
		return
	}
	l.pos = len(l.text)
}

// block passes a comment that may hold others.
func (l *lexer) block() bool {
	depth := 1
	for i := l.pos + 2; i+1 < len(l.text); i++ {
		switch {
		case l.text[i] == '/' && l.text[i+1] == '*':
			depth++
			i++
		case l.text[i] == '*' && l.text[i+1] == '/':
			depth--
			i++
			if depth == 0 {
				l.pos = i + 1
				return true
			}
		}
	}
	return false
}

// word reads a name without quotes, or what begins with a letter that changes the string or name after it.
func (l *lexer) word(t *token) {
	if l.pos+1 < len(l.text) && (l.text[l.pos+1] == '\'' || l.text[l.pos+1] == '&') && l.prefixed(t) {
		return
	}
	end, upper, high := l.pos, false, false
	for ; l.of(end, classInside); end++ {
		b := l.text[end]
		upper = upper || 'A' <= b && b <= 'Z'
		high = high || b >= utf8.RuneSelf
	}
	t.kind, t.name, t.to = kindWord, l.text[l.pos:end], end
	l.pos = end
	if high && (l.set.Client != EncodingUTF8 || !l.set.ServerUTF8) {
		l.bad(t.from, ReasonLetter)
		return
	}
	if upper {
		from := len(l.names)
		l.names = append(l.names, t.name...)
		t.name = l.names[from:len(l.names):len(l.names)]
		lower(t.name)
	}
	if len(t.name) <= maxKeyword && !high {
		t.word = keywordOf(t.name)
	}
	l.short(t, high)
}

// short cuts a name as servers do, which do it between characters.
func (l *lexer) short(t *token, high bool) {
	switch {
	case len(t.name) <= maxName:
	case high:
		l.bad(t.from, ReasonName)
	default:
		t.name = t.name[:maxName:maxName]
	}
}

// prefixed reads E”, B”, X”, N”, U&” and U&"". It reports false if it is something else.
func (l *lexer) prefixed(t *token) bool {
	amp := l.text[l.pos+1] == '&'
	switch b := l.text[l.pos] | 0x20; {
	case !amp && b == 'e':
		l.pos++
		l.escaped()
	case !amp && (b == 'b' || b == 'x'):
		l.pos++
		l.bits()
	case !amp && b == 'n':
		l.pos++
		l.plain()
	case amp && b == 'u' && l.has(l.pos+2, '\''):
		l.pos += 2
		l.unicode()
		l.uescape()
	case amp && b == 'u' && l.has(l.pos+2, '"'):
		l.pos += 2
		l.unicodeName(t)
		return true
	default:
		return false
	}
	l.ended(t, kindString)
	return true
}

// more reports whether a string that has ended goes on after a line break, and where its next part begins.
func (l *lexer) more() bool {
	at, newline := l.pos, false
	for at < len(l.text) {
		switch b := l.text[at]; {
		case b == '\n' || b == '\r':
			newline = true
			at++
		case classes[b]&classSpace != 0:
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
func (l *lexer) plain() {
	from := l.pos
	l.quotes(true)
	if !l.set.StandardStrings && bytes.IndexByte(l.text[from:l.pos], '\\') >= 0 {
		l.bad(from, ReasonBackslash)
	}
}

// bits passes the string of B” or X”, in which two quotes are not one.
func (l *lexer) bits() { l.quotes(false) }

// unicode passes the string of U&”; where its escapes are has no influence on where it ends.
func (l *lexer) unicode() {
	if !l.set.StandardStrings {
		l.bad(l.pos, ReasonBackslash)
		return
	}
	l.quotes(true)
}

// quotes passes a string and what continues it. With double, two quotes are one in it.
func (l *lexer) quotes(double bool) {
	for {
		l.pos++
		n := bytes.IndexByte(l.text[l.pos:], '\'')
		if n < 0 {
			l.bad(l.pos-1, ReasonOpen)
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

// escaped passes the string of E”, in which a backslash is an escape.
func (l *lexer) escaped() {
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
	l.bad(from, ReasonOpen)
}

// dollar reads a parameter or a string in dollar quotes.
func (l *lexer) dollar(t *token) {
	end := l.pos + 1
	if l.of(end, classDigit) {
		for l.of(end, classDigit) {
			end++
		}
		if l.of(end, classStart) {
			l.bad(t.from, ReasonNumber)
		}
		l.pos = end
		l.ended(t, kindParameter)
		return
	}
	for l.of(end, classInside) && l.text[end] != '$' {
		end++
	}
	if !l.has(end, '$') {
		l.bad(t.from, ReasonByte)
		return
	}
	tag := l.text[l.pos : end+1]
	n := bytes.Index(l.text[end+1:], tag)
	if n < 0 {
		l.bad(t.from, ReasonOpen)
		return
	}
	l.pos = end + 1 + n + len(tag)
	l.ended(t, kindString)
}

// quoted reads "...".
func (l *lexer) quoted(t *token) {
	name, high, ok := l.inQuotes()
	switch {
	case !ok:
		l.bad(t.from, ReasonOpen)
	case len(name) == 0:
		l.bad(t.from, ReasonName)
	case high && l.set.Client != EncodingUTF8:
		l.bad(t.from, ReasonLetter)
	}
	t.name = name
	l.ended(t, kindQuoted)
	l.short(t, high)
}

// inQuotes passes "..." and returns what is in it, with two quotes as one, and whether something is outside ASCII.
func (l *lexer) inQuotes() (name []byte, high, ok bool) {
	from := len(l.names)
	for l.has(l.pos, '"') {
		n := bytes.IndexByte(l.text[l.pos+1:], '"')
		if n < 0 {
			return nil, false, false
		}
		part := l.text[l.pos+1 : l.pos+1+n]
		l.pos += n + 2
		for _, b := range part {
			high = high || b >= utf8.RuneSelf
		}
		if len(l.names) == from && !l.has(l.pos, '"') {
			return part, high, true
		}
		l.names = append(l.names, part...)
		if l.has(l.pos, '"') {
			l.names = append(l.names, '"')
		}
	}
	return l.names[from:len(l.names):len(l.names)], high, true
}

// operator reads an operator, whose end depends on its characters.
func (l *lexer) operator(t *token) {
	end := l.pos + 1
	if l.of(end, classOperator) {
		end = l.operatorEnd()
	}
	if end == l.pos+1 {
		t.symbol = l.text[l.pos]
	}
	if end-l.pos > maxName {
		l.bad(t.from, ReasonName)
	}
	l.pos = end
	l.ended(t, kindOperator)
}

// operatorEnd returns where an operator ends that may have several characters.
func (l *lexer) operatorEnd() int {
	end, special := l.pos, false
	for ; l.of(end, classOperator); end++ {
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

// symbol reads one of , ( ) [ ] . ; : and what begins with a colon.
func (l *lexer) symbol(t *token) {
	b := l.text[l.pos]
	l.pos++
	switch {
	case b == ':' && (l.has(l.pos, ':') || l.has(l.pos, '=')):
		l.pos++
		l.ended(t, kindOperator)
		return
	case b == '.' && l.has(l.pos, '.'):
		l.bad(t.from, ReasonByte)
	}
	t.symbol = b
	l.ended(t, kindSymbol)
}
