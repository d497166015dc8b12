package cql

// addIdentity reads an ADD IDENTITY after its first word.
func (r *Reader) addIdentity() error {
	if !r.accept("IDENTITY") {
		return ErrKind
	}
	return r.alone(AddIdentity)
}

// serviceLevel reads a statement on the service levels of ScyllaDB after its first word.
func (r *Reader) serviceLevel(a Action) error {
	if r.accept("SERVICE") && r.acceptAny("LEVEL", "LEVELS") || r.acceptAny("SERVICE_LEVEL", "SERVICE_LEVELS") {
		return r.alone(a)
	}
	return ErrKind
}

// list reads a LIST after its first word.
func (r *Reader) list() error {
	switch {
	case r.accept("ROLES"):
		return r.alone(ListRoles)
	case r.accept("USERS"):
		return r.alone(ListUsers)
	case r.accept("SUPERUSERS"):
		return r.alone(ListSuperusers)
	case r.is("SERVICE"), r.is("SERVICE_LEVEL"):
		return r.serviceLevel(ListServiceLevels)
	case r.acceptAny("ATTACHED", "EFFECTIVE"):
		return r.serviceLevel(ListServiceLevels)
	case r.permission():
		return r.listPermissions()
	}
	return ErrKind
}

// listPermissions reads a LIST of permissions, or of ALL service levels, after its first word.
func (r *Reader) listPermissions() error {
	all := r.is("ALL")
	r.advance()
	if all && (r.accept("ATTACHED") || r.is("SERVICE") || r.is("SERVICE_LEVELS")) {
		return r.serviceLevel(ListServiceLevels)
	}
	if err := r.permissions(); err != nil {
		return err
	}
	if !r.accept("ON") {
		return r.alone(ListPermissions)
	}
	return r.resource(ListPermissions)
}
