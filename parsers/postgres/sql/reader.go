package sql

import (
	"unicode/utf8"

	"github.com/proxylib/proxylib/parsers/internal/sqllex"
)

// Reader finds what the statements of a text do to which objects. It is reused, reads one text at a time, and allocates
// nothing once it has grown. Its lists are valid until the next text is read, and as long as the text is unchanged.
type Reader struct {
	lexer sqllex.Lexer
	text  []byte
	set   Settings
	// Statements are the statements of the text, without empty ones.
	Statements []Statement
	// Accesses are what the statements do, each once.
	Accesses []Access
	// Settings are the settings that the text changes, in order.
	Settings []Setting

	tok sqllex.Token
	// ahead are tokens that were looked at before their turn.
	ahead    [2]sqllex.Token
	aheads   int
	previous sqllex.Token
	// names is where names are that are not in the text as they are, besides those of the lexer.
	names []byte
	// hashes are those of the accesses.
	hashes []uint32
	// common are the names of common table expressions in reach.
	common [][]byte
	// references are the tables that the FROM clauses at hand have named, in order.
	references []name
	depth      int
	// columns: the expression read last names something that may be a column.
	columns bool
	// inSchema: the statement at hand is CREATE SCHEMA, which may hold others.
	inSchema bool
}

// name is that of an object.
type name struct {
	schema, last []byte
}

// Size returns the memory that the reader retains, in bytes, without what is fixed.
func (r *Reader) Size() int {
	const access, statement, setting, reference = 56, 48, 56, 48
	return r.lexer.Size() + cap(r.names) + access*cap(r.Accesses) + statement*cap(r.Statements) + setting*cap(r.Settings) +
		reference*cap(r.references) + 24*cap(r.common) + 4*cap(r.hashes)
}

// Read reads a text of any number of statements. If it returns an error, which is an [*Error], the lists are of no use.
func (r *Reader) Read(text []byte, set Settings) error {
	r.Statements, r.Accesses, r.Settings = r.Statements[:0], r.Accesses[:0], r.Settings[:0]
	r.hashes, r.common, r.references = r.hashes[:0], r.common[:0], r.references[:0]
	r.text, r.set, r.names = text, set, r.names[:0]
	r.lexer.Begin(text, dialect, set.mode())
	r.aheads, r.depth, r.previous = 0, 0, sqllex.Token{}
	switch {
	case set.Version < oldestRead:
		r.lexer.Fail(0, ReasonServer)
	case set.Client == EncodingUnknown, set.Client == EncodingMixed && !isASCII(text):
		r.lexer.Fail(0, ReasonEncoding)
	case set.Client == EncodingUTF8 && !utf8.Valid(text):
		r.lexer.Fail(0, ReasonUTF8)
	}
	r.advance()
	r.statements()
	if !r.good() {
		e := r.lexer.Err()
		return &e
	}
	return nil
}

// Normalized returns the text that was read last without what varies from one execution to the next: literals and parameters
// are ?, a list of them is one, and between tokens is one space. It is valid until the next text is read.
func (r *Reader) Normalized() []byte { return r.lexer.Normalized() }

// isASCII reports whether a text has no byte above 0x7f.
func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// statements reads the statements between semicolons.
func (r *Reader) statements() {
	for r.tok.Kind != sqllex.End && r.good() {
		if r.take(';') {
			continue
		}
		if len(r.Statements) == MaxStatements {
			r.fail(ReasonSets)
			return
		}
		r.references, r.inSchema = r.references[:0], false
		i := len(r.Statements)
		r.Statements = append(r.Statements, Statement{From: r.tok.From})
		op, name := r.statement()
		r.own(op)
		s := &r.Statements[i]
		s.Operation, s.Name, s.To = op, name, r.previous.To
		if r.tok.Kind != sqllex.End && !r.is(';') {
			r.fail(ReasonForm)
		}
	}
}

// own adds an access for a statement whose operation no access has, such as SELECT 1.
func (r *Reader) own(op Operation) {
	for i := range r.Accesses {
		if r.Accesses[i].Operation == op {
			return
		}
	}
	r.add(Access{Operation: op, Class: op.Class()})
}

// good reports whether nothing has failed.
func (r *Reader) good() bool { return !r.lexer.Failed() }

// fail ends reading. The first failure counts.
func (r *Reader) fail(why Reason) {
	r.lexer.Fail(r.tok.From, why)
	r.aheads = 0
	r.tok = sqllex.Token{Kind: sqllex.Bad, From: r.tok.From, To: r.tok.From}
}

// advance makes the next token the current one.
func (r *Reader) advance() {
	r.previous = r.tok
	if r.aheads > 0 {
		r.tok = r.ahead[0]
		r.ahead[0] = r.ahead[1]
		r.aheads--
		return
	}
	r.lexer.Next(&r.tok)
}

// peek returns the token after the current one.
func (r *Reader) peek() *sqllex.Token {
	if r.aheads == 0 {
		r.lexer.Next(&r.ahead[0])
		r.aheads = 1
	}
	return &r.ahead[0]
}

// peek2 returns the token after that.
func (r *Reader) peek2() *sqllex.Token {
	r.peek()
	if r.aheads == 1 {
		r.lexer.Next(&r.ahead[1])
		r.aheads = 2
	}
	return &r.ahead[1]
}

// is reports whether the current token is a symbol.
func (r *Reader) is(b byte) bool { return r.tok.IsSymbol(b) }

// at reports whether the current token is a keyword.
func (r *Reader) at(k keyword) bool { return r.tok.Word == k && r.tok.Kind == sqllex.Word }

// take passes a symbol, if it is there.
func (r *Reader) take(b byte) bool {
	if !r.is(b) {
		return false
	}
	r.advance()
	return true
}

// takes passes a keyword, if it is there.
func (r *Reader) takes(k keyword) bool {
	if !r.at(k) {
		return false
	}
	r.advance()
	return true
}

// takesAll passes keywords that follow one another, if the first is there; then the others must be.
func (r *Reader) takesAll(first keyword, others ...keyword) bool {
	if !r.takes(first) {
		return false
	}
	for _, k := range others {
		r.need(k)
	}
	return true
}

// takesBoth passes two keywords, if both are there.
func (r *Reader) takesBoth(first, second keyword) bool {
	if !r.at(first) || r.peek().Word != second || r.peek().Kind != sqllex.Word {
		return false
	}
	r.advance()
	r.advance()
	return true
}

// need passes a keyword that must be there.
func (r *Reader) need(k keyword) {
	if !r.takes(k) {
		r.fail(ReasonForm)
	}
}

// needs passes a symbol that must be there.
func (r *Reader) needs(b byte) {
	if !r.take(b) {
		r.fail(ReasonForm)
	}
}

// needName passes a single name that must be there and returns it.
func (r *Reader) needName(c category) []byte {
	if !mayName(&r.tok, c) {
		r.fail(ReasonNoName)
		return nil
	}
	n := r.tok.Name
	r.advance()
	return n
}

// object passes the name of a table or the like: name, schema.name or database.schema.name.
func (r *Reader) object() name {
	n := name{last: r.needName(columnName)}
	for parts := 1; r.is('.'); parts++ {
		r.advance()
		n.schema, n.last = n.last, r.needName(reserved)
		if parts == 3 {
			r.fail(sqllex.ReasonName)
		}
	}
	return n
}

// enter goes a level deeper. It reports false where that is too deep.
func (r *Reader) enter() bool {
	if r.depth == maxDepth {
		r.fail(ReasonDeep)
		return false
	}
	r.depth++
	return true
}

// leave goes back.
func (r *Reader) leave() { r.depth-- }
