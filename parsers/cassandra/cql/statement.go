package cql

// statement reads the whole text.
func (r *Reader) statement() error {
	switch {
	case r.acceptWord("SELECT"):
		return r.selectFrom()
	case r.modifies():
		if err := r.modification(); err != nil {
			return err
		}
		return r.restOfStatement()
	case r.acceptWord("BEGIN"):
		return r.batchStatement()
	case r.acceptWord("USE"):
		return r.keyspaceStatement(Use, nil)
	case r.acceptWord("TRUNCATE"):
		return r.truncateTable()
	}
	return r.definition()
}

// definition reads a statement on the schema, on roles or on permissions.
func (r *Reader) definition() error {
	switch {
	case r.acceptWord("CREATE"):
		return r.createStatement()
	case r.acceptWord("ALTER"):
		return r.alterStatement()
	case r.acceptWord("DROP"):
		return r.dropStatement()
	case r.acceptWord("GRANT"):
		return r.grant("TO", GrantPermission, GrantRole)
	case r.acceptWord("REVOKE"):
		return r.grant("FROM", RevokePermission, RevokeRole)
	case r.acceptWord("LIST"):
		return r.listStatement()
	case r.acceptAnyOf("DESCRIBE", "DESC"):
		return r.describeStatement()
	case r.acceptWord("ADD"):
		return r.addIdentity()
	case r.acceptWord("PRUNE"):
		return r.pruneView()
	case r.acceptWord("ATTACH"):
		return r.serviceLevel(AttachServiceLevel)
	case r.acceptWord("DETACH"):
		return r.serviceLevel(DetachServiceLevel)
	}
	return ErrKind
}

// acceptWord goes past the keyword if it is there.
func (r *Reader) acceptWord(keyword string) bool {
	if !r.isWord(keyword) {
		return false
	}
	r.advance()
	return true
}

// acceptAnyOf goes past one of the keywords if it is there.
func (r *Reader) acceptAnyOf(keywords ...string) bool {
	for _, k := range keywords {
		if r.acceptWord(k) {
			return true
		}
	}
	return false
}

// ifExists goes past IF EXISTS.
func (r *Reader) ifExists() error {
	if r.acceptWord("IF") && !r.acceptWord("EXISTS") {
		return ErrForm
	}
	return nil
}

// ifNotExists goes past IF NOT EXISTS.
func (r *Reader) ifNotExists() error {
	if r.acceptWord("IF") && !(r.acceptWord("NOT") && r.acceptWord("EXISTS")) {
		return ErrForm
	}
	return nil
}

// atEnd reports whether the statement ends here.
func (r *Reader) atEnd() bool { return r.kind == kindEnd || r.isSymbol(';') }

// endOfText reads the end of the text: any number of semicolons.
func (r *Reader) endOfText() error {
	for r.isSymbol(';') {
		r.advance()
	}
	if r.kind != kindEnd {
		return ErrTrailing
	}
	return nil
}

// scanTo goes to the keyword, or to the end of the statement, and reports whether the keyword is there. It adds the accesses
// to functions that are called with their keyspace.
func (r *Reader) scanTo(keyword string) (found bool, err error) {
	var last span
	for {
		switch r.kind {
		case kindWord:
			if r.isWord(keyword) {
				return true, nil
			}
		case kindSymbol:
			switch r.text[r.from] {
			case ';':
				return false, nil
			case '.':
				if last, err = r.skipToken(last); err != nil {
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

// restOfStatement reads the rest of a statement, in which there is no other object, and the end of the text.
func (r *Reader) restOfStatement() error {
	found, err := r.scanTo("FROM")
	if err == nil && found {
		err = ErrForm
	}
	if err != nil {
		return err
	}
	r.endStatement()
	return r.endOfText()
}

// skipPast goes to the keyword and past it.
func (r *Reader) skipPast(keyword string) error {
	found, err := r.scanTo(keyword)
	if err == nil && !found {
		err = ErrForm
	}
	r.advance()
	return err
}

// requireWord is satisfied where a statement ends or goes on with a word. Punctuation after the name of a table would make
// something else of it, such as a function that takes the true table.
func (r *Reader) requireWord() error {
	if r.atEnd() || r.kind == kindWord {
		return nil
	}
	return ErrForm
}

// withoutObject reads the rest of a statement that names nothing in a keyspace.
func (r *Reader) withoutObject(a Action) error {
	return r.withoutObjectAs(Access{Action: a})
}

func (r *Reader) withoutObjectAs(a Access) error {
	if !r.Add(a) {
		return ErrTooMany
	}
	for !r.atEnd() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.endOfText()
}
