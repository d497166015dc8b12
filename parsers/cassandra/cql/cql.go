// Package cql finds out what CQL statements do to which objects: it reads them with the token rules of Apache Cassandra
// 4.1 and 5.0, and resolves names as their prepare methods do. What ScyllaDB adds is read where the objects are certain.
//
// A text is read only as far as is needed to know its objects with certainty, so that what is read may still be refused
// by a server, for example for a column that does not exist. What a server takes and this package cannot read, or what
// releases may read in different ways, is an error.
package cql

import "unicode/utf8"

// MaxAccesses is the number of different accesses that one request, such as a batch, may have.
const MaxAccesses = 64

// MaxName is the length, in bytes, of the longest name of a keyspace or table that can be in an access.
const MaxName = 222

// Reader finds the accesses of one or more statements. It is reused, reads one text at a time, of which it retains
// nothing, and allocates nothing once it has grown.
type Reader struct {
	lexer
	Accesses
	// Unqualified: the accesses depend on the current keyspace.
	Unqualified bool
	// current is the keyspace of names that stand without one.
	current []byte
	// firstKeyspace is the keyspace of the first object of the statement at hand, nil before it.
	firstKeyspace []byte
	// callsFunction: the statement at hand calls a function of a keyspace.
	callsFunction bool
	// firstAccess is the number of accesses that there were before the statement at hand.
	firstAccess int
	// err is the first error of the text at hand; after it there are no tokens.
	err error
}

// Reset empties the list of accesses.
func (r *Reader) Reset() {
	r.Accesses.Reset()
	r.Unqualified = false
}

// Read adds the accesses of a text, which holds one statement; names without a keyspace are in the current one, which is
// empty if there is none. An error is an [Error].
func (r *Reader) Read(text, current []byte) error {
	if !utf8.Valid(text) {
		return ErrUTF8
	}
	r.lexer, r.current = lexer{text: text}, current
	r.err = nil
	r.beginStatement()
	r.advance()
	r.statement()
	r.text, r.current, r.firstKeyspace = nil, nil, nil
	return r.err
}

// Error is a reason why a statement is not read.
type Error string

func (e Error) Error() string { return string(e) }

// Why a statement is not read.
const (
	ErrUTF8      = Error("statement is not UTF-8")
	ErrToken     = Error("statement has a character, a number or a comment that CQL does not have")
	ErrKind      = Error("statement is of an unknown kind")
	ErrName      = Error("statement has no name where a keyspace or table stands")
	ErrForm      = Error("statement does not have the form of its kind")
	ErrTrailing  = Error("text follows the statement")
	ErrTooMany   = Error("request has too many different accesses")
	ErrAmbiguous = Error("servers differ in how they read the statement")
)
