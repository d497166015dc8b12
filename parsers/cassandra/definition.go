package cassandra

// definition reads a statement on the schema, on roles or on permissions.
func (s *statement) definition() error {
	switch {
	case s.accept("CREATE"):
		return s.create()
	case s.accept("ALTER"):
		return s.alter()
	case s.accept("DROP"):
		return s.drop()
	case s.accept("GRANT"):
		return s.grant("TO", actionGrantPermission, actionGrantRole)
	case s.accept("REVOKE"):
		return s.grant("FROM", actionRevokePermission, actionRevokeRole)
	case s.accept("LIST"):
		return s.lists()
	case s.acceptAny("DESCRIBE", "DESC"):
		return s.alone(actionDescribe)
	case s.accept("ADD"):
		if s.accept("IDENTITY") {
			return s.alone(actionAddIdentity)
		}
	}
	return errStatement
}

func (s *statement) create() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(actionCreateKeyspace, s.ifNotExists)
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
		return s.member(actionCreateType, s.ifNotExists)
	case s.accept("OR"):
		if s.accept("REPLACE") {
			return s.createFunction()
		}
	case s.is("FUNCTION"), s.is("AGGREGATE"):
		return s.createFunction()
	case s.accept("TRIGGER"):
		return s.trigger(actionCreateTrigger, s.ifNotExists)
	case s.accept("ROLE"):
		return s.alone(actionCreateRole)
	case s.accept("USER"):
		return s.alone(actionCreateUser)
	}
	return errStatement
}

func (s *statement) alter() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(actionAlterKeyspace, s.ifExists)
	case s.acceptAny("TABLE", "COLUMNFAMILY"):
		return s.member(actionAlterTable, s.ifExists)
	case s.accept("MATERIALIZED"):
		if s.accept("VIEW") {
			return s.member(actionAlterView, s.ifExists)
		}
	case s.accept("TYPE"):
		return s.member(actionAlterType, s.ifExists)
	case s.accept("ROLE"):
		return s.alone(actionAlterRole)
	case s.accept("USER"):
		return s.alone(actionAlterUser)
	}
	return errStatement
}

func (s *statement) drop() error {
	switch {
	case s.acceptAny("KEYSPACE", "SCHEMA"):
		return s.keyspace(actionDropKeyspace, s.ifExists)
	case s.acceptAny("TABLE", "COLUMNFAMILY"):
		return s.dropped(actionDropTable)
	case s.accept("INDEX"):
		return s.dropped(actionDropIndex)
	case s.accept("MATERIALIZED"):
		if s.accept("VIEW") {
			return s.dropped(actionDropView)
		}
	case s.accept("TYPE"):
		return s.dropped(actionDropType)
	case s.accept("FUNCTION"):
		return s.droppedFunction(actionDropFunction)
	case s.accept("AGGREGATE"):
		return s.droppedFunction(actionDropAggregate)
	case s.accept("TRIGGER"):
		return s.trigger(actionDropTrigger, s.ifExists)
	case s.accept("ROLE"):
		return s.alone(actionDropRole)
	case s.accept("USER"):
		return s.alone(actionDropUser)
	case s.accept("IDENTITY"):
		return s.alone(actionDropIdentity)
	}
	return errStatement
}

// alone reads the rest of a statement that names nothing in a keyspace.
func (s *statement) alone(a action) error {
	if err := s.note(a, len(s.room), 0); err != nil {
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
func (s *statement) keyspace(a action, condition func() error) error {
	if condition != nil {
		if err := condition(); err != nil {
			return err
		}
	}
	name, err := s.part()
	if err != nil {
		return err
	}
	from := len(s.room)
	s.write(name)
	if err := s.note(a, from, len(s.room)-from); err != nil {
		return err
	}
	if a == actionUse || a == actionDropKeyspace {
		return s.end()
	}
	if err := s.clause(); err != nil {
		return err
	}
	return s.rest()
}

// whole reads a name with which the statement ends.
func (s *statement) whole(a action) error {
	if err := s.touch(a); err != nil {
		return err
	}
	return s.end()
}

// dropped reads IF EXISTS and a name with which the statement ends.
func (s *statement) dropped(a action) error {
	if err := s.ifExists(); err != nil {
		return err
	}
	return s.whole(a)
}

// droppedFunction reads IF EXISTS, a name, and the types of arguments.
func (s *statement) droppedFunction(a action) error {
	if err := s.ifExists(); err != nil {
		return err
	}
	if err := s.touch(a); err != nil {
		return err
	}
	if !s.over() && !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// member reads a condition, a name and the rest of the statement.
func (s *statement) member(a action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if err := s.touch(a); err != nil {
		return err
	}
	if !s.symbol('(') && s.kind != kindWord {
		return errSyntax
	}
	return s.rest()
}

// createTable reads a table with its columns, or one that is like another.
func (s *statement) createTable() error {
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.touch(actionCreateTable); err != nil {
		return err
	}
	if s.accept("LIKE") {
		if err := s.touch(actionCreateTable); err != nil {
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
func (s *statement) createIndex() error {
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
	if err := s.touch(actionCreateIndex); err != nil {
		return err
	}
	if !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// createView reads a materialized view. The table that it is of is touched like the view, for it comes to be read by
// another name.
func (s *statement) createView() error {
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.touch(actionCreateView); err != nil {
		return err
	}
	if !s.accept("AS") || !s.accept("SELECT") {
		return errSyntax
	}
	return s.selectFrom(actionCreateView)
}

func (s *statement) createFunction() error {
	a := actionCreateFunction
	if s.is("AGGREGATE") {
		a = actionCreateAggregate
	}
	if !s.acceptAny("FUNCTION", "AGGREGATE") {
		return errStatement
	}
	if err := s.ifNotExists(); err != nil {
		return err
	}
	if err := s.touch(a); err != nil {
		return err
	}
	if !s.symbol('(') {
		return errSyntax
	}
	return s.rest()
}

// trigger reads "name ON table", and for a new one the rest.
func (s *statement) trigger(a action, condition func() error) error {
	if err := condition(); err != nil {
		return err
	}
	if _, err := s.part(); err != nil {
		return err
	}
	if !s.accept("ON") {
		return errSyntax
	}
	if err := s.touch(a); err != nil {
		return err
	}
	if a == actionCreateTrigger && !s.is("USING") || a == actionDropTrigger && !s.over() {
		return errSyntax
	}
	return s.rest()
}

// permissions are the words that GRANT, REVOKE and LIST know as permissions.
var permissions = [...]string{"ALL", "CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE", "EXECUTE",
	"UNMASK", "SELECT_MASKED"}

func (s *statement) permission() bool {
	for _, p := range permissions {
		if s.is(p) {
			return true
		}
	}
	return false
}

// grant reads a GRANT or REVOKE. Only that of permissions has the reserved word ON. preposition is the word before the
// role that gains or loses.
func (s *statement) grant(preposition string, permission, role action) error {
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
func (s *statement) behindPermission() bool {
	return s.symbol(',') || s.is("PERMISSION") || s.is("PERMISSIONS") || s.is("ON")
}

// lists reads a LIST behind its first word.
func (s *statement) lists() error {
	switch {
	case s.accept("ROLES"):
		return s.alone(actionListRoles)
	case s.accept("USERS"):
		return s.alone(actionListUsers)
	case s.accept("SUPERUSERS"):
		return s.alone(actionListSuperusers)
	case s.permission():
		return s.alone(actionListPermissions)
	}
	return errStatement
}
