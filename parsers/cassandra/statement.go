package cassandra

import (
	"bytes"
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
	errObjects   = errors.New("statement names too many different tables")
)

// object is something that a statement names, and what is done to it. The names are canonical: small letters where
// they stood without quotes, as written where they were quoted. They are parts of the text or of statement.names.
type object struct {
	action action
	// keyspace is empty where the name stood alone. table is empty where the action is for a keyspace or for nothing.
	keyspace, table []byte
}

// qualified tells whether the keyspace of the connection has no part in what the object is.
func (o *object) qualified() bool {
	t := actions[o.action].target
	return len(o.keyspace) > 0 || t == targetNone || t == targetKeyspace
}

func (o *object) equal(p *object) bool {
	return o.action == p.action && bytes.Equal(o.keyspace, p.keyspace) && bytes.Equal(o.table, p.table)
}

// statement is what one or more statements touch. It is used again and again, and holds parts of the texts it was
// made from.
type statement struct {
	// objects are all objects, each once. At most [MaxObjects].
	objects []object
	// names is where names that had to be changed are.
	names []byte
	tok   token
	lexer lexer
}

// reset empties the statement.
func (s *statement) reset() {
	clear(s.objects)
	s.objects, s.names = s.objects[:0], s.names[:0]
	s.tok, s.lexer = token{}, lexer{}
}

// unqualified tells whether what the statement touches depends on the keyspace of the connection.
func (s *statement) unqualified() bool {
	for i := range s.objects {
		if !s.objects[i].qualified() {
			return true
		}
	}
	return false
}

// classify adds what the CQL text touches to what the statement holds already. An error says that this can not be told
// with certainty. The statement keeps parts of the text.
func (s *statement) classify(text []byte) error {
	if !utf8.Valid(text) {
		return errUTF8
	}
	s.lexer = lexer{text: text}
	s.advance()
	if err := s.statement(); err != nil {
		if s.tok.kind == kindBad {
			return errLexical
		}
		return err
	}
	return nil
}

func (s *statement) advance() { s.tok = s.lexer.next() }

