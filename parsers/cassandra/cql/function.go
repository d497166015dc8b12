package cql

import (
	"bytes"
	"slices"
)

// skip goes past one token. Where it is the keyspace of a function that is called, it goes to the arguments, and adds
// that access.
func (r *Reader) skip() error {
	if r.kind != kindWord && r.kind != kindQuoted {
		r.advance()
		return nil
	}
	keyspace := r.text[r.from:r.pos]
	r.advance()
	if !r.symbol('.') {
		return nil
	}
	r.advance()
	if r.kind == kindWord && r.reserved() && !r.is("TOKEN") || r.kind != kindWord && r.kind != kindQuoted {
		return nil
	}
	r.advance()
	if !r.symbol('(') {
		return nil
	}
	return r.call(keyspace)
}

// systemFunctions is the keyspace of the functions that servers bring; they need no permission.
const systemFunctions = "SYSTEM"

// call adds the access to a function of the keyspace. The first object of the statement is not known yet, so its own
// functions are taken off at the end.
func (r *Reader) call(keyspace []byte) error {
	if sameWord(keyspace, systemFunctions) || string(keyspace) == `"system"` {
		return nil
	}
	r.called = true
	_, err := r.note(Access{Action: ExecuteFunction}, keyspace, nil)
	return err
}

// finish ends a statement: the functions of the keyspace of its first object go with that object, as those without a
// keyspace do, which are of that keyspace or of the server.
//
// The functions come after the other accesses.
func (r *Reader) finish() {
	if !r.called {
		return
	}
	kept := r.List[:r.first]
	for _, a := range r.List[r.first:] {
		if a.Action != ExecuteFunction || r.own == nil || !bytes.Equal(a.Keyspace(), r.own) {
			kept = append(kept, a)
		}
	}
	r.List = kept
	slices.SortStableFunc(r.List[r.first:], byFunction)
}

func byFunction(a, b Access) int { return order(&a) - order(&b) }

func order(a *Access) int {
	if a.Action == ExecuteFunction {
		return 1
	}
	return 0
}
