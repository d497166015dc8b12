package cql

func (r *Reader) createStatement() error {
	switch {
	case r.acceptAnyOf("KEYSPACE", "SCHEMA"):
		return r.keyspaceStatement(CreateKeyspace, r.ifNotExists)
	case r.acceptAnyOf("TABLE", "COLUMNFAMILY"):
		return r.createTable()
	case r.acceptWord("INDEX"):
		return r.createIndex()
	case r.acceptWord("CUSTOM"):
		if r.acceptWord("INDEX") {
			return r.createIndex()
		}
	case r.acceptWord("MATERIALIZED"):
		if r.acceptWord("VIEW") {
			return r.createView()
		}
	case r.acceptWord("TYPE"):
		return r.alterObject(CreateType, r.ifNotExists)
	case r.acceptWord("OR"):
		if r.acceptWord("REPLACE") {
			return r.createFunction()
		}
	case r.isWord("FUNCTION"), r.isWord("AGGREGATE"):
		return r.createFunction()
	case r.acceptWord("TRIGGER"):
		return r.trigger(CreateTrigger, r.ifNotExists)
	case r.acceptWord("ROLE"):
		return r.withoutObject(CreateRole)
	case r.acceptWord("USER"):
		return r.withoutObject(CreateUser)
	}
	return r.serviceLevel(CreateServiceLevel)
}

func (r *Reader) alterStatement() error {
	switch {
	case r.acceptAnyOf("KEYSPACE", "SCHEMA"):
		return r.keyspaceStatement(AlterKeyspace, r.ifExists)
	case r.acceptAnyOf("TABLE", "COLUMNFAMILY"):
		return r.alterObject(AlterTable, r.ifExists)
	case r.acceptWord("MATERIALIZED"):
		if r.acceptWord("VIEW") {
			return r.alterObject(AlterView, r.ifExists)
		}
	case r.acceptWord("TYPE"):
		return r.alterObject(AlterType, r.ifExists)
	case r.acceptWord("ROLE"):
		return r.withoutObject(AlterRole)
	case r.acceptWord("USER"):
		return r.withoutObject(AlterUser)
	}
	return r.serviceLevel(AlterServiceLevel)
}

func (r *Reader) dropStatement() error {
	switch {
	case r.acceptAnyOf("KEYSPACE", "SCHEMA"):
		return r.keyspaceStatement(DropKeyspace, r.ifExists)
	case r.acceptAnyOf("TABLE", "COLUMNFAMILY"):
		return r.dropObject(DropTable)
	case r.acceptWord("INDEX"):
		return r.dropObject(DropIndex)
	case r.acceptWord("MATERIALIZED"):
		if r.acceptWord("VIEW") {
			return r.dropObject(DropView)
		}
	case r.acceptWord("TYPE"):
		return r.dropObject(DropType)
	case r.acceptWord("FUNCTION"):
		return r.dropFunction(DropFunction)
	case r.acceptWord("AGGREGATE"):
		return r.dropFunction(DropAggregate)
	case r.acceptWord("TRIGGER"):
		return r.trigger(DropTrigger, r.ifExists)
	case r.acceptWord("ROLE"):
		return r.withoutObject(DropRole)
	case r.acceptWord("USER"):
		return r.withoutObject(DropUser)
	case r.acceptWord("IDENTITY"):
		return r.withoutObject(DropIdentity)
	}
	return r.serviceLevel(DropServiceLevel)
}

// keyspaceStatement reads the name of a keyspace and the rest. condition, if not nil, reads what may stand before it.
func (r *Reader) keyspaceStatement(a Action, condition func() error) error {
	if condition != nil {
		if err := condition(); err != nil {
			return err
		}
	}
	name, err := r.identifier()
	if err != nil {
		return err
	}
	scope := Named
	if a == DropKeyspace {
		scope = Tables
	}
	if err := r.addFirst(Access{Action: a, Scope: scope}, name, nil); err != nil {
		return err
	}
	if a == Use || a == DropKeyspace {
		return r.endOfText()
	}
	if err := r.requireWord(); err != nil {
		return err
	}
	return r.restOfStatement()
}