// accept goes past the keyword if it is there.
func (s *statement) accept(keyword string) bool {
	if !s.tok.is(keyword) {
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

// add notes an object, unless it is known.
func (s *statement) add(o object) error {
	for i := range s.objects {
		if s.objects[i].equal(&o) {
			return nil
		}
	}
	if len(s.objects) == MaxObjects {
		return errObjects
	}
	s.objects = append(s.objects, o)
	return nil
}

// touch reads a name and notes it.
func (s *statement) touch(a action) error {
	o, err := s.name()
	if err != nil {
		return err
	}
	o.action = a
	return s.add(o)
}

// name reads "table" or "keyspace.table".
func (s *statement) name() (object, error) {
	first, err := s.part()
	if err != nil {
		return object{}, err
	}
	if !s.tok.symbol('.') {
		return object{table: first}, nil
	}
	s.advance()
	second, err := s.part()
	return object{keyspace: first, table: second}, err
}

// part reads one part of a name and makes it canonical.
func (s *statement) part() ([]byte, error) {
	t := s.tok
	if len(t.text) == 0 || len(t.text) > maxName {
		return nil, errName
	}
	switch t.kind {
	case kindWord:
		if reserved(t) {
			return nil, errName
		}
		s.advance()
		return s.small(t.text), nil
	case kindQuoted:
		for _, c := range t.text {
			if !wordByte(c) {
				return nil, errName
			}
		}
		s.advance()
		return t.text, nil
	}
	return nil, errName
}

// small returns the text in small letters: itself if it has no others, else a copy.
func (s *statement) small(text []byte) []byte {
	for _, c := range text {
		if c != lower(c) {
			from := len(s.names)
			for _, c := range text {
				s.names = append(s.names, lower(c))
			}
			return s.names[from:len(s.names):len(s.names)]
		}
	}
	return text
}

// reservedWords can be no names unless they are quoted.
var reservedWords = [...]string{
	"ADD", "ALLOW", "ALTER", "AND", "APPLY", "AUTHORIZE", "BATCH", "BEGIN", "BY", "COLUMNFAMILY", "CREATE", "DELETE",
	"DESC", "DESCRIBE", "DROP", "FROM", "FULL", "GRANT", "IF", "IN", "INDEX", "INSERT", "INTO", "KEYSPACE", "LIMIT",
	"MATERIALIZED", "MODIFY", "NOT", "OF", "ON", "OR", "ORDER", "PRIMARY", "RENAME", "REPLACE", "REVOKE", "SCHEMA",
	"SELECT", "SET", "TABLE", "TO", "TOKEN", "TRUNCATE", "UNLOGGED", "UPDATE", "USE", "USING", "VIEW", "WHERE", "WITH",
}

// reservedBy holds the reserved words by their first letter.
var reservedBy = func() (table [256][]string) {
	for _, word := range reservedWords {
		table[word[0]] = append(table[word[0]], word)
	}
	return table
}()

func reserved(t token) bool {
	for _, word := range reservedBy[upper(t.text[0])] {
		if t.is(word) {
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
func (s *statement) over() bool { return s.tok.kind == kindEnd || s.tok.symbol(';') }

// end reads the end of the text: any number of semicolons.
func (s *statement) end() error {
	for s.tok.symbol(';') {
		s.advance()
	}
	if s.tok.kind != kindEnd {
		return errBehind
	}
	return nil
}

// rest reads the rest of a statement, in which no name of a table stands, and the end of the text.
func (s *statement) rest() error {
	for !s.over() {
		if s.tok.kind == kindBad || s.tok.is("FROM") {
			return errSyntax
		}
		s.advance()
	}
	return s.end()
}

// until goes to the keyword and past it.
func (s *statement) until(keyword string) error {
	for !s.tok.is(keyword) {
		if s.over() || s.tok.kind == kindBad {
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
	if s.over() || s.tok.kind == kindWord {
		return nil
	}
	return errSyntax
}

// statement reads the whole text.
func (s *statement) statement() error {
	verb := s.tok
	s.advance()
	switch {
	case verb.is("SELECT"):
		return s.selectFrom(actionSelect)
	case verb.is("INSERT"), verb.is("UPDATE"), verb.is("DELETE"):
		if err := s.modification(verb); err != nil {
			return err
		}
		return s.rest()
	case verb.is("BEGIN"):
		return s.batch()
	case verb.is("USE"):
		return s.keyspace(actionUse, nil)
	case verb.is("TRUNCATE"):
		s.acceptAny("TABLE", "COLUMNFAMILY")
		return s.whole(actionTruncate)
	}
	return s.definition(verb)
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

// modification reads the beginning of an INSERT, UPDATE or DELETE behind its first word, the name included.
func (s *statement) modification(verb token) error {
	switch {
	case verb.is("INSERT"):
		if !s.accept("INTO") {
			return errSyntax
		}
		if err := s.touch(actionInsert); err != nil {
			return err
		}
		if !s.tok.symbol('(') && !s.tok.is("JSON") {
			return errSyntax
		}
		return nil
	case verb.is("UPDATE"):
		if err := s.touch(actionUpdate); err != nil {
			return err
		}
		if !s.tok.is("USING") && !s.tok.is("SET") {
			return errSyntax
		}
		return nil
	}
	for !s.tok.is("FROM") {
		if s.over() || s.tok.kind == kindBad || modifies(s.tok) {
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

// modifies tells whether a token begins a statement of a batch. Such words are reserved.
func modifies(t token) bool { return t.is("INSERT") || t.is("UPDATE") || t.is("DELETE") }

// batch reads a batch behind BEGIN. The statements in it need no semicolons between them.
func (s *statement) batch() error {
	s.acceptAny("UNLOGGED", "COUNTER")
	if !s.accept("BATCH") {
		return errSyntax
	}
	for !s.tok.is("APPLY") {
		switch {
		case modifies(s.tok):
			verb := s.tok
			s.advance()
			if err := s.modification(verb); err != nil {
				return err
			}
		case s.tok.kind == kindEnd, s.tok.kind == kindBad, s.tok.is("FROM"), s.tok.is("SELECT"), s.tok.is("BEGIN"):
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
