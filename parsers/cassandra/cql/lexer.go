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
	// kindNumber: a number, blob, duration, uuid, or negative NaN or infinity.
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

// isWord reports whether the token is the keyword, which is given in capitals.
func (l *lexer) isWord(keyword string) bool {
	return l.kind == kindWord && l.pos-l.from == len(keyword) && sameWord(l.text[l.from:l.pos], keyword)
}

// isSymbol reports whether the token is the punctuation character.
func (l *lexer) isSymbol(c byte) bool {
	return l.kind == kindSymbol && l.text[l.from] == c && l.pos-l.from == 1
}

// advance goes to the next token, past white space and comments. After a token of kindBad or kindEnd there is nothing to
// read.
func (l *lexer) advance() {
	for !l.readPlain() && !l.readSpecial() {
	}
}

// readPlain goes to the next token and reads it if it is a word or mere punctuation, or if the text is over.
func (l *lexer) readPlain() bool {
	text, i := l.text, l.pos
	for uint(i) < uint(len(text)) {
		switch classOf[text[i]] {
		case classBlank:
			i++
			continue
		case classLetter:
			end := wordEnd(text, i)
			if uint(end) < uint(len(text)) && text[end] == '-' || text[i] == 'P' {
				l.pos = i
				return false
			}
			l.set(kindWord, i, end)
			return true
		case classPunctuation:
			l.set(kindSymbol, i, i+1)
			return true
		case classPair:
			l.set(kindSymbol, i, i+punctuationLength(text, i))
			return true
		}
		l.pos = i
		return false
	}
	l.set(kindEnd, i, i)
	return true
}

func (l *lexer) set(k kind, from, pos int) { l.kind, l.from, l.pos = k, from, pos }

// readSpecial reads what else there may be: a token, or a comment, for which it returns false. A comment without an end is
// none to a server; one of the line form ends with a line end, not with the text.
func (l *lexer) readSpecial() bool {
	k, n := kindBad, 0
	switch text := l.text[l.pos:]; classOf[text[0]] {
	case classLetter:
		k, n = readWord(text)
	case classOperator:
		length, is := comment(text)
		if length > 0 {
			l.pos += length
			return false
		}
		if !is {
			k, n = readSymbol(text)
		}
	case classDigit:
		k, n = readNumber(text)
	case classSingleQuote:
		k, n = readQuoted(text, kindString)
	case classDoubleQuote:
		k, n = readQuoted(text, kindQuoted)
	case classDollar:
		k, n = readDollars(text)
	}
	l.set(k, l.pos, l.pos+n)
	return true
}

// wordEnd returns where the letters, digits and underscores end that go on from i.
func wordEnd(text []byte, i int) int {
	for uint(i) < uint(len(text)) && isWordByte(text[i]) {
		i++
	}
	return i
}

// readWord reads a token that begins with a letter: a word, or a uuid or ISO 8601 duration.
func readWord(text []byte) (kind, int) {
	end := wordEnd(text, 0)
	switch {
	case uuidBegins(text):
		return readUUID(text)
	case text[0] == 'P' && end == len("P0000") && countDigits(text[1:]) == 4 && byteAt(text, end) == '-':
		return readPeriod(text)
	case text[0] == 'P' && isoDurationLength(text[:end]) == end:
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

// readSymbol reads what begins with a minus, a slash or an exclamation mark and is not a comment.
func readSymbol(text []byte) (kind, int) {
	next := byteAt(text, 1)
	switch text[0] {
	case '-':
		if next != '=' {
			return readNegative(text)
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

// punctuationLength returns the length of the punctuation at i, two for "..", "+=", "<=" and ">=".
func punctuationLength(text []byte, i int) int {
	second := byte('=')
	if text[i] == '.' {
		second = '.'
	}
	if byteAt(text, i+1) == second {
		return 2
	}
	return 1
}

// byteAt returns the byte at i, or 0.
func byteAt(text []byte, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

// readQuoted reads a token in quotes, in which a quote is written twice.
func readQuoted(text []byte, k kind) (kind, int) {
	for end := 1; ; end += 2 {
		n := bytes.IndexByte(text[end:], text[0])
		if n < 0 {
			return kindBad, 0
		}
		end += n
		if byteAt(text, end+1) != text[0] {
			return k, end + 1
		}
	}
}

// readDollars reads a string between two dollars and the next two.
func readDollars(text []byte) (kind, int) {
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
	classOther uint8 = iota
	classBlank
	classLetter
	classDigit
	classPunctuation
	// classPair is punctuation of one character or two.
	classPair
	// classOperator is punctuation, too, or begins a comment or a number.
	classOperator
	classSingleQuote
	classDoubleQuote
	classDollar
)

// classOf holds the class of each byte. Bytes above ASCII begin no token; inside strings and quotes they may be.
var classOf = func() (table [256]uint8) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = classDigit
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[upper(c)] = classLetter, classLetter
	}
	for _, c := range []byte(" \t\r\n") {
		table[c] = classBlank
	}
	for _, c := range []byte("()[]{},;:?*%=") {
		table[c] = classPunctuation
	}
	for _, c := range []byte(".+<>") {
		table[c] = classPair
	}
	for _, c := range []byte("-/!") {
		table[c] = classOperator
	}
	table['\''], table['"'], table['$'] = classSingleQuote, classDoubleQuote, classDollar
	return table
}()

// wordBytes are those that words consist of.
var wordBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = classOf[c] == classLetter || classOf[c] == classDigit || c == '_'
	}
	return table
}()

func isWordByte(c byte) bool { return wordBytes[c] }

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
