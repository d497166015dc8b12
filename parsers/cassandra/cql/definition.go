package cql

// definition reads a statement on the schema, on roles or on permissions.
func (s *Reader) definition() error {
	switch {
	case s.accept("CREATE"):
		return s.create()
	case s.accept("ALTER"):
		return s.alter()
	case s.accept("DROP"):
		return s.drop()
	case s.accept("GRANT"):
		return s.grant("TO", GrantPermission, GrantRole)
	case s.accept("REVOKE"):
		return s.grant("FROM", RevokePermission, RevokeRole)
	case s.accept("LIST"):
		return s.lists()
	case s.acceptAny("DESCRIBE", "DESC"):
		return s.alone(Describe)
	case s.accept("ADD"):
		if s.accept("IDENTITY") {
			return s.alone(AddIdentity)
		}
	}
	return errStatement
}

func (s *Reader) create() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(CreateKeyspace, s.ifNotExists)
	case s.acceptAny("TABLE", "COLUMNFAMILY"):
		return s.createTable()
	case s.accept("INDEX"):
		return s.createIndex()
	case s.accept("CUSTOM"):
		if s.accept("INDEX") {
			return s.createIndex()
		}
	case s.accept("MATERIALIZED"):
		if s.accept("VIEW") {
			return s.createView()
		}
	case s.accept("TYPE"):
		return s.member(CreateType, s.ifNotExists)
	case s.accept("OR"):
		if s.accept("REPLACE") {
			return s.createFunction()
		}
	case s.is("FUNCTION"), s.is("AGGREGATE"):
		return s.createFunction()
	case s.accept("TRIGGER"):
		return s.trigger(CreateTrigger, s.ifNotExists)
	case s.accept("ROLE"):
		return s.alone(CreateRole)
	case s.accept("USER"):
		return s.alone(CreateUser)
	}
	return errStatement
}

func (s *Reader) alter() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(AlterKeyspace, s.ifExists)
	case s.acceptAny("TABLE", "COLUMNFAMILY"):
		return s.member(AlterTable, s.ifExists)
	case s.accept("MATERIALIZED"):
		if s.accept("VIEW") {
			return s.member(AlterView, s.ifExists)
		}
	case s.accept("TYPE"):
		return s.member(AlterType, s.ifExists)
	case s.accept("ROLE"):
		return s.alone(AlterRole)
	case s.accept("USER"):
		return s.alone(AlterUser)
	}
	return errStatement
}

func (s *Reader) drop() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(DropKeyspace, s.ifExists)
	case s.acceptAny("TABLE", "COLUMNFAMILY"):
		return s.dropped(DropTable)
	case s.accept("INDEX"):
		return s.dropped(DropIndex)
	case s.accept("MATERIALIZED"):
		if s.accept("VIEW") {
			return s.dropped(DropView)
		}
	case s.accept("TYPE"):
		return s.dropped(DropType)
	case s.accept("FUNCTION"):
		return s.droppedFunction(DropFunction)
	case s.accept("AGGREGATE"):
		return s.droppedFunction(DropAggregate)
	case s.accept("TRIGGER"):
		return s.trigger(DropTrigger, s.ifExists)
	case s.accept("ROLE"):
		return s.alone(DropRole)
	case s.accept("USER"):
		return s.alone(DropUser)
	case s.accept("IDENTITY"):
		return s.alone(DropIdentity)
	}
	return errStatement
}

// alone reads the rest of a statement that names nothing in a keyspace.
func (s *Reader) alone(a Action) error {
	if err := s.note(a, len(s.names), 0); err != nil {
		return err
	}
	for !s.over() {
		if s.kind == kindBad {
			return errSyntax
		}
		s.advance()
	}
	return s.end()
}

// keyspace reads the name of a keyspace and the rest. condition, if not nil, reads what may stand before it.
func (s *Reader) keyspace(a Action, condition func() error) error {
	if condition != nil {
		if err := condition(); err != nil {
			return err
		}
	}
	name, err := s.part()
	if err != nil {
		return err
	}
	from := len(s.names)
	s.write(name)
	if err := s.note(a, from, len(s.names)-from); err != nil {
		return err
	}
	if a == Use || a == DropKeyspace {
		return s.end()
	}
	if err := s.clause(); err != nil {
		return err
	}
	return s.rest()
}

