package cql

// statement reads the whole text.
func (r *Reader) statement() {
	switch {
	case r.acceptWord("SELECT"):
		r.selectFrom()
	case r.modifies():
		r.modification()
		r.restOfStatement()
	case r.acceptWord("BEGIN"):
		r.batchStatement()
	case r.acceptWord("USE"):
		r.keyspaceStatement(Use)
	case r.acceptWord("TRUNCATE"):
		r.truncateTable()
	default:
		r.definition()
	}
}

// fail ends reading: there is no further token. The first error stays.
func (r *Reader) fail(err Error) {
	if r.err == nil {
		if r.kind == kindBad {
			err = ErrToken
		}
		r.err = err
	}
	r.set(kindBad, len(r.text), len(r.text))
}

// require fails where the statement does not have the form of its kind.
func (r *Reader) require(form bool) {
	if !form {
		r.fail(ErrForm)
	}
}

// token goes past a token and returns it.
func (r *Reader) token() []byte {
	token := r.text[r.from:r.pos]
	r.advance()
	return token
}

// acceptSymbol goes past the punctuation character if it is there.
func (r *Reader) acceptSymbol(c byte) bool {
	if !r.isSymbol(c) {
		return false
	}
	r.advance()
	return true
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

// atEnd reports whether the statement ends here.
func (r *Reader) atEnd() bool { return r.kind == kindEnd || r.isSymbol(';') }

// endOfText reads the end of the text: any number of semicolons.
func (r *Reader) endOfText() {
	for r.acceptSymbol(';') {
	}
	if r.kind != kindEnd {
		r.fail(ErrTrailing)
	}
}

// scanTo goes to the keyword, or to the end of the statement, and reports whether the keyword is there. It adds the accesses
// to functions that are called with their keyspace.
func (r *Reader) scanTo(keyword string) (found bool) {
	var last span
	for {
		switch r.kind {
		case kindWord:
			if r.isWord(keyword) {
				return true
			}
		case kindSymbol:
			switch r.text[r.from] {
			case ';':
				return false
			case '.':
				last = r.skipToken(last)
				continue
			}
		case kindEnd:
			return false
		case kindBad:
			r.fail(ErrForm)
			return false
		}
		last = span{r.from, r.pos}
		r.advance()
	}
}

// restOfStatement reads the rest of a statement, in which there is no other object, and the end of the text.
func (r *Reader) restOfStatement() {
	r.require(!r.scanTo("FROM"))
	r.endStatement()
	r.endOfText()
}

// skipPast goes to the keyword and past it.
func (r *Reader) skipPast(keyword string) {
	r.require(r.scanTo(keyword))
	r.advance()
}

// requireWord requires that a statement ends or goes on with a word. Punctuation after the name of a table would make
// something else of it, such as a function that takes the true table.
func (r *Reader) requireWord() { r.require(r.atEnd() || r.kind == kindWord) }

// withoutObject reads the rest of a statement that names nothing in a keyspace.
func (r *Reader) withoutObject(a Action) { r.withoutObjectAs(Access{Action: a}) }

func (r *Reader) withoutObjectAs(a Access) {
	if !r.Add(a) {
		r.fail(ErrTooMany)
	}
	r.ignoreRest()
}

// ignoreRest reads the rest of a statement, whatever it is, and the end of the text.
func (r *Reader) ignoreRest() {
	for !r.atEnd() && r.kind != kindBad {
		r.advance()
	}
	r.require(r.kind != kindBad)
	r.endOfText()
}
