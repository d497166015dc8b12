package cql

func (r *Reader) create() error {
	switch {
	case r.acceptAny("KEYSPACE", "SCHEMA"):
		return r.keyspace(CreateKeyspace, r.ifNotExists)
	case r.acceptAny("TABLE", "COLUMNFAMILY"):
		return r.createTable()
	case r.accept("INDEX"):
		return r.createIndex()
	case r.accept("CUSTOM"):
		if r.accept("INDEX") {
			return r.createIndex()
		}
	case r.accept("MATERIALIZED"):
		if r.accept("VIEW") {
			return r.createView()
		}
	case r.accept("TYPE"):
		return r.member(CreateType, r.ifNotExists)
	case r.accept("OR"):
		if r.accept("REPLACE") {
			return r.createFunction()
		}
	case r.is("FUNCTION"), r.is("AGGREGATE"):
		return r.createFunction()
	case r.accept("TRIGGER"):
		return r.trigger(CreateTrigger, r.ifNotExists)
	case r.accept("ROLE"):
		return r.alone(CreateRole)
	case r.accept("USER"):
		return r.alone(CreateUser)
	}
	return r.serviceLevel(CreateServiceLevel)
}

func (r *Reader) alter() error {
	switch {
	case r.acceptAny("KEYSPACE", "SCHEMA"):
		return r.keyspace(AlterKeyspace, r.ifExists)
	case r.acceptAny("TABLE", "COLUMNFAMILY"):
		return r.member(AlterTable, r.ifExists)
	case r.accept("MATERIALIZED"):
		if r.accept("VIEW") {
			return r.member(AlterView, r.ifExists)
		}
	case r.accept("TYPE"):
		return r.member(AlterType, r.ifExists)
	case r.accept("ROLE"):
		return r.alone(AlterRole)
	case r.accept("USER"):
		return r.alone(AlterUser)
	}
	return r.serviceLevel(AlterServiceLevel)
}

func (r *Reader) drop() error {
	switch {
	case r.acceptAny("KEYSPACE", "SCHEMA"):
		return r.keyspace(DropKeyspace, r.ifExists)
	case r.acceptAny("TABLE", "COLUMNFAMILY"):
		return r.dropped(DropTable)
	case r.accept("INDEX"):
		return r.dropped(DropIndex)
	case r.accept("MATERIALIZED"):
		if r.accept("VIEW") {
			return r.dropped(DropView)
		}
	case r.accept("TYPE"):
		return r.dropped(DropType)
	case r.accept("FUNCTION"):
		return r.droppedFunction(DropFunction)
	case r.accept("AGGREGATE"):
		return r.droppedFunction(DropAggregate)
	case r.accept("TRIGGER"):
		return r.trigger(DropTrigger, r.ifExists)
	case r.accept("ROLE"):
		return r.alone(DropRole)
	case r.accept("USER"):
		return r.alone(DropUser)
	case r.accept("IDENTITY"):
		return r.alone(DropIdentity)
	}
	return r.serviceLevel(DropServiceLevel)
}

// keyspace reads the name of a keyspace and the rest. condition, if not nil, reads what may stand before it.
func (r *Reader) keyspace(a Action, condition func() error) error {
	if condition != nil {
		if err := condition(); err != nil {
			return err
		}
	}
	name, err := r.part()
	if err != nil {
		return err
	}
	scope := Named
	if a == DropKeyspace {
		scope = Tables
	}
	if err := r.access(Access{Action: a, Scope: scope}, name, nil); err != nil {
		return err
	}
	if a == Use || a == DropKeyspace {
		return r.end()
	}
	if err := r.clause(); err != nil {
		return err
	}
	return r.rest()
}

// dropped reads IF EXISTS and a name with which the statement ends. The table of an index is known to the server alone.
func (r *Reader) dropped(a Action) error {
	if err := r.ifExists(); err != nil {
		return err
	}
	keyspace, name, err := r.name()
	if err != nil {
		return err
	}
	if a == DropIndex {
		err = r.access(Access{Action: a, Scope: Tables}, keyspace, nil)
	} else {
		err = r.accessIn(a, keyspace, name)
	}
	if err != nil {
		return err
	}
	return r.end()
}

