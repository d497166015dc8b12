package cql

import "bytes"

// Access is what a statement does to an object, in the keyspace where the server finds it.
type Access struct {
	Action Action
	// Split is the length of the keyspace in Name.
	Split int
	// Name is "keyspace.table", or the keyspace alone for what is not a table, or empty. Of a table whose keyspace is not
	// known, it begins with the dot. The names are canonical: in small letters where they stood without quotes, as
	// written where they were quoted, and with the quotes only where there are other characters than letters, digits and
	// underscores, of which servers make no keyspace or table.
	Name []byte
	// Scope is what the access may reach that it does not name.
	Scope Scope
}

// Scope is what an access may reach.
type Scope uint8

const (
	// Named is only what it names.
	Named Scope = iota
	// Tables is any table of its keyspace.
	Tables
	// Keyspaces is anything in any keyspace.
	Keyspaces
)

// Keyspace returns the name of the keyspace, empty where it is not known.
func (a *Access) Keyspace() []byte { return a.Name[:a.Split] }

// Table returns the name of the table, empty for what is not a table.
func (a *Access) Table() []byte { return a.Name[min(a.Split+1, len(a.Name)):] }

// Equal reports whether both accesses are the same.
func (a *Access) Equal(b *Access) bool {
	return a.Action == b.Action && a.Scope == b.Scope && a.Split == b.Split && bytes.Equal(a.Name, b.Name)
}

// Accesses are what one request does, each once and at most [MaxAccesses]. The value is reused.
type Accesses struct {
	List []Access
	// names is where the names are.
	names []byte
}

// Reset empties the list. What it held stays valid until something is added.
func (s *Accesses) Reset() { s.List, s.names = s.List[:0], s.names[:0] }

// Size returns the capacity for names, in bytes, that the value retains.
func (s *Accesses) Size() int { return cap(s.names) }

// Add adds an access, of whose name it retains the memory. It reports false when there are too many.
func (s *Accesses) Add(a Access) bool { return s.add(a) >= 0 }

// add returns the index of the access in the list, -1 when there are too many.
func (s *Accesses) add(a Access) int {
	for i := range s.List {
		if s.List[i].Equal(&a) {
			return i
		}
	}
	if len(s.List) == MaxAccesses {
		return -1
	}
	s.List = append(s.List, a)
	return len(s.List) - 1
}
