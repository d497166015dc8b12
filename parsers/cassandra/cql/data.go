package cql

// selectFrom reads a SELECT after its first word. There is exactly one FROM in it.
func (r *Reader) selectFrom() error {
	if err := r.skipPast("FROM"); err != nil {
		return err
	}
	if err := r.selected(); err != nil {
		return err
	}
	if err := r.requireWord(); err != nil {
		return err
	}
	return r.restOfStatement()
}

// mutationFragments is the function by which ScyllaDB shows what a table is stored as (docs/dev/mutation-fragments.md).
// Without parentheses it may be the name of a table.
const mutationFragments = "MUTATION_FRAGMENTS"

// selected reads the name of what a SELECT is on: a table, or a function of one, which reads that table.
func (r *Reader) selected() error {
	function := r.isWord(mutationFragments)
	keyspace, name, err := r.qualifiedName()
	if err != nil {
		return err
	}
	if !function || keyspace != nil || !r.isSymbol('(') {
		return r.addObject(Select, keyspace, name)
	}
	r.advance()
	if err := r.readObject(Select); err != nil {
		return err
	}
	if !r.isSymbol(')') {
		return ErrForm
	}
	r.advance()
	return nil
}

// modifies reports whether an INSERT, UPDATE or DELETE begins here. Such words are reserved.
func (r *Reader) modifies() bool {
	return r.isWord("INSERT") || r.isWord("UPDATE") || r.isWord("DELETE")
}

// modification reads the beginning of an INSERT, UPDATE or DELETE, the name included.
func (r *Reader) modification() error {
	switch {
	case r.acceptWord("INSERT"):
		return r.insert()
	case r.acceptWord("UPDATE"):
		return r.update()
	}
	r.advance()
	return r.deleteFrom()
}

// insert reads the beginning of an INSERT after its first word.
func (r *Reader) insert() error {
	if !r.acceptWord("INTO") {
		return ErrForm
	}
	if err := r.readObject(Insert); err != nil {
		return err
	}
	if !r.isSymbol('(') && !r.isWord("JSON") {
		return ErrForm
	}
	return nil
}

// update reads the beginning of an UPDATE after its first word.
func (r *Reader) update() error {
	if err := r.readObject(Update); err != nil {
		return err
	}
	if !r.isWord("USING") && !r.isWord("SET") {
		return ErrForm
	}
	return nil
}

// deleteFrom reads the beginning of a DELETE after its first word.
func (r *Reader) deleteFrom() error {
	if err := r.skipPast("FROM"); err != nil {
		return err
	}
	if err := r.readObject(Delete); err != nil {
		return err
	}
	return r.requireWord()
}

// batchStatement reads a batch after BEGIN. The statements in it need no semicolons between them.
func (r *Reader) batchStatement() error {
	r.acceptAnyOf("UNLOGGED", "COUNTER")
	if !r.acceptWord("BATCH") {
		return ErrForm
	}
	var last span
	for !r.isWord("APPLY") {
		var err error
		switch {
		case r.modifies():
			r.endStatement()
			r.beginStatement()
			last, err = span{}, r.modification()
		case r.kind == kindEnd, r.kind == kindBad, r.isWord("FROM"), r.isWord("SELECT"), r.isWord("BEGIN"):
			err = ErrForm
		default:
			last, err = r.skipToken(last)
		}
		if err != nil {
			return err
		}
	}
	r.endStatement()
	r.advance()
	if !r.acceptWord("BATCH") {
		return ErrForm
	}
	return r.endOfText()
}

// truncateTable reads a TRUNCATE after its first word.
func (r *Reader) truncateTable() error {
	r.acceptAnyOf("TABLE", "COLUMNFAMILY")
	if err := r.readObject(Truncate); err != nil {
		return err
	}
	if r.isWord("USING") {
		return r.restOfStatement()
	}
	return r.endOfText()
}

// pruneView reads a PRUNE MATERIALIZED VIEW, which is of ScyllaDB, after its first word.
func (r *Reader) pruneView() error {
	if !r.acceptWord("MATERIALIZED") || !r.acceptWord("VIEW") {
		return ErrKind
	}
	if err := r.readObject(PruneView); err != nil {
		return err
	}
	if err := r.requireWord(); err != nil {
		return err
	}
	return r.restOfStatement()
}
