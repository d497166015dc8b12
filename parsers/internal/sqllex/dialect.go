package sqllex

// Dialect is how a family of servers cuts texts. It never changes.
type Dialect struct {
	// classes are those of the bytes.
	classes [256]class
	// maxName is the length of the longest name, in bytes. Servers cut longer ones.
	maxName int
	// keyword returns the keyword that a name in small letters is. The longest has maxKeyword bytes.
	keyword    func(name []byte) Keyword
	maxKeyword int
	// comment returns the length of the comment with which a text begins, 0 if it does not begin with one, and -1 if
	// it has no end.
	comment func(text []byte) int
	// prefixed reads what begins with a letter that changes the string or name after it. It reports false for another word.
	prefixed func(l *Lexer, t *Token) bool
	// The others read a token that begins with a byte of the class; a number may also begin with a dot.
	number, quote, operator, symbol func(l *Lexer, t *Token)
}

// class is what a byte may be part of.
type class uint8

const (
	// space is white space.
	space class = 1 << iota
	// start begins a name without quotes, inside may be in it.
	start
	inside
	digit
	// quote begins a string, a name in quotes, or a parameter.
	quote
	operator
	symbol
	// comment may begin a comment, and an operator.
	comment
)

// set makes bytes of the class.
func (d *Dialect) set(c class, bytes string) {
	for i := range len(bytes) {
		d.classes[bytes[i]] |= c
	}
}

// Mode is what a session says of how texts are cut.
type Mode struct {
	// Letters: letters outside ASCII may be in names without quotes, since it is known that the server does not change them.
	Letters bool
	// QuotedLetters: they may be in names in quotes.
	QuotedLetters bool
	// PlainStrings: a backslash in '...' is no more than itself. Otherwise its meaning is unknown.
	PlainStrings bool
}
