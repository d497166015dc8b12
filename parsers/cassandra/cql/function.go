package cql

import (
	"bytes"
	"slices"
)

// span is a part of a text.
type span struct{ from, to int }

// skipToken goes past one token, and returns it. last is the token before. Where both are the keyspace of a function that is
// called, and the dot after it, skip goes to the arguments, and adds that access.
func (r *Reader) skipToken(last span) span {
	token := span{r.from, r.pos}
	dot := r.isSymbol('.')
	r.advance()
	if dot && last.to > 0 {
		r.qualifiedCall(r.text[last.from:last.to])
		return span{}
	}
	return token
}

// qualifiedCall goes past the name of a function of the keyspace, if there is one.
func (r *Reader) qualifiedCall(keyspace []byte) {
	if c := classOf[keyspace[0]]; c != classLetter && c != classDoubleQuote {
		return
	}
	if r.kind == kindWord && r.isReserved() && !r.isWord("TOKEN") || r.kind != kindWord && r.kind != kindQuoted {
		return
	}
	r.advance()
	if r.isSymbol('(') {
		r.addCall(keyspace)
	}
}

// systemFunctions is the keyspace of the functions that servers bring; they need no permission.
const systemFunctions = "SYSTEM"

// addCall adds the access to a function of the keyspace. The first object of the statement is not known yet, so its own
// functions are taken off at the end.
func (r *Reader) addCall(keyspace []byte) {
	if sameWord(keyspace, systemFunctions) || string(keyspace) == `"system"` {
		return
	}
	r.callsFunction = true
	r.addAccess(Access{Action: ExecuteFunction}, keyspace, nil)
}

// endStatement ends a statement: the functions of the keyspace of its first object go with that object, as those without a
// keyspace do, which are of that keyspace or of the server.
//
// The functions come after the other accesses.
func (r *Reader) endStatement() {
	if !r.callsFunction {
		return
	}
	remaining := r.List[:r.firstAccess]
	for _, a := range r.List[r.firstAccess:] {
		if a.Action != ExecuteFunction || r.firstKeyspace == nil || !bytes.Equal(a.Keyspace(), r.firstKeyspace) {
			remaining = append(remaining, a)
		}
	}
	r.List = remaining
	slices.SortStableFunc(r.List[r.firstAccess:], byFunction)
}

func byFunction(a, b Access) int { return functionsLast(&a) - functionsLast(&b) }

func functionsLast(a *Access) int {
	if a.Action == ExecuteFunction {
		return 1
	}
	return 0
}
