package cql

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

// lexer cuts a statement into tokens, by the rules of Cassandra's own lexer (Lexer.g) where they are clear, and by
// stricter ones where they are not. It copies nothing, and holds one token at a time.
type lexer struct {
	text []byte
	// kind is that of the token, which is text[from:pos], quotes included.
	kind      kind
	from, pos int
}

// is tells whether the token is the keyword, which is given in capitals.
func (l *lexer) is(keyword string) bool {
	return l.kind == kindWord && l.pos-l.from == len(keyword) && sameWord(l.text[l.from:l.pos], keyword)
}

// symbol tells whether the token is the punctuation character.
func (l *lexer) symbol(c byte) bool { return l.kind == kindSymbol && l.text[l.from] == c }

// advance goes to the next token, behind white space and comments. Behind a token of kindBad or kindEnd there is nothing
// to read.
func (l *lexer) advance() {
	for !l.plain() && !l.special() {
	}
}

// plain goes to the next token and reads it if it is a word or mere punctuation, or if the text is over.
func (l *lexer) plain() bool {
	text, i := l.text, l.pos
	for uint(i) < uint(len(text)) {
		switch class[text[i]] {
		case blank:
			i++
			continue
		case letter:
			l.set(kindWord, i, wordEnd(text, i))
			return true
		case punctuation:
			l.set(kindSymbol, i, i+1)
			return true
		}
		l.pos = i
		return false
	}
	l.set(kindEnd, i, i)
	return true
}

func (l *lexer) set(k kind, from, pos int) { l.kind, l.from, l.pos = k, from, pos }

// special reads what else there may be: a token, or a comment, for which it answers false. A comment without an end is
// none to a server; one of the line form ends with a line end, not with the text.
func (l *lexer) special() bool {
	k, n := kindBad, 0
	switch text := l.text[l.pos:]; class[text[0]] {
	case slash:
		length, is := comment(text)
		if length > 0 {
			l.pos += length
			return false
		}
		if !is {
			k, n = kindSymbol, 1
		}
	case digit:
		k, n = number(text)
	case singleQuote:
		k, n = quoted(text, kindString)
	case doubleQuote:
		k, n = quoted(text, kindQuoted)
	case dollar:
		k, n = dollars(text)
	}
	l.set(k, l.pos, l.pos+n)
	return true
}

// wordEnd is where the letters, digits and underscores end that go on from i.
func wordEnd(text []byte, i int) int {
	for uint(i) < uint(len(text)) && wordByte(text[i]) {
		i++
	}
	return i
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

// number is a token that begins with a digit. Where a letter follows that belongs to no number, a server begins a new
// token, which might be a keyword: there is no such text in honest use, and it is refused.
func number(text []byte) (kind, int) {
	n := wordEnd(text, 0)
	if !hexadecimal(text[:n]) && !duration(text[:n]) {
		return kindBad, 0
	}
	return kindNumber, n
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
		if sameWord(text, u) {
			return true
		}
	}
	return false
}

// quoted is a token in quotes, in which a quote is written twice. An identifier has at least one character.
func quoted(text []byte, k kind) (kind, int) {
	for end := 1; ; end += 2 {
		n := bytes.IndexByte(text[end:], text[0])
		if n < 0 {
			return kindBad, 0
		}
		end += n
		if end+1 < len(text) && text[end+1] == text[0] {
			continue
		}
		if k == kindQuoted && end == 1 {
			return kindBad, 0
		}
		return k, end + 1
	}
}

// dollars is a string between two dollars and the next two.
func dollars(text []byte) (kind, int) {
	if !bytes.HasPrefix(text, []byte("$$")) {
		return kindBad, 0
	}
	n := bytes.Index(text[2:], []byte("$$"))
	if n < 0 {
		return kindBad, 0
	}
	return kindString, n + 4
}

// The classes of bytes, by what a token that begins with one is.
const (
	other uint8 = iota
	blank
	letter
	digit
	punctuation
	// slash is punctuation, too, or begins a comment.
	slash
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
	for _, c := range []byte("()[]{},.;:?*+%=<>!") {
		table[c] = punctuation
	}
	table['-'], table['/'] = slash, slash
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

// sameWord tells whether a text is the word, which is given in capitals, in any case.
func sameWord(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if upper(c) != word[i] {
			return false
		}
	}
	return true
}

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