// whole reads a name with which the statement ends.
func (s *Reader) whole(a Action) error {
	if err := s.access(a); err != nil {
		return err
	}
	return s.end()
}

// dropped reads IF EXISTS and a name with which the statement ends.
func (s *Reader) dropped(a Action) error {
	if err := s.ifExists(); err != nil {
		return err
	}
	return s.whole(a)
}

// droppedFunction reads IF EXISTS, a name, and the types of arguments.
func (s *Reader) droppedFunction(a Action) error {
	if err := s.ifExists(); err != nil {
		return err
	}
	if err := s.access(a); err != nil {
		return err
	}
	if !s.over() && !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// member reads a condition, a name and the rest of the statement.
func (s *Reader) member(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if err := s.access(a); err != nil {
		return err
	}
	if !s.symbol('(') && s.kind != kindWord {
		return errSyntax
	}
	return s.rest()
}

// createTable reads a table with its columns, or one that is like another.
func (s *Reader) createTable() error {
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.access(CreateTable); err != nil {
		return err
	}
	if s.accept("LIKE") {
		if err := s.access(CreateTable); err != nil {
			return err
		}
		if err := s.clause(); err != nil {
			return err
		}
		return s.rest()
	}
	if !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// createIndex reads "[name] ON table (": the table counts, not the name of the index.
func (s *Reader) createIndex() error {
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if !s.is("ON") {
		if err := s.skipName(); err != nil {
			return err
		}
	}
	if !s.accept("ON") {
		return errSyntax
	}
	if err := s.access(CreateIndex); err != nil {
		return err
	}
	if !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// createView reads a materialized view. The table that it is of is touched like the view, for it comes to be read by
// another name.
func (s *Reader) createView() error {
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.access(CreateView); err != nil {
		return err
	}
	if !s.accept("AS") || !s.accept("SELECT") {
		return errSyntax
	}
	return s.selectFrom(CreateView)
}

func (s *Reader) createFunction() error {
	a := CreateFunction
	if s.is("AGGREGATE") {
		a = CreateAggregate
	}
	if !s.acceptAny("FUNCTION", "AGGREGATE") {
		return errStatement
	}
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.access(a); err != nil {
		return err
	}
	if !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// trigger reads "name ON table", and for a new one the rest.
func (s *Reader) trigger(a Action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if _, err := s.part(); err != nil {
		return err
	}
	if !s.accept("ON") {
		return errSyntax
	}
	if err := s.access(a); err != nil {
		return err
	}
	if a == CreateTrigger && !s.is("USING") || a == DropTrigger && !s.over() {
		return errSyntax
	}
	return s.rest()
}

// permissions are the words that GRANT, REVOKE and LIST know as permissions.
var permissions = [...]string{"ALL", "CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE", "EXECUTE",
	"UNMASK", "SELECT_MASKED"}

func (s *Reader) permission() bool {
	for _, p := range permissions {
		if s.is(p) {
			return true
		}
	}
	return false
}

// grant reads a GRANT or REVOKE. Only that of permissions has the reserved word ON. preposition is the word before the
// role that gains or loses.
func (s *Reader) grant(preposition string, permission, role Action) error {
	known := s.permission()
	first, on := true, false
	for !s.is(preposition) {
		if s.over() || s.kind == kindBad {
			return errSyntax
		}
		on = on || s.is("ON")
		s.advance()
		if first && known && !s.behindPermission() {
			return errStatement
		}
		first = false
	}
	s.advance()
	switch {
	case on && known:
		return s.alone(permission)
	case !on && !known:
		return s.alone(role)
	}
	return errStatement
}

// behindPermission tells whether the token may stand behind the name of a permission.
func (s *Reader) behindPermission() bool {
	return s.symbol(',') || s.is("PERMISSION") || s.is("PERMISSIONS") || s.is("ON")
}

// lists reads a LIST behind its first word.
func (s *Reader) lists() error {
	switch {
	case s.accept("ROLES"):
		return s.alone(ListRoles)
	case s.accept("USERS"):
		return s.alone(ListUsers)
	case s.accept("SUPERUSERS"):
		return s.alone(ListSuperusers)
	case s.permission():
		return s.alone(ListPermissions)
	}
	return errStatement
}
