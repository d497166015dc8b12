package cql

// describeStatement reads a DESCRIBE after its first word. A word that says what is described may be a name instead, where
// nothing or a dot follows.
func (r *Reader) describeStatement() error {
	switch {
	case r.isWord("FULL"), r.isWord("SCHEMA"):
		return r.describeSchema()
	case r.isWord("ONLY"):
		return r.describeOnly()
	case r.acceptWord("KEYSPACE"):
		return r.describeKeyspace()
	case r.acceptAnyOf("TABLE", "COLUMNFAMILY"):
		return r.describeTable()
	case r.acceptWord("MATERIALIZED"):
		if !r.acceptWord("VIEW") {
			return ErrForm
		}
		return r.describeTable()
	case r.acceptWord("INDEX"):
		return r.describeMemberName(Tables, false)
	case r.isWord("CLUSTER"), r.isWord("KEYSPACES"):
		r.advance()
		return r.withoutObject(Describe)
	case r.isWord("TABLES"), r.isWord("COLUMNFAMILIES"), r.isWord("TYPES"), r.isWord("FUNCTIONS"), r.isWord("AGGREGATES"):
		r.advance()
		return r.describeCurrent(true)
	case r.isWord("TYPE"), r.isWord("FUNCTION"), r.isWord("AGGREGATE"):
		return r.describeMember()
	}
	return r.describeAny()
}

// describeSchema reads FULL SCHEMA or SCHEMA. The word is KEYSPACE to the lexer of servers, so that a name may follow.
func (r *Reader) describeSchema() error {
	r.acceptWord("FULL")
	if !r.acceptWord("SCHEMA") {
		return ErrForm
	}
	if r.atEnd() || r.isWord("WITH") {
		return r.withoutObjectAs(Access{Action: Describe, Scope: Keyspaces})
	}
	return r.describeKeyspace()
}

// describeOnly reads ONLY KEYSPACE, or a name that is "only".
func (r *Reader) describeOnly() error {
	first := r.text[r.from:r.pos]
	r.advance()
	if r.acceptAnyOf("KEYSPACE", "SCHEMA") {
		return r.describeKeyspace()
	}
	return r.describeNamed(first)
}

// describeKeyspace reads the name of a keyspace; without one it is the current one.
func (r *Reader) describeKeyspace() error {
	if r.atEnd() || r.isWord("WITH") {
		return r.describeCurrent(false)
	}
	name, err := r.identifier()
	if err != nil {
		return err
	}
	if err := r.addFirst(Access{Action: Describe, Scope: Tables}, name, nil); err != nil {
		return err
	}
	return r.describeOptions()
}

// describeCurrent is about the current keyspace, and where there is none and all is set, about every one.
func (r *Reader) describeCurrent(all bool) error {
	r.Unqualified = true
	a := Access{Action: Describe, Scope: Tables}
	if all && len(r.current) == 0 {
		a.Scope = Keyspaces
	}
	if err := r.addFirst(a, nil, nil); err != nil {
		return err
	}
	return r.describeOptions()
}

// describeTable reads the name of a table or view.
func (r *Reader) describeTable() error {
	if err := r.readObject(Describe); err != nil {
		return err
	}
	return r.describeOptions()
}

// describeMemberName reads the name of an object of a keyspace that is not a table. A function may be called TOKEN.
func (r *Reader) describeMemberName(scope Scope, function bool) error {
	keyspace, err := r.memberIdentifier(function)
	if err != nil {
		return err
	}
	if !r.isSymbol('.') {
		return r.addDescribed(scope, nil)
	}
	r.advance()
	if _, err := r.memberIdentifier(function); err != nil {
		return err
	}
	return r.addDescribed(scope, keyspace)
}

func (r *Reader) memberIdentifier(function bool) ([]byte, error) {
	if function && r.isWord("TOKEN") {
		name := r.text[r.from:r.pos]
		r.advance()
		return name, nil
	}
	return r.identifier()
}

func (r *Reader) addDescribed(scope Scope, keyspace []byte) error {
	if err := r.addFirst(Access{Action: Describe, Scope: scope}, keyspace, nil); err != nil {
		return err
	}
	return r.describeOptions()
}

// describeMember reads TYPE, FUNCTION or AGGREGATE and a name, or a name that is such a word.
func (r *Reader) describeMember() error {
	function := !r.isWord("TYPE")
	first := r.text[r.from:r.pos]
	r.advance()
	if r.atEnd() || r.isWord("WITH") || r.isSymbol('.') {
		return r.describeNamed(first)
	}
	return r.describeMemberName(Named, function)
}

// describeAny reads a name of anything.
func (r *Reader) describeAny() error {
	first, err := r.identifier()
	if err != nil {
		return err
	}
	return r.describeNamed(first)
}

// describeNamed is about what has the name: in a keyspace if one stands before it, else a keyspace, or if there is none
// of that name an object of the current one. What is described with a keyspace may be a table, an index or a view.
func (r *Reader) describeNamed(first []byte) error {
	if r.isSymbol('.') {
		r.advance()
		name, err := r.identifier()
		if err != nil {
			return err
		}
		if err := r.addFirst(Access{Action: Describe, Scope: Tables}, first, name); err != nil {
			return err
		}
		return r.describeOptions()
	}
	if err := r.addFirst(Access{Action: Describe, Scope: Tables}, first, nil); err != nil {
		return err
	}
	r.Unqualified = true
	if len(r.current) > 0 {
		if err := r.addFirst(Access{Action: Describe, Scope: Tables}, nil, first); err != nil {
			return err
		}
	}
	return r.describeOptions()
}

// describeOptions reads what may follow the name in a DESCRIBE.
func (r *Reader) describeOptions() error {
	if !r.atEnd() && !r.isWord("WITH") {
		return ErrForm
	}
	for !r.atEnd() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.endOfText()
}
