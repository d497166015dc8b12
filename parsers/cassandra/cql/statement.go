package cql

// statement reads the whole text.
func (r *Reader) statement() error {
	switch {
	case r.accept("SELECT"):
		return r.selectFrom()
	case r.modifies():
		if err := r.modification(); err != nil {
			return err
		}
		return r.rest()
	case r.accept("BEGIN"):
		return r.batch()
	case r.accept("USE"):
		return r.keyspace(Use, nil)
	case r.accept("TRUNCATE"):
		return r.truncate()
	}
	return r.definition()
}

// definition reads a statement on the schema, on roles or on permissions.
func (r *Reader) definition() error {
	switch {
	case r.accept("CREATE"):
		return r.create()
	case r.accept("ALTER"):
		return r.alter()
	case r.accept("DROP"):
		return r.drop()
	case r.accept("GRANT"):
		return r.grant("TO", GrantPermission, GrantRole)
	case r.accept("REVOKE"):
		return r.grant("FROM", RevokePermission, RevokeRole)
	case r.accept("LIST"):
		return r.list()
	case r.acceptAny("DESCRIBE", "DESC"):
		return r.describe()
	case r.accept("ADD"):
		return r.addIdentity()
	case r.accept("PRUNE"):
		return r.prune()
	case r.accept("ATTACH"):
		return r.serviceLevel(AttachServiceLevel)
	case r.accept("DETACH"):
		return r.serviceLevel(DetachServiceLevel)
	}
	return ErrKind
}

// accept goes past the keyword if it is there.
func (r *Reader) accept(keyword string) bool {
	if !r.is(keyword) {
		return false
	}
	r.advance()
	return true
}

// acceptAny goes past one of the keywords if it is there.
func (r *Reader) acceptAny(keywords ...string) bool {
	for _, k := range keywords {
		if r.accept(k) {
			return true
		}
	}
	return false
}

// ifExists goes past IF EXISTS.
func (r *Reader) ifExists() error {
	if r.accept("IF") && !r.accept("EXISTS") {
		return ErrForm
	}
	return nil
}

// ifNotExists goes past IF NOT EXISTS.
func (r *Reader) ifNotExists() error {
	if r.accept("IF") && !(r.accept("NOT") && r.accept("EXISTS")) {
		return ErrForm
	}
	return nil
}

// over reports whether the statement ends here.
func (r *Reader) over() bool { return r.kind == kindEnd || r.symbol(';') }

// end reads the end of the text: any number of semicolons.
func (r *Reader) end() error {
	for r.symbol(';') {
		r.advance()
	}
	if r.kind != kindEnd {
		return ErrTrailing
	}
	return nil
}

// scan goes to the keyword, or to the end of the statement, and reports whether the keyword is there. It adds the accesses
// to functions that are called with their keyspace.
func (r *Reader) scan(keyword string) (found bool, err error) {
	var last span
	for {
		switch r.kind {
		case kindWord:
			if r.is(keyword) {
				return true, nil
			}
		case kindSymbol:
			switch r.text[r.from] {
			case ';':
				return false, nil
			case '.':
				if last, err = r.skip(last); err != nil {
					return false, err
				}
				continue
			}
		case kindEnd:
			return false, nil
		case kindBad:
			return false, ErrForm
		}
		last = span{r.from, r.pos}
		r.advance()
	}
}

// rest reads the rest of a statement, in which there is no other object, and the end of the text.
func (r *Reader) rest() error {
	found, err := r.scan("FROM")
	if err == nil && found {
		err = ErrForm
	}
	if err != nil {
		return err
	}
	r.finish()
	return r.end()
}

// until goes to the keyword and past it.
func (r *Reader) until(keyword string) error {
	found, err := r.scan(keyword)
	if err == nil && !found {
		err = ErrForm
	}
	r.advance()
	return err
}

// clause is satisfied where a statement ends or goes on with a word. Punctuation after the name of a table would make
// something else of it, such as a function that takes the true table.
func (r *Reader) clause() error {
	if r.over() || r.kind == kindWord {
		return nil
	}
	return ErrForm
}

// alone reads the rest of a statement that names nothing in a keyspace.
func (r *Reader) alone(a Action) error {
	return r.aloneWith(Access{Action: a})
}

func (r *Reader) aloneWith(a Access) error {
	if !r.Add(a) {
		return ErrTooMany
	}
	for !r.over() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.end()
}
