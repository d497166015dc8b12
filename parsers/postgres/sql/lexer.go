package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// maxName is the length of the longest name, in bytes (NAMEDATALEN - 1). Servers cut longer ones.
const maxName = 63

// dialect cuts texts, with the keywords of all releases.
var dialect = sqllex.PostgreSQL(keywordOf, maxKeyword)

// mode returns how the lexer cuts texts by the settings.
func (s Settings) mode() sqllex.Mode {
	utf8 := s.Client == EncodingUTF8
	return sqllex.Mode{Letters: utf8 && s.ServerUTF8, QuotedLetters: utf8, PlainStrings: s.StandardStrings}
}

// keyword is a word that the grammar knows.
type keyword = sqllex.Keyword

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

// mayName reports whether a token may be a name of the category, or a label, which may be any word.
func mayName(t *sqllex.Token, c category) bool {
	switch t.Kind {
	case sqllex.Quoted:
		return true
	case sqllex.Word:
		have := categories[t.Word]
		return t.Word == notKeyword || have == unreserved || have == c || c == reserved
	}
	return false
}
