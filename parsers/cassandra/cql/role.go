package cql

// addIdentity reads an ADD IDENTITY after its first word.
func (r *Reader) addIdentity() error {
	if !r.acceptWord("IDENTITY") {
		return ErrKind
	}
	return r.withoutObject(AddIdentity)
}

// serviceLevel reads a statement on the service levels of ScyllaDB after its first word.
func (r *Reader) serviceLevel(a Action) error {
	if r.acceptWord("SERVICE") && r.acceptAnyOf("LEVEL", "LEVELS") || r.acceptAnyOf("SERVICE_LEVEL", "SERVICE_LEVELS") {
		return r.withoutObject(a)
	}
	return ErrKind
}

// listStatement reads a LIST after its first word.
func (r *Reader) listStatement() error {
	switch {
	case r.acceptWord("ROLES"):
		return r.withoutObject(ListRoles)
	case r.acceptWord("USERS"):
		return r.withoutObject(ListUsers)
	case r.acceptWord("SUPERUSERS"):
		return r.withoutObject(ListSuperusers)
	case r.isWord("SERVICE"), r.isWord("SERVICE_LEVEL"):
		return r.serviceLevel(ListServiceLevels)
	case r.acceptAnyOf("ATTACHED", "EFFECTIVE"):
		return r.serviceLevel(ListServiceLevels)
	case r.permission():
		return r.listPermissions()
	}
	return ErrKind
}

// listPermissions reads a LIST of permissions, or of ALL service levels, after its first word.
func (r *Reader) listPermissions() error {
	all := r.isWord("ALL")
	r.advance()
	if all && (r.acceptWord("ATTACHED") || r.isWord("SERVICE") || r.isWord("SERVICE_LEVELS")) {
		return r.serviceLevel(ListServiceLevels)
	}
	if err := r.permissions(); err != nil {
		return err
	}
	if !r.acceptWord("ON") {
		return r.withoutObject(ListPermissions)
	}
	return r.permissionResource(ListPermissions)
}
