package sqllex

// Keyword is a word that a grammar knows, as the reader of its statements numbers them. 0 is not a keyword.
type Keyword uint16

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	// End is after the last token.
	End Kind = iota
	// Bad is where reading has failed.
	Bad
	// Word is a name without quotes, or a keyword.
	Word
	// Quoted is a name in quotes.
	Quoted
	// String is a string of any form.
	String
	// Number is a number.
	Number
	// Parameter is what a value is given for later, such as $1.
	Parameter
	// Symbol is punctuation of one byte, such as a comma or a parenthesis.
	Symbol
	// Operator is an operator, among them * = :: := =>
	Operator
)

// Token is a part of a text.
type Token struct {
	Kind Kind
	// Symbol is the byte of a symbol, and of an operator of one byte.
	Symbol byte
	// Word is the keyword that a word is.
	Word Keyword
	// From and To are where the token is in the text.
	From, To int
	// Name is that of a word or a quoted name, as the server sees it. It is valid until the next text begins.
	Name []byte
}

// IsSymbol reports whether the token is the symbol.
func (t *Token) IsSymbol(b byte) bool { return t.Kind == Symbol && t.Symbol == b }

// IsOperator reports whether the token is the operator of one byte.
func (t *Token) IsOperator(b byte) bool { return t.Kind == Operator && t.Symbol == b }

// IsKeyword reports whether the token is the keyword.
func (t *Token) IsKeyword(k Keyword) bool { return t.Kind == Word && t.Word == k }

// end ends the token, which is of the kind, at an index.
func (t *Token) end(k Kind, at int) { t.Kind, t.To = k, at }
