package cql

import (
	"bytes"
	"slices"
)

// span is a part of a text.
type span struct{ from, to int }

// skip goes past one token, and returns it. last is the token before. Where both are the keyspace of a function that is
// called, and the dot after it, skip goes to the arguments, and adds that access.
func (r *Reader) skip(last span) (span, error) {
	token := span{r.from, r.pos}
	dot := r.symbol('.')
	r.advance()
	if dot && last.to > 0 {
		return span{}, r.qualified(r.text[last.from:last.to])
	}
	return token, nil
}

// qualified goes past the name of a function of the keyspace, if there is one.
func (r *Reader) qualified(keyspace []byte) error {
	if c := class[keyspace[0]]; c != letter && c != doubleQuote {
		return nil
	}
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
