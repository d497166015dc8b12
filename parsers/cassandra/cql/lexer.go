package cql

import "bytes"

// kind is the kind of a token.
type kind uint8

const (
	// kindEnd: the text is over.
	kindEnd kind = iota
	// kindWord: a keyword or an identifier without quotes.
	kindWord
	// kindQuoted: an identifier in double quotes, which may be empty.
	kindQuoted
	// kindString: a string in single quotes or between dollars.
	kindString
	// kindNumber: a number, blob, duration, uuid, or what is no number or negative infinity.
	kindNumber
	// kindSymbol: punctuation, of one character or two.
	kindSymbol
	// kindBad: a server refuses the text here, or another release might read it otherwise. It is the last token.
	kindBad
)

// lexer cuts a statement into tokens by the rules of Cassandra's own lexer (Lexer.g). Those predict the kind of a token
// by as few characters as distinguish it, and refuse the text if the token then does not have that form. It copies
// nothing, and holds one token at a time.
type lexer struct {
	text []byte
	// kind is that of the token, which is text[from:pos], quotes included.
	kind      kind
	from, pos int
}

// is reports whether the token is the keyword, which is given in capitals.
func (l *lexer) is(keyword string) bool {
	return l.kind == kindWord && l.pos-l.from == len(keyword) && sameWord(l.text[l.from:l.pos], keyword)
}

// symbol reports whether the token is the punctuation character.
func (l *lexer) symbol(c byte) bool {
	return l.kind == kindSymbol && l.text[l.from] == c && l.pos-l.from == 1
}

// advance goes to the next token, past white space and comments. After a token of kindBad or kindEnd there is nothing to
// read.
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
			end := wordEnd(text, i)
			if uint(end) < uint(len(text)) && text[end] == '-' || text[i] == 'P' {
				l.pos = i
				return false
			}
			l.set(kindWord, i, end)
			return true
		case punctuation:
			l.set(kindSymbol, i, i+1)
			return true
		case pair:
			l.set(kindSymbol, i, i+pairLength(text, i))
			return true
		}
		l.pos = i
		return false
	}
	l.set(kindEnd, i, i)
	return true
}

func (l *lexer) set(k kind, from, pos int) { l.kind, l.from, l.pos = k, from, pos }

// special reads what else there may be: a token, or a comment, for which it returns false. A comment without an end is
// none to a server; one of the line form ends with a line end, not with the text.
func (l *lexer) special() bool {
	k, n := kindBad, 0
	switch text := l.text[l.pos:]; class[text[0]] {
	case letter:
		k, n = word(text)
	case operator:
		length, is := comment(text)
		if length > 0 {
			l.pos += length
			return false
		}
		if !is {
			k, n = symbol(text)
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

// wordEnd returns where the letters, digits and underscores end that go on from i.
func wordEnd(text []byte, i int) int {
	for uint(i) < uint(len(text)) && wordByte(text[i]) {
		i++
	}
	return i
}

// word reads a token that begins with a letter: a word, or a uuid or ISO 8601 duration.
func word(text []byte) (kind, int) {
	end := wordEnd(text, 0)
	switch {
	case uuidBegins(text):
		return uuid(text)
	case text[0] == 'P' && end == len("P0000") && digits(text[1:]) == 4 && at(text, end) == '-':
		return period(text)
	case text[0] == 'P' && isoDuration(text[:end]) == end:
		return kindNumber, end
	}
	return kindWord, end
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

// symbol reads what begins with a minus, a slash or an exclamation mark and is not a comment.
func symbol(text []byte) (kind, int) {
	next := at(text, 1)
	switch text[0] {
	case '-':
		if next != '=' {
			return negative(text)
		}
		return kindSymbol, 2
	case '!':
		if next != '=' {
			return kindBad, 0
		}
		return kindSymbol, 2
	}
	return kindSymbol, 1
}

// pairLength returns the length of the punctuation at i, two for "..", "+=", "<=" and ">=".
func pairLength(text []byte, i int) int {
	second := byte('=')
	if text[i] == '.' {
		second = '.'
	}
	if at(text, i+1) == second {
		return 2
	}
	return 1
}

// at returns the byte at i, or 0.
func at(text []byte, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

// quoted reads a token in quotes, in which a quote is written twice.
func quoted(text []byte, k kind) (kind, int) {
	for end := 1; ; end += 2 {
		n := bytes.IndexByte(text[end:], text[0])
		if n < 0 {
			return kindBad, 0
		}
		end += n
		if at(text, end+1) != text[0] {
			return k, end + 1
		}
	}
}

// dollars reads a string between two dollars and the next two.
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
	// pair is punctuation of one character or two.
	pair
	// operator is punctuation, too, or begins a comment or a number.
	operator
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
	for _, c := range []byte("()[]{},;:?*%=") {
		table[c] = punctuation
	}
	for _, c := range []byte(".+<>") {
		table[c] = pair
	}
	for _, c := range []byte("-/!") {
		table[c] = operator
	}
	table['\''], table['"'], table['$'] = singleQuote, doubleQuote, dollar
	return table
}()

// wordBytes are those that words consist of.
var wordBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = class[c] == letter || class[c] == digit || c == '_'
	}
	return table
}()

func wordByte(c byte) bool { return wordBytes[c] }

// sameWord reports whether a text is the word, which is given in capitals, in any case.
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

// upper returns the capital of an ASCII letter, and any other byte itself.
func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// lower returns the small form of an ASCII letter, and any other byte itself.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
