package cql

// beginStatement begins a statement.
func (r *Reader) beginStatement() {
	r.firstKeyspace, r.callsFunction, r.firstAccess = nil, false, len(r.List)
}

// identifier reads one part of a name, the quotes included where there are some.
func (r *Reader) identifier() ([]byte, error) {
	name := r.text[r.from:r.pos]
	switch {
	case r.kind == kindWord && !r.isReserved():
	case r.kind == kindQuoted && len(name) > len(`""`):
	default:
		return nil, ErrName
	}
	r.advance()
	return name, nil
}

// qualifiedName reads "name" or "keyspace.name". keyspace is nil if there is none.
func (r *Reader) qualifiedName() (keyspace, name []byte, err error) {
	if name, err = r.identifier(); err != nil || !r.isSymbol('.') {
		return nil, name, err
	}
	r.advance()
	keyspace = name
	name, err = r.identifier()
	return keyspace, name, err
}

// readObject reads the name of an object, and adds the access to it.
func (r *Reader) readObject(a Action) error {
	keyspace, name, err := r.qualifiedName()
	if err != nil {
		return err
	}
	return r.addObject(a, keyspace, name)
}

// addObject adds an access to an object of the keyspace, or of the current one if it is nil. Of objects that are not
// tables only the keyspace counts.
func (r *Reader) addObject(a Action, keyspace, name []byte) error {
	if !a.namesTable() {
		name = nil
	}
	return r.addFirst(Access{Action: a}, keyspace, name)
}

// addFirst adds an access to a table, or to a keyspace if there is no name. Both are as they stand in the text. The keyspace
// is the current one if it is nil.
func (r *Reader) addFirst(a Access, keyspace, name []byte) error {
	i, err := r.addAccess(a, keyspace, name)
	if err == nil && r.firstKeyspace == nil {
		r.firstKeyspace = r.List[i].Keyspace()
	}
	return err
}

// addAccess adds an access and returns its index.
func (r *Reader) addAccess(a Access, keyspace, name []byte) (int, error) {
	from := len(r.names)
	if keyspace == nil {
		r.Unqualified = true
		r.names = append(r.names, r.current...)
	} else if !r.appendName(keyspace) {
		return 0, ErrName
	}
	a.Split = len(r.names) - from
	if name != nil {
		r.names = append(r.names, '.')
		if !r.appendName(name) {
			return 0, ErrName
		}
	}
	a.Name = r.names[from:len(r.names):len(r.names)]
	known := len(r.List)
	i := r.add(a)
	if i < 0 {
		return 0, ErrTooMany
	}
	if len(r.List) == known {
		r.names = r.names[:from]
	}
	return i, nil
}

// appendName appends a part of a name to the names in its canonical form: in small letters where it stands without quotes,
// without them where it need not have them, else as it is. It reports false if the part is too long.
func (r *Reader) appendName(part []byte) bool {
	if len(part) > MaxName {
		return false
	}
	if part[0] == '"' {
		if inner := part[1 : len(part)-1]; PlainName(inner) {
			part = inner
		}
		r.names = append(r.names, part...)
		return true
	}
	names := r.names
	for _, c := range part {
		names = append(names, lower(c))
	}
	r.names = names
	return true
}

// PlainName reports whether a name may be that of a keyspace or table. Servers make none with other characters.
func PlainName(name []byte) bool {
	for _, c := range name {
		if !isWordByte(c) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= MaxName
}
