package cql

// describeSchema reads the rest after SCHEMA, which is KEYSPACE to the lexer of servers, so that a name may follow.
func (r *Reader) describeSchema(a Action) {
	if r.describedWhole() {
		r.withoutObjectAs(Access{Action: a, Scope: Keyspaces})
		return
	}
	r.describeKeyspace(a)
}

// describedWhole reports whether no name follows.
func (r *Reader) describedWhole() bool { return r.atEnd() || r.isWord("WITH") }

// describeKeyspace reads the name of a keyspace; without one it is the current one.
func (r *Reader) describeKeyspace(Action) {
	var name []byte
	if !r.describedWhole() {
		name = r.identifier()
	}
	r.describe(Tables, name, nil)
}

// describeAll is about the current keyspace, and where there is none, about every one.
func (r *Reader) describeAll(Action) {
	scope := Tables
	if len(r.current) == 0 {
		scope = Keyspaces
	}
	r.describe(scope, nil, nil)
}

// describeTable reads the name of a table or view.
func (r *Reader) describeTable(Action) {
	keyspace, name := r.qualifiedName()
	r.describe(Named, keyspace, name)
}

// describeIndex reads the name of an index, whose table is known to the server alone.
func (r *Reader) describeIndex(Action) {
	keyspace, _ := r.qualifiedName()
	r.describe(Tables, keyspace, nil)
}

// describeName reads TYPE, FUNCTION or AGGREGATE and a name, or a name of anything, which may be such a word where nothing
// or a dot follows. A function may be called TOKEN.
func (r *Reader) describeName(Action) {
	function := r.isWord("FUNCTION") || r.isWord("AGGREGATE")
	member := function || r.isWord("TYPE")
	first := r.identifier()
	if !member || r.describedWhole() || r.isSymbol('.') {
		r.describeNamed(first)
		return
	}
	keyspace := r.memberIdentifier(function)
	if r.acceptSymbol('.') {
		r.memberIdentifier(function)
	} else {
		keyspace = nil
	}
	r.describe(Named, keyspace, nil)
}

func (r *Reader) memberIdentifier(function bool) []byte {
	if function && r.isWord("TOKEN") {
		return r.token()
	}
	return r.identifier()
}

// describeNamed is about what has the name: in a keyspace if one stands before it, else a keyspace, or if there is none
// of that name an object of the current one. What is described with a keyspace may be a table, an index or a view.
func (r *Reader) describeNamed(first []byte) {
	if r.acceptSymbol('.') {
		r.describe(Tables, first, r.identifier())
		return
	}
	r.Unqualified = true
	r.addFirst(Access{Action: Describe, Scope: Tables}, first, nil)
	if len(r.current) > 0 {
		r.addFirst(Access{Action: Describe, Scope: Tables}, nil, first)
	}
	r.describeOptions()
}

// describe adds the access to a table, or to a keyspace if there is no name, and reads what may follow.
func (r *Reader) describe(scope Scope, keyspace, name []byte) {
	r.addFirst(Access{Action: Describe, Scope: scope}, keyspace, name)
	r.describeOptions()
}

// describeOptions reads what may follow the name in a DESCRIBE.
func (r *Reader) describeOptions() {
	r.require(r.describedWhole())
	r.ignoreRest()
}
