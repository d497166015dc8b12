package cql

import "slices"

// permissionWords are the words that GRANT, REVOKE and LIST know as permissions.
var permissionWords = []string{"ALL", "CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE",
	"EXECUTE", "UNMASK", "SELECT_MASKED", "VECTOR_SEARCH_INDEXING"}

func (r *Reader) permission() bool { return slices.ContainsFunc(permissionWords, r.isWord) }

// permissions reads the rest of a list of permissions after the first.
func (r *Reader) permissions() {
	r.acceptAnyOf("PERMISSION", "PERMISSIONS")
	for r.acceptSymbol(',') {
		r.require(r.permission())
		r.advance()
		r.acceptAnyOf("PERMISSION", "PERMISSIONS")
	}
}

// grant reads a GRANT or REVOKE of a permission or, after the preposition, of a role, which may have the name of a permission
// that is not a reserved word.
func (r *Reader) grant(permission Action) {
	preposition, role := "TO", GrantRole
	if permission == RevokePermission {
		preposition, role = "FROM", RevokeRole
	}
	known := r.permission()
	r.require(r.kind == kindWord || r.kind == kindQuoted || r.kind == kindString)
	r.advance()
	if r.acceptWord(preposition) {
		r.withoutObject(role)
		return
	}
	if !known {
		r.fail(ErrKind)
	}
	r.permissions()
	r.require(r.acceptWord("ON"))
	r.permissionResource(permission)
}

// listPermissions reads a LIST of permissions, or of service levels.
func (r *Reader) listPermissions(a Action) {
	switch {
	case r.isWord("SERVICE"), r.isWord("SERVICE_LEVEL"):
		r.serviceLevel(ListServiceLevels)
		return
	case !r.permission():
		r.fail(ErrKind)
	}
	all := r.isWord("ALL")
	r.advance()
	if all && (r.acceptWord("ATTACHED") || r.isWord("SERVICE") || r.isWord("SERVICE_LEVELS")) {
		r.serviceLevel(ListServiceLevels)
		return
	}
	r.permissions()
	if !r.acceptWord("ON") {
		r.withoutObject(a)
		return
	}
	r.permissionResource(a)
}

// permissionResource reads what a permission is on, and the rest of the statement.
func (r *Reader) permissionResource(a Action) {
	switch {
	case r.isWord("ALL"):
		r.allResources(a)
	case r.acceptAnyOf("KEYSPACE", "SCHEMA"):
		r.keyspaceResource(a, Tables)
	case r.isWord("ROLE"), r.isWord("MBEAN"), r.isWord("MBEANS"), r.isWord("FUNCTION"):
		r.otherResource(a)
	default:
		r.acceptAnyOf("TABLE", "COLUMNFAMILY")
		r.tableResource(a, r.identifier())
	}
}

// tableResource reads a table, of whose name the first part has been read, and the rest.
func (r *Reader) tableResource(a Action, first []byte) {
	if r.acceptSymbol('.') {
		r.addObject(a, first, r.identifier())
	} else {
		r.addObject(a, nil, first)
	}
	r.roles()
}

// roles reads the rest of a statement on permissions after the resource, which goes on with a word.
func (r *Reader) roles() {
	r.requireWord()
	r.ignoreRest()
}

// keyspaceResource reads a keyspace and the rest.
func (r *Reader) keyspaceResource(a Action, scope Scope) {
	r.addFirst(Access{Action: a, Scope: scope}, r.identifier(), nil)
	r.roles()
}

// otherResource reads a resource whose first word may be the name of a table, or its keyspace, too.
func (r *Reader) otherResource(a Action) {
	function := r.isWord("FUNCTION")
	first := r.token()
	switch {
	case r.isSymbol('.'), r.isWord("TO"), r.isWord("FROM"), r.isWord("OF"), r.isWord("NORECURSIVE"), r.atEnd():
		r.tableResource(a, first)
	case function:
		r.functionResource(a)
	default:
		r.withoutObject(a)
	}
}

// functionResource reads the name of a function, of which the keyspace counts, the types of its arguments, and the rest. A
// server takes no function without a keyspace here.
func (r *Reader) functionResource(a Action) {
	keyspace := r.functionName()
	r.require(keyspace != nil && r.isSymbol('('))
	r.addFirst(Access{Action: a}, keyspace, nil)
	for !r.isSymbol(')') && !r.atEnd() && r.kind != kindBad {
		r.advance()
	}
	r.require(r.acceptSymbol(')'))
	r.roles()
}

// allResources reads ALL of a kind, which may be the name of a table or its keyspace, too.
func (r *Reader) allResources(a Action) {
	first := r.token()
	switch {
	case r.acceptWord("KEYSPACES"):
		r.withoutObjectAs(Access{Action: a, Scope: Keyspaces})
	case r.acceptAnyOf("TABLES", "COLUMNFAMILIES"):
		r.require(r.acceptWord("IN") && r.acceptAnyOf("KEYSPACE", "SCHEMA"))
		r.keyspaceResource(a, Tables)
	case r.acceptWord("FUNCTIONS"):
		if !r.acceptWord("IN") {
			r.withoutObjectAs(Access{Action: a, Scope: Keyspaces})
			return
		}
		r.require(r.acceptAnyOf("KEYSPACE", "SCHEMA"))
		r.keyspaceResource(a, Named)
	case r.isWord("ROLES"), r.isWord("MBEANS"):
		r.withoutObject(a)
	default:
		r.tableResource(a, first)
	}
}
