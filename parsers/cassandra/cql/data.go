package cql

// selectFrom reads a SELECT after its first word. There is exactly one FROM in it.
func (r *Reader) selectFrom() error {
	if err := r.until("FROM"); err != nil {
		return err
	}
	if err := r.object(Select); err != nil {
		return err
	}
	if err := r.clause(); err != nil {
		return err
	}
	return r.rest()
}

// modifies reports whether an INSERT, UPDATE or DELETE begins here. Such words are reserved.
func (r *Reader) modifies() bool { return r.is("INSERT") || r.is("UPDATE") || r.is("DELETE") }

// modification reads the beginning of an INSERT, UPDATE or DELETE, the name included.
func (r *Reader) modification() error {
	switch {
	case r.accept("INSERT"):
		return r.insert()
	case r.accept("UPDATE"):
		return r.update()
	}
	r.advance()
	return r.deleteFrom()
}

// insert reads the beginning of an INSERT after its first word.
func (r *Reader) insert() error {
	if !r.accept("INTO") {
		return ErrForm
	}
	if err := r.object(Insert); err != nil {
		return err
	}
	if !r.symbol('(') && !r.is("JSON") {
		return ErrForm
	}
	return nil
}

// update reads the beginning of an UPDATE after its first word.
func (r *Reader) update() error {
	if err := r.object(Update); err != nil {
		return err
	}
	if !r.is("USING") && !r.is("SET") {
		return ErrForm
	}
	return nil
}

// deleteFrom reads the beginning of a DELETE after its first word.
func (r *Reader) deleteFrom() error {
	if err := r.until("FROM"); err != nil {
		return err
	}
	if err := r.object(Delete); err != nil {
		return err
	}
	return r.clause()
}

// batch reads a batch after BEGIN. The statements in it need no semicolons between them.
func (r *Reader) batch() error {
	r.acceptAny("UNLOGGED", "COUNTER")
	if !r.accept("BATCH") {
		return ErrForm
	}
	var last span
	for !r.is("APPLY") {
		var err error
		switch {
		case r.modifies():
			r.finish()
			r.begin()
			last, err = span{}, r.modification()
		case r.kind == kindEnd, r.kind == kindBad, r.is("FROM"), r.is("SELECT"), r.is("BEGIN"):
			err = ErrForm
		default:
			last, err = r.skip(last)
		}
		if err != nil {
			return err
		}
	}
	r.finish()
	r.advance()
	if !r.accept("BATCH") {
		return ErrForm
	}
	return r.end()
}

// truncate reads a TRUNCATE after its first word.
func (r *Reader) truncate() error {
	r.acceptAny("TABLE", "COLUMNFAMILY")
	if err := r.object(Truncate); err != nil {
		return err
	}
	if r.is("USING") {
		return r.rest()
	}
	return r.end()
}

// prune reads a PRUNE MATERIALIZED VIEW, which is of ScyllaDB, after its first word.
func (r *Reader) prune() error {
	if !r.accept("MATERIALIZED") || !r.accept("VIEW") {
		return ErrKind
	}
	if err := r.object(PruneView); err != nil {
		return err
	}
	if err := r.clause(); err != nil {
		return err
	}
	return r.rest()
}