// member reads a condition, a name and the rest of the statement.
func (r *Reader) member(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if err := r.object(a); err != nil {
		return err
	}
	if !r.symbol('(') && r.kind != kindWord {
		return ErrForm
	}
	return r.rest()
}

// createTable reads a table with its columns, or one that is like another.
func (r *Reader) createTable() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if err := r.object(CreateTable); err != nil {
		return err
	}
	if r.accept("LIKE") {
		if err := r.object(CreateTable); err != nil {
			return err
		}
		if err := r.clause(); err != nil {
			return err
		}
		return r.rest()
	}
	if !r.symbol('(') {
		return ErrForm
	}
	return r.rest()
}

// createIndex reads "[name] ON table (". The index is in the keyspace of its table.
func (r *Reader) createIndex() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if !r.is("ON") {
		if _, err := r.part(); err != nil {
			return err
		}
	}
	if !r.accept("ON") {
		return ErrForm
	}
	if err := r.object(CreateIndex); err != nil {
		return err
	}
	if !r.symbol('(') {
		return ErrForm
	}
	return r.rest()
}

// createView reads a materialized view. The table that it is of is accessed like the view, for it comes to be read by
// another name. Where it has no keyspace it is in that of the view.
func (r *Reader) createView() error {
	if err := r.ifNotExists(); err != nil {
		return err
	}
	keyspace, name, err := r.name()
	if err != nil {
		return err
	}
	if err := r.accessIn(CreateView, keyspace, name); err != nil {
		return err
	}
	if !r.accept("AS") || !r.accept("SELECT") {
		return ErrForm
	}
	if err := r.until("FROM"); err != nil {
		return err
	}
	own, base, err := r.name()
	if err != nil {
		return err
	}
	if own == nil {
		own = keyspace
	}
	if err := r.accessIn(CreateView, own, base); err != nil {
		return err
	}
	if err := r.clause(); err != nil {
		return err
	}
	return r.rest()
}

// createFunction reads a function or an aggregate. The functions that an aggregate names are in its own keyspace.
func (r *Reader) createFunction() error {
	a := CreateFunction
	if r.is("AGGREGATE") {
		a = CreateAggregate
	}
	if !r.acceptAny("FUNCTION", "AGGREGATE") {
		return ErrKind
	}
	if err := r.ifNotExists(); err != nil {
		return err
	}
	if err := r.function(a); err != nil {
		return err
	}
	if !r.symbol('(') {
		return ErrForm
	}
	return r.rest()
}

// droppedFunction reads IF EXISTS, a name, and the types of arguments.
func (r *Reader) droppedFunction(a Action) error {
	if err := r.ifExists(); err != nil {
		return err
	}
	if err := r.function(a); err != nil {
		return err
	}
	if !r.over() && !r.symbol('(') {
		return ErrForm
	}
	return r.rest()
}

// function reads the name of a function, which may be TOKEN, and adds the access to it.
func (r *Reader) function(a Action) error {
	if r.accept("TOKEN") {
		return r.accessIn(a, nil, nil)
	}
	keyspace, err := r.part()
	if err != nil {
		return err
	}
	if !r.symbol('.') {
		return r.accessIn(a, nil, nil)
	}
	r.advance()
	if !r.accept("TOKEN") {
		if _, err := r.part(); err != nil {
			return err
		}
	}
	return r.accessIn(a, keyspace, nil)
}

// trigger reads "name ON table", and for a new one the rest.
func (r *Reader) trigger(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if _, err := r.part(); err != nil {
		return err
	}
	if !r.accept("ON") {
		return ErrForm
	}
	if err := r.object(a); err != nil {
		return err
	}
	if a == CreateTrigger && !r.is("USING") || a == DropTrigger && !r.over() {
		return ErrForm
	}
	return r.rest()
}
