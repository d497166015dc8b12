package cql

// permissionWords are the words that GRANT, REVOKE and LIST know as permissions.
var permissionWords = [...]string{"ALL", "CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE",
	"EXECUTE", "UNMASK", "SELECT_MASKED", "VECTOR_SEARCH_INDEXING"}

func (r *Reader) permission() bool {
	for _, p := range permissionWords {
		if r.is(p) {
			return true
		}
	}
	return false
}

// permissions reads the rest of a list of permissions after the first.
func (r *Reader) permissions() error {
	r.acceptAny("PERMISSION", "PERMISSIONS")
	for r.symbol(',') {
		r.advance()
		if !r.permission() {
			return ErrForm
		}
		r.advance()
		r.acceptAny("PERMISSION", "PERMISSIONS")
	}
	return nil
}

// grant reads a GRANT or REVOKE after its first word. preposition is the word before the role that gains or loses. A
// role may have the name of a permission that is not a reserved word.
func (r *Reader) grant(preposition string, permission, role Action) error {
	known := r.permission()
	if r.kind != kindWord && r.kind != kindQuoted && r.kind != kindString {
		return ErrForm
	}
	r.advance()
	if r.accept(preposition) {
		return r.alone(role)
	}
	if !known {
		return ErrKind
	}
	if err := r.permissions(); err != nil {
		return err
	}
	if !r.accept("ON") {
		return ErrForm
	}
	return r.resource(permission)
}

// resource reads what a permission is on, and the rest of the statement.
func (r *Reader) resource(a Action) error {
	switch {
	case r.is("ALL"):
		return r.allResources(a)
	case r.acceptAny("KEYSPACE", "SCHEMA"):
		return r.keyspaceResource(a, Tables)
	case r.acceptAny("TABLE", "COLUMNFAMILY"):
		return r.tableResource(a)
	case r.is("ROLE"), r.is("MBEAN"), r.is("MBEANS"), r.is("FUNCTION"):
		return r.otherResource(a)
	}
	return r.tableResource(a)
}

// tableResource reads a table and the rest.
func (r *Reader) tableResource(a Action) error {
	if err := r.object(a); err != nil {
		return err
	}
	return r.roles()
}

// roles reads the rest of a statement on permissions after the resource, which goes on with a word.
func (r *Reader) roles() error {
	if err := r.clause(); err != nil {
		return err
	}
	for !r.over() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.end()
}

// keyspaceResource reads a keyspace and the rest.
func (r *Reader) keyspaceResource(a Action, scope Scope) error {
	name, err := r.part()
	if err != nil {
		return err
	}
	if err := r.access(Access{Action: a, Scope: scope}, name, nil); err != nil {
		return err
	}
	return r.roles()
}

// otherResource reads a resource whose first word may be the name of a table, or its keyspace, too.
func (r *Reader) otherResource(a Action) error {
	function := r.is("FUNCTION")
	first := r.text[r.from:r.pos]
	r.advance()
	switch {
	case r.symbol('.'):
		r.advance()
		name, err := r.part()
		if err != nil {
			return err
		}
		if err := r.accessIn(a, first, name); err != nil {
			return err
		}
		return r.roles()
	case r.is("TO"), r.is("FROM"), r.is("OF"), r.is("NORECURSIVE"), r.over():
		if err := r.accessIn(a, nil, first); err != nil {
			return err
		}
		return r.roles()
	case function:
		return r.functionResource(a)
	}
	return r.alone(a)
}

// functionResource reads the name of a function, of which the keyspace counts, and the rest.
func (r *Reader) functionResource(a Action) error {
	keyspace, err := r.part()
	if err != nil {
		return err
	}
	if !r.symbol('.') {
		// A server takes no function without a keyspace here.
		return ErrForm
	}
	r.advance()
	if !r.accept("TOKEN") {
		if _, err := r.part(); err != nil {
			return err
		}
	}
	if !r.symbol('(') {
		return ErrForm
	}
	if err := r.access(Access{Action: a}, keyspace, nil); err != nil {
		return err
	}
	return r.rolesAfterTypes()
}

// rolesAfterTypes reads the types of the arguments of a function, and the rest.
func (r *Reader) rolesAfterTypes() error {
	for !r.symbol(')') {
		if r.over() || r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	r.advance()
	return r.roles()
}

// allResources reads ALL of a kind, which may be the name of a table or its keyspace, too.
func (r *Reader) allResources(a Action) error {
	first := r.text[r.from:r.pos]
	r.advance()
	switch {
	case r.accept("KEYSPACES"):
		return r.aloneWith(Access{Action: a, Scope: Keyspaces})
	case r.acceptAny("TABLES", "COLUMNFAMILIES"):
		if !r.accept("IN") || !r.acceptAny("KEYSPACE", "SCHEMA") {
			return ErrForm
		}
		return r.keyspaceResource(a, Tables)
	case r.accept("FUNCTIONS"):
		if !r.accept("IN") {
			return r.aloneWith(Access{Action: a, Scope: Keyspaces})
		}
		if !r.acceptAny("KEYSPACE", "SCHEMA") {
			return ErrForm
		}
		return r.keyspaceResource(a, Named)
	case r.is("ROLES"), r.is("MBEANS"):
		return r.alone(a)
	case r.symbol('.'):
		r.advance()
		name, err := r.part()
		if err != nil {
			return err
		}
		if err := r.accessIn(a, first, name); err != nil {
			return err
		}
		return r.roles()
	}
	if err := r.accessIn(a, nil, first); err != nil {
		return err
	}
	return r.roles()
}
