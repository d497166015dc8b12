package cql

// beginStatement begins a statement.
func (r *Reader) beginStatement() {
	r.firstKeyspace, r.callsFunction, r.firstAccess = nil, false, len(r.List)
}

// identifier reads one part of a name, the quotes included where there are some.
func (r *Reader) identifier() []byte {
	if !(r.kind == kindWord && !r.isReserved() || r.kind == kindQuoted && r.pos-r.from > len(`""`)) {
		r.fail(ErrName)
	}
	return r.token()
}

// qualifiedName reads "name" or "keyspace.name". keyspace is nil if there is none.
func (r *Reader) qualifiedName() (keyspace, name []byte) {
	name = r.identifier()
	if !r.acceptSymbol('.') {
		return nil, name
	}
	return name, r.identifier()
}

// readObject reads the name of an object, and adds the access to it.
func (r *Reader) readObject(a Action) {
	keyspace, name := r.qualifiedName()
	r.addObject(a, keyspace, name)
}

// addObject adds an access to an object of the keyspace, or of the current one if it is nil. Of objects that are not
// tables only the keyspace counts.
func (r *Reader) addObject(a Action, keyspace, name []byte) {
	if !a.namesTable() {
		name = nil
	}
	r.addFirst(Access{Action: a}, keyspace, name)
}

// addFirst adds an access to a table, or to a keyspace if there is no name. Both are as they stand in the text. The keyspace
// is the current one if it is nil.
func (r *Reader) addFirst(a Access, keyspace, name []byte) {
	i := r.addAccess(a, keyspace, name)
	if i >= 0 && r.firstKeyspace == nil {
		r.firstKeyspace = r.List[i].Keyspace()
	}
}

// addAccess adds an access and returns its index, or -1 after an error.
func (r *Reader) addAccess(a Access, keyspace, name []byte) int {
	if r.err != nil {
		return -1
	}
	from := len(r.names)
	if keyspace == nil {
		r.Unqualified = true
		r.names = append(r.names, r.current...)
	} else {
		r.appendName(keyspace)
	}
	a.Split = len(r.names) - from
	if name != nil {
		r.names = append(r.names, '.')
		r.appendName(name)
	}
	a.Name = r.names[from:len(r.names):len(r.names)]
	known := len(r.List)
	i := r.add(a)
	if i < 0 {
		r.fail(ErrTooMany)
	}
	if len(r.List) == known {
		r.names = r.names[:from]
	}
	return i
}

// appendName appends a part of a name to the names in its canonical form: in small letters where it stands without quotes,
// without them where it need not have them, else as it is.
func (r *Reader) appendName(part []byte) {
	if len(part) > MaxName {
		r.fail(ErrName)
		return
	}
	if part[0] == '"' {
		if inner := part[1 : len(part)-1]; PlainName(inner) {
			part = inner
		}
		r.names = append(r.names, part...)
		return
	}
	names := r.names
	for _, c := range part {
		names = append(names, lower(c))
	}
	r.names = names
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
