package sql

import "bytes"

// Limits of what one text may have.
const (
	// MaxAccesses is the number of different accesses.
	MaxAccesses = 512
	// MaxStatements is the number of statements.
	MaxStatements = 1024
	// MaxSettings is the number of settings that are set.
	MaxSettings = 256
	// maxTables is the number of common table expressions in reach of one place.
	maxTables = 256
	// maxReferences is the number of tables in reach of one FOR UPDATE.
	maxReferences = 4096
	// maxDepth is how deep queries and joins may be nested.
	maxDepth = 64
)

// Kind is what an access is to.
type Kind uint8

const (
	// Other is anything else: a type, a role, a setting, a channel, or nothing.
	Other Kind = iota
	// Table is a table, a view, a sequence, an index or a composite type.
	Table
	// Function is a function, a procedure, an aggregate, or an operator that is called with its schema.
	Function
	// Schema is a schema itself, with all that is in it.
	Schema
)

func (k Kind) String() string { return [...]string{"other", "table", "function", "schema"}[k] }

// Access is what a text does to an object. Schema and Name point into the text or into the [Reader].
type Access struct {
	Operation Operation
	Kind      Kind
	Class     Class
	// Schema is empty where the text names none; then search_path says where the object is.
	Schema []byte
	// Name is as the server sees it: in small letters where it stood without quotes.
	Name []byte
}

// Equal reports whether both accesses are the same.
func (a *Access) Equal(b *Access) bool {
	return a.Operation == b.Operation && a.Kind == b.Kind && a.Class == b.Class && bytes.Equal(a.Name, b.Name) &&
		bytes.Equal(a.Schema, b.Schema)
}

// Statement is one statement of a text.
type Statement struct {
	Operation Operation
	// From and To are where the statement is in the text, without the semicolon.
	From, To int
	// Name is that of the prepared statement, cursor, savepoint or channel that the statement is about, empty where it
	// has none or means all.
	Name []byte
}

// Change is what happens to a setting.
type Change uint8

const (
	// ChangeSet gives it a value.
	ChangeSet Change = iota
	// ChangeReset gives it the value that it has by default; of all settings, if the name is empty.
	ChangeReset
	// ChangeMaybe may give it a value, never or more than once: set_config is called in a query. Value is empty where it
	// is not a string.
	ChangeMaybe
)

// Setting is a setting that a text changes. Name and Value point into the text or into the [Reader].
type Setting struct {
	// Name is in small letters. SET NAMES sets client_encoding, SET SCHEMA search_path, SET TIME ZONE timezone.
	Name []byte
	// Value is the value as it stands in the text, with quotes and commas.
	Value  []byte
	Change Change
	// Local: for the transaction only.
	Local bool
}

// add adds an access, each once.
func (r *Reader) add(a Access) {
	hash := hashOf(&a)
	for i, h := range r.hashes {
		if h == hash && r.Accesses[i].Equal(&a) {
			return
		}
	}
	if len(r.Accesses) == MaxAccesses {
		r.fail(ReasonAccesses)
		return
	}
	r.hashes = append(r.hashes, hash)
	r.Accesses = append(r.Accesses, a)
}

// hashOf returns a number that equal accesses share (FNV-1a).
func hashOf(a *Access) uint32 {
	const offset, prime = 2166136261, 16777619
	h := (uint32(offset) ^ uint32(a.Operation)) * prime
	h = (h ^ uint32(a.Kind)<<4 ^ uint32(a.Class)) * prime
	for _, b := range a.Name {
		h = (h ^ uint32(b)) * prime
	}
	h = (h ^ '.') * prime
	for _, b := range a.Schema {
		h = (h ^ uint32(b)) * prime
	}
	return h
}

// access adds an access with the class of its operation.
func (r *Reader) access(op Operation, k Kind, n name) {
	r.add(Access{Operation: op, Kind: k, Class: op.Class(), Schema: n.schema, Name: n.last})
}

// function adds the call of a function.
func (r *Reader) function(schema, last []byte) {
	r.add(Access{Operation: CallFunction, Kind: Function, Class: r.functionClass(schema, last), Schema: schema, Name: last})
}

// builtin adds the call of a function of pg_catalog that has a syntax of its own.
func (r *Reader) builtin(last string) {
	from := len(r.names)
	r.names = append(append(r.names, "pg_catalog"...), last...)
	split := from + len("pg_catalog")
	r.function(r.names[from:split:split], r.names[split:len(r.names):len(r.names)])
}

// functionClass returns what a function may do. Nothing is known of a user's function, so it may write; what servers have
// that are newer than our table may do anything. A name that only some releases have may be a user's function in the others.
func (r *Reader) functionClass(schema, last []byte) Class {
	inCatalog := string(schema) == "pg_catalog"
	if len(schema) > 0 && !inCatalog {
		if string(schema) == "information_schema" && isInformation(last) {
			return Read
		}
		return Write
	}
	class, known := builtinClass(last)
	switch {
	case known && !inCatalog && !isBuiltin(last, r.set.Version):
		return max(class, Write)
	case known:
		return class
	case inCatalog, bytes.HasPrefix(last, []byte("pg_")):
		return Admin
	}
	return Write
}
