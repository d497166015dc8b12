package cassandra

import "bytes"

// kind is what a token of CQL is.
type kind uint8

const (
	// kindEnd: the text is over.
	kindEnd kind = iota
	// kindWord: a keyword or an identifier without quotes.
	kindWord
	// kindQuoted: an identifier in double quotes.
	kindQuoted
	// kindString: a string in single quotes or between dollars.
	kindString
	// kindNumber: what begins with a digit: a number, blob, duration, or a part of a uuid.
	kindNumber
	// kindSymbol: one character of punctuation.
	kindSymbol
	// kindBad: what a server would not accept, or might read otherwise. It is the last token.
	kindBad
)

// token is one token. The text is a part of the statement; that of a quoted identifier comes without the quotes around
// it, and with those inside still doubled.
type token struct {
	kind kind
	text []byte
}

// is tells whether the token is the keyword, which is given in capitals.
func (t token) is(keyword string) bool {
	if t.kind != kindWord || len(t.text) != len(keyword) {
		return false
	}
	for i, c := range t.text {
		if upper(c) != keyword[i] {
			return false
		}
	}
	return true
}

// symbol tells whether the token is the punctuation character.
func (t token) symbol(c byte) bool { return t.kind == kindSymbol && t.text[0] == c }

// lexer cuts a statement into tokens, by the rules of Cassandra's own lexer (Lexer.g) where they are clear, and by
// stricter ones where they are not. It copies nothing.
type lexer struct {
	text []byte
	pos  int
}

// next returns the next token, behind white space and comments. A comment without an end is none to a server; one of the
// line form ends with a line end, not with the text. Behind a token of kindBad or kindEnd there is nothing to read.
func (l *lexer) next() token {
	text, i := l.text, l.pos
	for i < len(text) {
		c := text[i]
		switch class[c] {
		case blank:
			i++
			continue
		case letter:
			l.pos = i
			return l.run(kindWord)
		case punctuation:
			if c == '-' || c == '/' {
				n, is := comment(text[i:])
				if i += n; n > 0 {
					continue
				}
				if is {
					return token{kind: kindBad}
				}
			}
			l.pos = i + 1
			return token{kindSymbol, text[i : i+1]}
		}
		l.pos = i
		return l.long()
	}
	l.pos = i
	return token{kind: kindEnd}
}

// long is a token that begins with a digit, a quote or a dollar.
func (l *lexer) long() token {
	switch class[l.text[l.pos]] {
	case digit:
		return l.number()
	case singleQuote:
		return l.quoted(kindString)
	case doubleQuote:
		return l.quoted(kindQuoted)
	case dollar:
		return l.dollars()
	}
	return token{kind: kindBad}
}

// comment returns the length of the comment at the front, and whether there is one: it has no length if it has no end.
func comment(text []byte) (n int, is bool) {
	switch {
	case bytes.HasPrefix(text, []byte("--")), bytes.HasPrefix(text, []byte("//")):
		return bytes.IndexAny(text, "\r\n") + 1, true
	case bytes.HasPrefix(text, []byte("/*")):
		if end := bytes.Index(text[2:], []byte("*/")); end >= 0 {
			return end + 4, true
		}
		return 0, true
	}
	return 0, false
}

// run is the longest token of letters, digits and underscores.
func (l *lexer) run(k kind) token {
	start, end := l.pos, l.pos
	for end < len(l.text) && wordByte(l.text[end]) {
		end++
	}
	l.pos = end
	return token{k, l.text[start:end]}
}

// number is a token that begins with a digit. Where a letter follows that belongs to no number, a server begins a new
// token, which might be a keyword: there is no such text in honest use, and it is refused.
func (l *lexer) number() token {
	t := l.run(kindNumber)
	if !hexadecimal(t.text) && !duration(t.text) {
		return token{kind: kindBad}
	}
	return t
}

// hexadecimal tells whether the text is a decimal number, a number with an exponent, a part of a uuid, or a blob.
func hexadecimal(text []byte) bool {
	if len(text) > 1 && text[0] == '0' && upper(text[1]) == 'X' {
		text = text[2:]
	}
	for _, c := range text {
		if class[c] != digit && (upper(c) < 'A' || upper(c) > 'F') {
			return false
		}
	}
	return true
}

// duration tells whether the text is numbers with a unit of time behind each.
func duration(text []byte) bool {
	for len(text) > 0 {
		digits, letters := 0, 0
		for digits < len(text) && class[text[digits]] == digit {
			digits++
		}
		text = text[digits:]
		for letters < len(text) && class[text[letters]] == letter {
			letters++
		}
		if digits == 0 || !unit(text[:letters]) {
			return false
		}
		text = text[letters:]
	}
	return true
}

func unit(text []byte) bool {
	for _, u := range [...]string{"Y", "MO", "W", "D", "H", "M", "S", "MS", "US", "NS"} {
		if (token{kindWord, text}).is(u) {
			return true
		}
	}
	return false
}

// quoted is a token in quotes, in which a quote is written twice. An identifier has at least one character.
func (l *lexer) quoted(k kind) token {
	quote := l.text[l.pos]
	start := l.pos + 1
	for i := start; i < len(l.text); i++ {
		if l.text[i] != quote {
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == quote {
			i++
			continue
		}
		l.pos = i + 1
		if k == kindQuoted && i == start {
			break
		}
		return token{k, l.text[start:i]}
	}
	return token{kind: kindBad}
}

// dollars is a string between two dollars and the next two.
func (l *lexer) dollars() token {
	rest := l.text[l.pos:]
	if !bytes.HasPrefix(rest, []byte("$$")) {
		return token{kind: kindBad}
	}
	n := bytes.Index(rest[2:], []byte("$$"))
	if n < 0 {
		return token{kind: kindBad}
	}
	l.pos += n + 4
	return token{kindString, rest[2 : n+2]}
}

// The classes of bytes, by what a token that begins with one is.
const (
	other uint8 = iota
	blank
	letter
	digit
	punctuation
	singleQuote
	doubleQuote
	dollar
)

// class holds the class of each byte. Bytes above ASCII begin no token; inside strings and quotes they may be.
var class = func() (table [256]uint8) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = digit
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[upper(c)] = letter, letter
	}
	for _, c := range []byte(" \t\r\n") {
		table[c] = blank
	}
	for _, c := range []byte("()[]{},.;:?*+-/%=<>!") {
		table[c] = punctuation
	}
	table['\''], table['"'], table['$'] = singleQuote, doubleQuote, dollar
	return table
}()

// wordBytes are those that tokens which begin with a letter or a digit consist of.
var wordBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = class[c] == letter || class[c] == digit || c == '_'
	}
	return table
}()

func wordByte(c byte) bool { return wordBytes[c] }

// upper is the capital of an ASCII letter, and any other byte itself.
func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// lower is the small form of an ASCII letter, and any other byte itself.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
