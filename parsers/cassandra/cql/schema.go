package cql

// keyspaceStatement reads the name of a keyspace and the rest.
func (r *Reader) keyspaceStatement(a Action) {
	scope := Named
	if a == DropKeyspace {
		scope = Tables
	}
	r.addFirst(Access{Action: a, Scope: scope}, r.identifier(), nil)
	if a == Use || a == DropKeyspace {
		r.endOfText()
		return
	}
	r.requireWord()
	r.restOfStatement()
}

// dropObject reads a name with which the statement ends. The table of an index is known to the server alone.
func (r *Reader) dropObject(a Action) {
	keyspace, name := r.qualifiedName()
	if a == DropIndex {
		r.addFirst(Access{Action: a, Scope: Tables}, keyspace, nil)
	} else {
		r.addObject(a, keyspace, name)
	}
	r.endOfText()
}

// alterObject reads a name and the rest of the statement.
func (r *Reader) alterObject(a Action) {
	r.readObject(a)
	r.require(r.isSymbol('(') || r.kind == kindWord)
	r.restOfStatement()
}

// createTable reads a table with its columns, or one that is like another.
func (r *Reader) createTable(a Action) {
	r.readObject(a)
	if r.acceptWord("LIKE") {
		r.readObject(a)
		r.requireWord()
	} else {
		r.require(r.isSymbol('('))
	}
	r.restOfStatement()
}

// createIndex reads "[name] ON table (". The index is in the keyspace of its table.
func (r *Reader) createIndex(a Action) {
	if !r.isWord("ON") {
		r.identifier()
	}
	r.require(r.acceptWord("ON"))
	r.readObject(a)
	r.require(r.isSymbol('('))
	r.restOfStatement()
}

// createView reads a materialized view. The table that it is of is accessed like the view, for it comes to be read by
// another name. Where it has no keyspace it is in that of the view.
func (r *Reader) createView(a Action) {
	keyspace, name := r.qualifiedName()
	r.addObject(a, keyspace, name)
	r.require(r.acceptWord("AS") && r.acceptWord("SELECT"))
	r.skipPast("FROM")
	own, base := r.qualifiedName()
	if own == nil {
		own = keyspace
	}
	r.addObject(a, own, base)
	r.requireWord()
	r.restOfStatement()
}

// createFunction reads a function or an aggregate. The functions that an aggregate names are in its own keyspace.
func (r *Reader) createFunction(a Action) {
	r.addObject(a, r.functionName(), nil)
	r.require(r.isSymbol('('))
	r.restOfStatement()
}

// dropFunction reads a name, and the types of arguments.
func (r *Reader) dropFunction(a Action) {
	r.addObject(a, r.functionName(), nil)
	r.require(r.isSymbol('(') || r.atEnd())
	r.restOfStatement()
}

// functionName reads the name of a function, which may be TOKEN, and returns the keyspace before it, nil if there is none.
func (r *Reader) functionName() (keyspace []byte) {
	if r.acceptWord("TOKEN") {
		return nil
	}
	first := r.identifier()
	if !r.acceptSymbol('.') {
		return nil
	}
	if !r.acceptWord("TOKEN") {
		r.identifier()
	}
	return first
}

// trigger reads "name ON table", and for a new one the rest.
func (r *Reader) trigger(a Action) {
	r.identifier()
	r.require(r.acceptWord("ON"))
	r.readObject(a)
	r.require(a == CreateTrigger && r.isWord("USING") || a == DropTrigger && r.atEnd())
	r.restOfStatement()
}
