package cassandra

import (
	"errors"
	"unicode/utf8"
)

// MaxObjects is the number of different objects that one request, such as a batch, may name.
const MaxObjects = 64

// maxName is the length, in bytes, of the longest name of a keyspace or table.
const maxName = 222

// Why a statement is refused that cannot be classified.
var (
	errUTF8      = errors.New("statement is not UTF-8")
	errLexical   = errors.New("statement has a character or a comment that CQL has not")
	errStatement = errors.New("statement is of no known kind")
	errName      = errors.New("statement has no plain name where a keyspace or table stands")
	errSyntax    = errors.New("statement does not have the form of its kind")
	errBehind    = errors.New("text behind the statement")
	errObjects   = errors.New("request touches too many different tables")
)

// statement is what one or more statements touch. It is used again and again, and reads one text at a time, of which it
// keeps nothing.
type statement struct {
	lexer
	touches
	// current is the keyspace of names that stand without one.
	current []byte
	// unqualified: what is touched depends on that keyspace.
	unqualified bool
}

// reset empties the statement.
func (s *statement) reset() {
	s.touches.reset()
	s.unqualified = false
}

// classify adds what the CQL text touches to what the statement holds already; names without a keyspace are in the
// current one. An error says that this can not be told with certainty.
func (s *statement) classify(text, current []byte) error {
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
func (s *statement) accept(keyword string) bool {
	if !s.is(keyword) {
		return false
	}
	s.advance()
	return true
}

// acceptAny goes past one of the keywords if it is there.
func (s *statement) acceptAny(keywords ...string) bool {
	for _, k := range keywords {
		if s.accept(k) {
			return true
		}
	}
	return false
}

// touch reads the name of something, "table" or "keyspace.table", and notes it.
func (s *statement) touch(a action) error {
	name, err := s.part()
	if err != nil {
		return err
	}
	from := len(s.room)
	if s.symbol('.') {
		s.write(name)
		s.advance()
		if name, err = s.part(); err != nil {
			return err
		}
	} else {
		s.room = append(s.room, s.current...)
		s.unqualified = true
	}
	split := len(s.room) - from
	if actions[a].target == targetTable {
		s.room = append(s.room, '.')
		s.write(name)
	}
	return s.note(a, from, split)
}

// note notes an object whose name is the end of the room, split so many bytes behind its beginning.
func (s *statement) note(a action, from, split int) error {
	known := len(s.list)
	if !s.add(a, split, s.room[from:len(s.room):len(s.room)]) {
		return errObjects
	}
	if len(s.list) == known {
		s.room = s.room[:from]
	}
	return nil
}

// skipName goes past "name" or "keyspace.name".
func (s *statement) skipName() error {
	_, err := s.part()
	if err == nil && s.symbol('.') {
		s.advance()
		_, err = s.part()
	}
	return err
}

// part reads one part of a name, the quotes included where there are some.
func (s *statement) part() ([]byte, error) {
	name := s.text[s.from:s.pos]
	switch {
	case s.kind == kindWord && len(name) <= maxName && !s.reserved():
	case s.kind == kindQuoted && plainName(name[1:len(name)-1]):
	default:
		return nil, errName
	}
	s.advance()
	return name, nil
}

// write appends a part of a name to the room in its canonical form: in small letters where it stands without quotes, as
// it is where it is quoted.
func (s *statement) write(part []byte) {
	if part[0] == '"' {
		s.room = append(s.room, part[1:len(part)-1]...)
		return
	}
	room := s.room
	for _, c := range part {
		room = append(room, lower(c))
	}
	s.room = room
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
func (s *statement) reserved() bool {
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
func (s *statement) ifExists() error {
	if s.accept("IF") && !s.accept("EXISTS") {
		return errSyntax
	}
	return nil
}

// ifNotExists goes past IF NOT EXISTS.
func (s *statement) ifNotExists() error {
	if s.accept("IF") && !(s.accept("NOT") && s.accept("EXISTS")) {
		return errSyntax
	}
	return nil
}

// over tells whether the statement ends here.
func (s *statement) over() bool { return s.kind == kindEnd || s.symbol(';') }

// end reads the end of the text: any number of semicolons.
func (s *statement) end() error {
	for s.symbol(';') {
		s.advance()
	}
	if s.kind != kindEnd {
		return errBehind
	}
	return nil
}

// rest reads the rest of a statement, in which no name of a table stands, and the end of the text.
func (s *statement) rest() error {
	for !s.over() {
		if s.kind == kindBad || s.is("FROM") {
			return errSyntax
		}
		s.advance()
	}
	return s.end()
}

// until goes to the keyword and past it.
func (s *statement) until(keyword string) error {
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
func (s *statement) clause() error {
	if s.over() || s.kind == kindWord {
		return nil
	}
	return errSyntax
}

// statement reads the whole text.
func (s *statement) statement() error {
	switch {
	case s.accept("SELECT"):
		return s.selectFrom(actionSelect)
	case s.modifies():
		if err := s.modification(); err != nil {
			return err
		}
		return s.rest()
	case s.accept("BEGIN"):
		return s.batch()
	case s.accept("USE"):
		return s.keyspace(actionUse, nil)
	case s.accept("TRUNCATE"):
		s.acceptAny("TABLE", "COLUMNFAMILY")
		return s.whole(actionTruncate)
	}
	return s.definition()
}

// selectFrom reads a SELECT behind its first word. There is exactly one FROM in it.
func (s *statement) selectFrom(a action) error {
	if err := s.until("FROM"); err != nil {
		return err
	}
	if err := s.touch(a); err != nil {
		return err
	}
	if err := s.clause(); err != nil {
		return err
	}
	return s.rest()
}

// modifies tells whether an INSERT, UPDATE or DELETE begins here. Such words are reserved.
func (s *statement) modifies() bool { return s.is("INSERT") || s.is("UPDATE") || s.is("DELETE") }

// modification reads the beginning of an INSERT, UPDATE or DELETE, the name included.
func (s *statement) modification() error {
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
func (s *statement) insert() error {
	if !s.accept("INTO") {
		return errSyntax
	}
	if err := s.touch(actionInsert); err != nil {
		return err
	}
	if !s.symbol('(') && !s.is("JSON") {
		return errSyntax
	}
	return nil
}

// update reads the beginning of an UPDATE behind its first word.
func (s *statement) update() error {
	if err := s.touch(actionUpdate); err != nil {
		return err
	}
	if !s.is("USING") && !s.is("SET") {
		return errSyntax
	}
	return nil
}

// deleteFrom reads the beginning of a DELETE behind its first word.
func (s *statement) deleteFrom() error {
	for !s.is("FROM") {
		if s.over() || s.kind == kindBad || s.modifies() {
			return errSyntax
		}
		s.advance()
	}
	s.advance()
	if err := s.touch(actionDelete); err != nil {
		return err
	}
	return s.clause()
}

// batch reads a batch behind BEGIN. The statements in it need no semicolons between them.
func (s *statement) batch() error {
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
