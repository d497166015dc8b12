package sql

import "unicode/utf8"

// Reader finds what the statements of a text do to which objects. It is reused, reads one text at a time, and allocates
// nothing once it has grown. Its lists are valid until the next text is read, and as long as the text is unchanged.
type Reader struct {
	lexer
	// Statements are the statements of the text, without empty ones.
	Statements []Statement
	// Accesses are what the statements do, each once.
	Accesses []Access
	// Settings are the settings that the text changes, in order.
	Settings []Setting

	tok token
	// ahead are tokens that were looked at before their turn.
	ahead    [2]token
	aheads   int
	previous token
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
	return cap(r.names) + cap(r.normal) + access*cap(r.Accesses) + statement*cap(r.Statements) + setting*cap(r.Settings) +
		reference*cap(r.references) + 24*cap(r.common) + 4*cap(r.hashes)
}

// Read reads a text of any number of statements. If it returns an error, which is an [*Error], the lists are of no use.
func (r *Reader) Read(text []byte, set Settings) error {
	r.Statements, r.Accesses, r.Settings = r.Statements[:0], r.Accesses[:0], r.Settings[:0]
	r.hashes, r.common, r.references = r.hashes[:0], r.common[:0], r.references[:0]
	r.lexer = lexer{text: text, set: set, names: r.names[:0], normal: r.normal[:0]}
	r.aheads, r.depth, r.previous = 0, 0, token{}
	switch {
	case set.Version < oldestRead:
		r.bad(0, ReasonServer)
	case set.Client == EncodingUnknown, set.Client == EncodingMixed && !isASCII(text):
		r.bad(0, ReasonEncoding)
	case set.Client == EncodingUTF8 && !utf8.Valid(text):
		r.bad(0, ReasonUTF8)
	}
	r.advance()
	r.statements()
	if r.err.Reason != "" {
		e := r.err
		return &e
	}
	return nil
}

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
	for r.tok.kind != kindEnd && r.good() {
		if r.take(';') {
			continue
		}
		if len(r.Statements) == MaxStatements {
			r.fail(ReasonSets)
			return
		}
		r.references, r.inSchema = r.references[:0], false
		i := len(r.Statements)
		r.Statements = append(r.Statements, Statement{From: r.tok.from})
		op, name := r.statement()
		r.own(op)
		s := &r.Statements[i]
		s.Operation, s.Name, s.To = op, name, r.previous.to
		if r.tok.kind != kindEnd && !r.is(';') {
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
func (r *Reader) good() bool { return r.err.Reason == "" }

// fail ends reading. The first failure counts.
func (r *Reader) fail(why Reason) {
	r.bad(r.tok.from, why)
	r.aheads = 0
	r.tok = token{kind: kindBad, from: r.tok.from, to: r.tok.from}
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
	r.next(&r.tok)
}

// peek returns the token after the current one.
func (r *Reader) peek() *token {
	if r.aheads == 0 {
		r.next(&r.ahead[0])
		r.aheads = 1
	}
	return &r.ahead[0]
}

// peek2 returns the token after that.
func (r *Reader) peek2() *token {
	r.peek()
	if r.aheads == 1 {
		r.next(&r.ahead[1])
		r.aheads = 2
	}
	return &r.ahead[1]
}

// isSymbol reports whether a token is the symbol.
func (t *token) isSymbol(b byte) bool { return t.kind == kindSymbol && t.symbol == b }

// isOperator reports whether a token is the operator of one byte.
func (t *token) isOperator(b byte) bool { return t.kind == kindOperator && t.symbol == b }

// isName reports whether a token may be a name of the category, or a label, which may be any word.
func (t *token) isName(c category) bool {
	switch t.kind {
	case kindQuoted:
		return true
	case kindWord:
		have := categories[t.word]
		return t.word == notKeyword || have == unreserved || have == c || c == reserved
	}
	return false
}

// is reports whether the current token is a symbol.
func (r *Reader) is(b byte) bool { return r.tok.isSymbol(b) }

// at reports whether the current token is a keyword.
func (r *Reader) at(k keyword) bool { return r.tok.word == k && r.tok.kind == kindWord }

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
	if !r.at(first) || r.peek().word != second || r.peek().kind != kindWord {
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
	if !r.tok.isName(c) {
		r.fail(ReasonNoName)
		return nil
	}
	n := r.tok.name
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
			r.fail(ReasonName)
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
