package cql

// permissionWords are the words that GRANT, REVOKE and LIST know as permissions.
var permissionWords = [...]string{"ALL", "CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE",
	"EXECUTE", "UNMASK", "SELECT_MASKED", "VECTOR_SEARCH_INDEXING"}

func (r *Reader) permission() bool {
	for _, p := range permissionWords {
		if r.isWord(p) {
			return true
		}
	}
	return false
}

// permissions reads the rest of a list of permissions after the first.
func (r *Reader) permissions() error {
	r.acceptAnyOf("PERMISSION", "PERMISSIONS")
	for r.isSymbol(',') {
		r.advance()
		if !r.permission() {
			return ErrForm
		}
		r.advance()
		r.acceptAnyOf("PERMISSION", "PERMISSIONS")
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
	if r.acceptWord(preposition) {
		return r.withoutObject(role)
	}
	if !known {
		return ErrKind
	}
	if err := r.permissions(); err != nil {
		return err
	}
	if !r.acceptWord("ON") {
		return ErrForm
	}
	return r.permissionResource(permission)
}

// permissionResource reads what a permission is on, and the rest of the statement.
func (r *Reader) permissionResource(a Action) error {
	switch {
	case r.isWord("ALL"):
		return r.allResources(a)
	case r.acceptAnyOf("KEYSPACE", "SCHEMA"):
		return r.keyspaceResource(a, Tables)
	case r.acceptAnyOf("TABLE", "COLUMNFAMILY"):
		return r.tableResource(a)
	case r.isWord("ROLE"), r.isWord("MBEAN"), r.isWord("MBEANS"), r.isWord("FUNCTION"):
		return r.otherResource(a)
	}
	return r.tableResource(a)
}

// tableResource reads a table and the rest.
func (r *Reader) tableResource(a Action) error {
	if err := r.readObject(a); err != nil {
		return err
	}
	return r.roles()
}

// roles reads the rest of a statement on permissions after the resource, which goes on with a word.
func (r *Reader) roles() error {
	if err := r.requireWord(); err != nil {
		return err
	}
	for !r.atEnd() {
		if r.kind == kindBad {
			return ErrForm
		}
		r.advance()
	}
	return r.endOfText()
}

// keyspaceResource reads a keyspace and the rest.
func (r *Reader) keyspaceResource(a Action, scope Scope) error {
	name, err := r.identifier()
	if err != nil {
		return err
	}
	if err := r.addFirst(Access{Action: a, Scope: scope}, name, nil); err != nil {
		return err
	}
	return r.roles()
}

// otherResource reads a resource whose first word may be the name of a table, or its keyspace, too.
func (r *Reader) otherResource(a Action) error {
	function := r.isWord("FUNCTION")
	first := r.text[r.from:r.pos]
	r.advance()
	switch {
	case r.isSymbol('.'):
		r.advance()
		name, err := r.identifier()
		if err != nil {
			return err
		}
		if err := r.addObject(a, first, name); err != nil {
			return err
		}
		return r.roles()
	case r.isWord("TO"), r.isWord("FROM"), r.isWord("OF"), r.isWord("NORECURSIVE"), r.atEnd():
		if err := r.addObject(a, nil, first); err != nil {
			return err
		}
		return r.roles()
	case function:
		return r.functionResource(a)
	}
	return r.withoutObject(a)
}

// functionResource reads the name of a function, of which the keyspace counts, and the rest.
func (r *Reader) functionResource(a Action) error {
	keyspace, err := r.identifier()
	if err != nil {
		return err
	}
	if !r.isSymbol('.') {
		// A server takes no function without a keyspace here.
		return ErrForm
	}
	r.advance()
	if !r.acceptWord("TOKEN") {
		if _, err := r.identifier(); err != nil {
			return err
		}
	}
	if !r.isSymbol('(') {
		return ErrForm
	}
	if err := r.addFirst(Access{Action: a}, keyspace, nil); err != nil {
		return err
	}
	return r.rolesAfterTypes()
}

// rolesAfterTypes reads the types of the arguments of a function, and the rest.
func (r *Reader) rolesAfterTypes() error {
	for !r.isSymbol(')') {
		if r.atEnd() || r.kind == kindBad {
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
	case r.acceptWord("KEYSPACES"):
		return r.withoutObjectAs(Access{Action: a, Scope: Keyspaces})
	case r.acceptAnyOf("TABLES", "COLUMNFAMILIES"):
		if !r.acceptWord("IN") || !r.acceptAnyOf("KEYSPACE", "SCHEMA") {
			return ErrForm
		}
		return r.keyspaceResource(a, Tables)
	case r.acceptWord("FUNCTIONS"):
		if !r.acceptWord("IN") {
			return r.withoutObjectAs(Access{Action: a, Scope: Keyspaces})
		}
		if !r.acceptAnyOf("KEYSPACE", "SCHEMA") {
			return ErrForm
		}
		return r.keyspaceResource(a, Named)
	case r.isWord("ROLES"), r.isWord("MBEANS"):
		return r.withoutObject(a)
	case r.isSymbol('.'):
		r.advance()
		name, err := r.identifier()
		if err != nil {
			return err
		}
		if err := r.addObject(a, first, name); err != nil {
			return err
		}
		return r.roles()
	}
	if err := r.addObject(a, nil, first); err != nil {
		return err
	}
	return r.roles()
}
