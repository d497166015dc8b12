// Package cql finds what statements of CQL do to which tables, by reading them as Apache Cassandra does.
package cql

import (
	"errors"
	"unicode/utf8"
)

// MaxObjects is the number of different objects that one request, such as a batch, may name.
const MaxObjects = 64

// MaxName is the length, in bytes, of the longest name of a keyspace or table.
const MaxName = 222

// Why a statement is refused that cannot be classified.
var (
	errUTF8      = errors.New("statement is not UTF-8")
	errLexical   = errors.New("statement has a character or a comment that CQL has not")
	errStatement = errors.New("statement is of no known kind")
	errName      = errors.New("statement has no plain name where a keyspace or table stands")
	errSyntax    = errors.New("statement does not have the form of its kind")
	errBehind    = errors.New("text behind the statement")
	// ErrObjects: a request has more than MaxObjects accesses.
	ErrObjects = errors.New("request touches too many different tables")
)

// Reader finds the accesses of one or more statements. It is reused, and reads one text at a time, of which it retains
// nothing.
type Reader struct {
	lexer
	Accesses
	// current is the keyspace of names that stand without one.
	current []byte
	// Unqualified: the accesses depend on that keyspace.
	Unqualified bool
}

// Reset empties the list of accesses.
func (s *Reader) Reset() {
	s.Accesses.Reset()
	s.Unqualified = false
}

// Read adds the accesses of the CQL text; names without a keyspace are in the current one. An error says that the text
// cannot be read with certainty.
func (s *Reader) Read(text, current []byte) error {
	if !utf8.Valid(text) {
		return errUTF8
	}
	s.lexer, s.current = lexer{text: text}, current
	s.advance()
	err := s.statement()
	if err != nil && s.kind == kindBad {
		err = errLexical
	}
	s.text, s.current = nil, nil
	return err
}

// accept goes past the keyword if it is there.
func (s *Reader) accept(keyword string) bool {
	if !s.is(keyword) {
		return false
	}
	s.advance()
	return true
}

// acceptAny goes past one of the keywords if it is there.
func (s *Reader) acceptAny(keywords ...string) bool {
	for _, k := range keywords {
		if s.accept(k) {
			return true
		}
	}
	return false
}

// access reads the name of something, "table" or "keyspace.table", and notes it.
func (s *Reader) access(a Action) error {
	name, err := s.part()
	if err != nil {
		return err
	}
	from := len(s.names)
	if s.symbol('.') {
		s.write(name)
		s.advance()
		if name, err = s.part(); err != nil {
			return err
		}
	} else {
		s.names = append(s.names, s.current...)
		s.Unqualified = true
	}
	split := len(s.names) - from
	if actions[a].target == TargetTable {
		s.names = append(s.names, '.')
		s.write(name)
	}
	return s.note(a, from, split)
}

// note notes an object whose name is the end of the room, split so many bytes behind its beginning.
func (s *Reader) note(a Action, from, split int) error {
	known := len(s.List)
	if !s.Add(Access{Action: a, Split: split, Name: s.names[from:len(s.names):len(s.names)]}) {
		return ErrObjects
	}
	if len(s.List) == known {
		s.names = s.names[:from]
	}
	return nil
}

// skipName goes past "name" or "keyspace.name".
func (s *Reader) skipName() error {
	_, err := s.part()
	if err == nil && s.symbol('.') {
		s.advance()
		_, err = s.part()
	}
	return err
}

// part reads one part of a name, the quotes included where there are some.
func (s *Reader) part() ([]byte, error) {
	name := s.text[s.from:s.pos]
	switch {
	case s.kind == kindWord && len(name) <= MaxName && !s.reserved():
	case s.kind == kindQuoted && PlainName(name[1:len(name)-1]):
	default:
		return nil, errName
	}
	s.advance()
	return name, nil
}

// write appends a part of a name to the room in its canonical form: in small letters where it stands without quotes, as
// it is where it is quoted.
func (s *Reader) write(part []byte) {
	if part[0] == '"' {
		s.names = append(s.names, part[1:len(part)-1]...)
		return
	}
	names := s.names
	for _, c := range part {
		names = append(names, lower(c))
	}
	s.names = names
}

// reservedWords can be no names unless they are quoted.
var reservedWords = [...]string{
	"ADD", "ALLOW", "ALTER", "AND", "APPLY", "AUTHORIZE", "BATCH", "BEGIN", "BY", "COLUMNFAMILY", "CREATE", "DELETE",
	"DESC", "DESCRIBE", "DROP", "FROM", "FULL", "GRANT", "IF", "IN", "INDEX", "INSERT", "INTO", "KEYSPACE", "LIMIT",
	"MATERIALIZED", "MODIFY", "NOT", "OF", "ON", "OR", "ORDER", "PRIMARY", "RENAME", "REPLACE", "REVOKE", "SCHEMA",
	"SELECT", "SET", "TABLE", "TO", "TOKEN", "TRUNCATE", "UNLOGGED", "UPDATE", "USE", "USING", "VIEW", "WHERE", "WITH",
}

// maxReserved is the length of the longest reserved word.
const maxReserved = len("MATERIALIZED")

