package cql

// selectFrom reads a SELECT after its first word. There is exactly one FROM in it.
func (r *Reader) selectFrom() {
	r.skipPast("FROM")
	r.selected()
	r.requireWord()
	r.restOfStatement()
}

// mutationFragments is the function by which ScyllaDB shows what a table is stored as (docs/dev/mutation-fragments.md).
// Without parentheses it may be the name of a table.
const mutationFragments = "MUTATION_FRAGMENTS"

// selected reads the name of what a SELECT is on: a table, or a function of one, which reads that table.
func (r *Reader) selected() {
	function := r.isWord(mutationFragments)
	keyspace, name := r.qualifiedName()
	if !function || keyspace != nil || !r.acceptSymbol('(') {
		r.addObject(Select, keyspace, name)
		return
	}
	r.readObject(Select)
	r.require(r.acceptSymbol(')'))
}

// modifies reports whether an INSERT, UPDATE or DELETE begins here. Such words are reserved.
func (r *Reader) modifies() bool {
	return r.isWord("INSERT") || r.isWord("UPDATE") || r.isWord("DELETE")
}

// modification reads the beginning of an INSERT, UPDATE or DELETE, the name included.
func (r *Reader) modification() {
	switch {
	case r.acceptWord("INSERT"):
		r.require(r.acceptWord("INTO"))
		r.readObject(Insert)
		r.require(r.isSymbol('(') || r.isWord("JSON"))
	case r.acceptWord("UPDATE"):
		r.readObject(Update)
		r.require(r.isWord("USING") || r.isWord("SET"))
	case r.acceptWord("DELETE"):
		r.skipPast("FROM")
		r.readObject(Delete)
		r.requireWord()
	}
}

// batchStatement reads a batch after BEGIN. The statements in it need no semicolons between them.
func (r *Reader) batchStatement() {
	r.acceptAnyOf("UNLOGGED", "COUNTER")
	r.require(r.acceptWord("BATCH"))
	var last span
	for !r.isWord("APPLY") && r.err == nil {
		switch {
		case r.modifies():
			r.endStatement()
			r.beginStatement()
			r.modification()
			last = span{}
		case r.kind == kindEnd, r.kind == kindBad, r.isWord("FROM"), r.isWord("SELECT"), r.isWord("BEGIN"):
			r.fail(ErrForm)
		default:
			last = r.skipToken(last)
		}
	}
	r.endStatement()
	r.advance()
	r.require(r.acceptWord("BATCH"))
	r.endOfText()
}

// truncateTable reads a TRUNCATE after its first word.
func (r *Reader) truncateTable() {
	r.acceptAnyOf("TABLE", "COLUMNFAMILY")
	r.readObject(Truncate)
	if r.isWord("USING") {
		r.restOfStatement()
		return
	}
	r.endOfText()
}

// pruneView reads a PRUNE MATERIALIZED VIEW, which is of ScyllaDB, after these words.
func (r *Reader) pruneView(a Action) {
	r.readObject(a)
	r.requireWord()
	r.restOfStatement()
}
