package cql

// describe reads a DESCRIBE after its first word. A word that says what is described may be a name instead, where
// nothing or a dot follows.
func (r *Reader) describe() error {
	switch {
	case r.is("FULL"), r.is("SCHEMA"):
		return r.describeSchema()
	case r.is("ONLY"):
		return r.describeOnly()
	case r.accept("KEYSPACE"):
		return r.describeKeyspace()
	case r.acceptAny("TABLE", "COLUMNFAMILY"):
		return r.described()
	case r.accept("MATERIALIZED"):
		if !r.accept("VIEW") {
			return ErrForm
		}
		return r.described()
	case r.accept("INDEX"):
		return r.describedMember(Tables, false)
	case r.is("CLUSTER"), r.is("KEYSPACES"):
		r.advance()
		return r.alone(Describe)
	case r.is("TABLES"), r.is("COLUMNFAMILIES"), r.is("TYPES"), r.is("FUNCTIONS"), r.is("AGGREGATES"):
		r.advance()
		return r.describeCurrent(true)
	case r.is("TYPE"), r.is("FUNCTION"), r.is("AGGREGATE"):
		return r.describeMember()
	}
	return r.describeAny()
}

// describeSchema reads FULL SCHEMA or SCHEMA. The word is KEYSPACE to the lexer of servers, so that a name may follow.
func (r *Reader) describeSchema() error {
	r.accept("FULL")
	if !r.accept("SCHEMA") {
		return ErrForm
	}
	if r.over() || r.is("WITH") {
		return r.aloneWith(Access{Action: Describe, Scope: Keyspaces})
	}
	return r.describeKeyspace()
}

// describeOnly reads ONLY KEYSPACE, or a name that is "only".
func (r *Reader) describeOnly() error {
	first := r.text[r.from:r.pos]
	r.advance()
	if r.acceptAny("KEYSPACE", "SCHEMA") {
		return r.describeKeyspace()
	}
	return r.describeNamed(first)
}

// describeKeyspace reads the name of a keyspace; without one it is the current one.
func (r *Reader) describeKeyspace() error {
	if r.over() || r.is("WITH") {
		return r.describeCurrent(false)
	}
	name, err := r.part()
	if err != nil {
		return err
	}
	if err := r.access(Access{Action: Describe, Scope: Tables}, name, nil); err != nil {
		return err
	}
	return r.options()
}

// describeCurrent is about the current keyspace, and where there is none and all is set, about every one.
func (r *Reader) describeCurrent(all bool) error {
	r.Unqualified = true
	a := Access{Action: Describe, Scope: Tables}
	if all && len(r.current) == 0 {
		a.Scope = Keyspaces
	}
	if err := r.access(a, nil, nil); err != nil {
		return err
	}
	return r.options()
}

// described reads the name of a table or view.
func (r *Reader) described() error {
	if err := r.object(Describe); err != nil {
		return err
	}
	return r.options()
}

// describedMember reads the name of an object of a keyspace that is not a table. A function may be called TOKEN.
func (r *Reader) describedMember(scope Scope, function bool) error {
	keyspace, err := r.memberPart(function)
	if err != nil {
		return err
	}
	if !r.symbol('.') {
		return r.describeIn(scope, nil)
	}
	r.advance()
	if _, err := r.memberPart(function); err != nil {
		return err
	}
	return r.describeIn(scope, keyspace)
}

func (r *Reader) memberPart(function bool) ([]byte, error) {
	if function && r.is("TOKEN") {
		name := r.text[r.from:r.pos]
		r.advance()
		return name, nil
	}
	return r.part()
}

func (r *Reader) describeIn(scope Scope, keyspace []byte) error {
	if err := r.access(Access{Action: Describe, Scope: scope}, keyspace, nil); err != nil {
		return err
	}
	return r.options()
}

// describeMember reads TYPE, FUNCTION or AGGREGATE and a name, or a name that is such a word.
func (r *Reader) describeMember() error {
	function := !r.is("TYPE")
	first := r.text[r.from:r.pos]
	r.advance()
	if r.over() || r.is("WITH") || r.symbol('.') {
		return r.describeNamed(first)
	}
	return r.describedMember(Named, function)
}

// describeAny reads a name of anything.
func (r *Reader) describeAny() error {
	first, err := r.part()
	if err != nil {
		return err
	}
	return r.describeNamed(first)
}

// describeNamed is about what has the name: in a keyspace if one stands before it, else a keyspace, or if there is none
// of that name an object of the current one. What is described with a keyspace may be a table, an index or a view.
func (r *Reader) describeNamed(first []byte) error {
	if r.symbol('.') {
		r.advance()
		name, err := r.part()
		if err != nil {
			return err
		}
		if err := r.access(Access{Action: Describe, Scope: Tables}, first, name); err != nil {
			return err
		}
		return r.options()
	}
	if err := r.access(Access{Action: Describe, Scope: Tables}, first, nil); err != nil {
		return err
	}
	r.Unqualified = true
	if len(r.current) > 0 {
		if err := r.access(Access{Action: Describe, Scope: Tables}, nil, first); err != nil {
			return err
		}
	}
	return r.options()
}

// options reads what may follow the name in a DESCRIBE.
func (r *Reader) options() error {
	if !r.over() && !r.is("WITH") {
		return ErrForm
	}
	for !r.over() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.end()
}