// reservedBy holds the reserved words by their first letter, in any case, and their length.
var reservedBy = func() (table [32][maxReserved + 1][]string) {
	for _, word := range reservedWords {
		words := &table[word[0]%32][len(word)]
		*words = append(*words, word)
	}
	return table
}()

// reserved tells whether the token, a word, can be no name.
func (s *Reader) reserved() bool {
	length := s.pos - s.from
	if length > maxReserved {
		return false
	}
	for _, word := range reservedBy[s.text[s.from]%32][length] {
		if s.is(word) {
			return true
		}
	}
	return false
}

// ifExists goes past IF EXISTS.
func (s *Reader) ifExists() error {
	if s.accept("IF") && !s.accept("EXISTS") {
		return errSyntax
	}
	return nil
}

// ifNotExists goes past IF NOT EXISTS.
func (s *Reader) ifNotExists() error {
	if s.accept("IF") && !(s.accept("NOT") && s.accept("EXISTS")) {
		return errSyntax
	}
	return nil
}

// over tells whether the statement ends here.
func (s *Reader) over() bool { return s.kind == kindEnd || s.symbol(';') }

// end reads the end of the text: any number of semicolons.
func (s *Reader) end() error {
	for s.symbol(';') {
		s.advance()
	}
	if s.kind != kindEnd {
		return errBehind
	}
	return nil
}

// rest reads the rest of a statement, in which no name of a table stands, and the end of the text.
func (s *Reader) rest() error {
	for !s.over() {
		if s.kind == kindBad || s.is("FROM") {
			return errSyntax
		}
		s.advance()
	}
	return s.end()
}

// until goes to the keyword and past it.
func (s *Reader) until(keyword string) error {
	for !s.is(keyword) {
		if s.over() || s.kind == kindBad {
			return errSyntax
		}
		s.advance()
	}
	s.advance()
	return nil
}

// clause is satisfied where a statement ends or goes on with a word. Punctuation behind the name of a table would make
// something else of it, such as a function that takes the true table.
func (s *Reader) clause() error {
	if s.over() || s.kind == kindWord {
		return nil
	}
	return errSyntax
}

// statement reads the whole text.
func (s *Reader) statement() error {
	switch {
	case s.accept("SELECT"):
		return s.selectFrom(Select)
	case s.modifies():
		if err := s.modification(); err != nil {
			return err
		}
		return s.rest()
	case s.accept("BEGIN"):
		return s.batch()
	case s.accept("USE"):
		return s.keyspace(Use, nil)
	case s.accept("TRUNCATE"):
		s.acceptAny("TABLE", "COLUMNFAMILY")
		return s.whole(Truncate)
	}
	return s.definition()
}

// selectFrom reads a SELECT behind its first word. There is exactly one FROM in it.
func (s *Reader) selectFrom(a Action) error {
	if err := s.until("FROM"); err != nil {
		return err
	}
	if err := s.access(a); err != nil {
		return err
	}
	if err := s.clause(); err != nil {
		return err
	}
	return s.rest()
}

// modifies tells whether an INSERT, UPDATE or DELETE begins here. Such words are reserved.
func (s *Reader) modifies() bool { return s.is("INSERT") || s.is("UPDATE") || s.is("DELETE") }

// modification reads the beginning of an INSERT, UPDATE or DELETE, the name included.
func (s *Reader) modification() error {
	switch {
	case s.accept("INSERT"):
		return s.insert()
	case s.accept("UPDATE"):
		return s.update()
	}
	s.advance()
	return s.deleteFrom()
}

// insert reads the beginning of an INSERT behind its first word.
func (s *Reader) insert() error {
	if !s.accept("INTO") {
		return errSyntax
	}
	if err := s.access(Insert); err != nil {
		return err
	}
	if !s.symbol('(') && !s.is("JSON") {
		return errSyntax
	}
	return nil
}

// update reads the beginning of an UPDATE behind its first word.
func (s *Reader) update() error {
	if err := s.access(Update); err != nil {
		return err
	}
	if !s.is("USING") && !s.is("SET") {
		return errSyntax
	}
	return nil
}

// deleteFrom reads the beginning of a DELETE behind its first word.
func (s *Reader) deleteFrom() error {
	for !s.is("FROM") {
		if s.over() || s.kind == kindBad || s.modifies() {
			return errSyntax
		}
		s.advance()
	}
	s.advance()
	if err := s.access(Delete); err != nil {
		return err
	}
	return s.clause()
}

// batch reads a batch behind BEGIN. The statements in it need no semicolons between them.
func (s *Reader) batch() error {
	s.acceptAny("UNLOGGED", "COUNTER")
	if !s.accept("BATCH") {
		return errSyntax
	}
	for !s.is("APPLY") {
		switch {
		case s.modifies():
			if err := s.modification(); err != nil {
				return err
			}
		case s.kind == kindEnd, s.kind == kindBad, s.is("FROM"), s.is("SELECT"), s.is("BEGIN"):
			return errSyntax
		default:
			s.advance()
		}
	}
	s.advance()
	if !s.accept("BATCH") {
		return errSyntax
	}
	return s.end()
}

// PlainName reports whether a name may be that of a keyspace or table.
func PlainName(name []byte) bool {
	for _, c := range name {
		if !wordByte(c) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= MaxName
}