// dropObject reads IF EXISTS and a name with which the statement ends. The table of an index is known to the server alone.
func (r *Reader) dropObject(a Action) error {
	if err := r.ifExists(); err != nil {
		return err
	}
	keyspace, name, err := r.qualifiedName()
	if err != nil {
		return err
	}
	if a == DropIndex {
		err = r.addFirst(Access{Action: a, Scope: Tables}, keyspace, nil)
	} else {
		err = r.addObject(a, keyspace, name)
	}
	if err != nil {
		return err
	}
	return r.endOfText()
}

// alterObject reads a condition, a name and the rest of the statement.
func (r *Reader) alterObject(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if err := r.readObject(a); err != nil {
		return err
	}
	if !r.isSymbol('(') && r.kind != kindWord {
		return ErrForm
	}
	return r.restOfStatement()
}

// createTable reads a table with its columns, or one that is like another.
func (r *Reader) createTable() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if err := r.readObject(CreateTable); err != nil {
		return err
	}
	if r.acceptWord("LIKE") {
		if err := r.readObject(CreateTable); err != nil {
			return err
		}
		if err := r.requireWord(); err != nil {
			return err
		}
		return r.restOfStatement()
	}
	if !r.isSymbol('(') {
		return ErrForm
	}
	return r.restOfStatement()
}

// createIndex reads "[name] ON table (". The index is in the keyspace of its table.
func (r *Reader) createIndex() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if !r.isWord("ON") {
		if _, err := r.identifier(); err != nil {
			return err
		}
	}
	if !r.acceptWord("ON") {
		return ErrForm
	}
	if err := r.readObject(CreateIndex); err != nil {
		return err
	}
	if !r.isSymbol('(') {
		return ErrForm
	}
	return r.restOfStatement()
}

// createView reads a materialized view. The table that it is of is accessed like the view, for it comes to be read by
// another name. Where it has no keyspace it is in that of the view.
func (r *Reader) createView() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	keyspace, name, err := r.qualifiedName()
	if err != nil {
		return err
	}
	if err := r.addObject(CreateView, keyspace, name); err != nil {
		return err
	}
	if !r.acceptWord("AS") || !r.acceptWord("SELECT") {
		return ErrForm
	}
	if err := r.skipPast("FROM"); err != nil {
		return err
	}
	own, base, err := r.qualifiedName()
	if err != nil {
		return err
	}
	if own == nil {
		own = keyspace
	}
	if err := r.addObject(CreateView, own, base); err != nil {
		return err
	}
	if err := r.requireWord(); err != nil {
		return err
	}
	return r.restOfStatement()
}

// createFunction reads a function or an aggregate. The functions that an aggregate names are in its own keyspace.
func (r *Reader) createFunction() error {
	a := CreateFunction
	if r.isWord("AGGREGATE") {
		a = CreateAggregate
	}
	if !r.acceptAnyOf("FUNCTION", "AGGREGATE") {
		return ErrKind
	}
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if err := r.functionName(a); err != nil {
		return err
	}
	if !r.isSymbol('(') {
		return ErrForm
	}
	return r.restOfStatement()
}

// dropFunction reads IF EXISTS, a name, and the types of arguments.
func (r *Reader) dropFunction(a Action) error {
	if err := r.ifExists(); err != nil {
		return err
	}
	if err := r.functionName(a); err != nil {
		return err
	}
	if !r.atEnd() && !r.isSymbol('(') {
		return ErrForm
	}
	return r.restOfStatement()
}

// functionName reads the name of a function, which may be TOKEN, and adds the access to it.
func (r *Reader) functionName(a Action) error {
	if r.acceptWord("TOKEN") {
		return r.addObject(a, nil, nil)
	}
	keyspace, err := r.identifier()
	if err != nil {
		return err
	}
	if !r.isSymbol('.') {
		return r.addObject(a, nil, nil)
	}
	r.advance()
	if !r.acceptWord("TOKEN") {
		if _, err := r.identifier(); err != nil {
			return err
		}
	}
	return r.addObject(a, keyspace, nil)
}

// trigger reads "name ON table", and for a new one the rest.
func (r *Reader) trigger(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if _, err := r.identifier(); err != nil {
		return err
	}
	if !r.acceptWord("ON") {
		return ErrForm
	}
	if err := r.readObject(a); err != nil {
		return err
	}
	if a == CreateTrigger && !r.isWord("USING") || a == DropTrigger && !r.atEnd() {
		return ErrForm
	}
	return r.restOfStatement()
}
