package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// insert reads what stands after INSERT.
func (r *Reader) insert() {
	r.need(kwInto)
	n := r.object()
	r.access(Insert, Table, n)
	if r.takes(kwAs) {
		r.needName(columnName)
	}
	if r.is('(') && !r.queryInParenthesis() {
		r.parenthesis()
	}
	r.overriding()
	if !r.takesAll(kwDefault, kwValues) {
		r.query()
	}
	if r.takesAll(kwOn, kwConflict) {
		r.conflict(n)
	}
	r.returning(n)
}

// queryInParenthesis reports whether the parenthesis at hand begins a query.
func (r *Reader) queryInParenthesis() bool {
	next := r.peek()
	return next.IsSymbol('(') || next.IsKeyword(kwSelect) || next.IsKeyword(kwWith) || next.IsKeyword(kwTable) ||
		next.IsKeyword(kwValues) && r.peek2().IsSymbol('(')
}

// overriding passes OVERRIDING USER VALUE.
func (r *Reader) overriding() {
	if r.takes(kwOverriding) {
		if !r.takes(kwUser) {
			r.need(kwSystem)
		}
		r.need(kwValue)
	}
}

// conflict reads what stands after ON CONFLICT. The table is read to find the conflict.
func (r *Reader) conflict(n name) {
	switch {
	case r.is('('):
		r.parenthesis()
		if r.takes(kwWhere) {
			r.expression(0)
		}
		r.access(Select, Table, n)
	case r.takesAll(kwOn, kwConstraint):
		r.needName(columnName)
		r.access(Select, Table, n)
	}
	r.need(kwDo)
	if r.takes(kwNothing) {
		return
	}
	r.need(kwUpdate)
	r.need(kwSet)
	r.access(Update, Table, n)
	r.access(Select, Table, n)
	r.assignments()
	if r.takes(kwWhere) {
		r.expression(0)
	}
}

// returning reads RETURNING, for which the table is read.
func (r *Reader) returning(n name) {
	if !r.takes(kwReturning) {
		return
	}
	r.access(Select, Table, n)
	if r.at(kwWith) && r.peek().IsSymbol('(') {
		r.advance()
		r.advance()
		for {
			if !r.takes(kwOld) {
				r.need(kwNew)
			}
			r.need(kwAs)
			r.needName(columnName)
			if !r.take(',') {
				break
			}
		}
		r.needs(')')
	}
	r.expression(inTargets)
}

// target reads the table that a statement changes, with its alias. It is never a common table expression.
func (r *Reader) target() name {
	n := r.only()
	if r.takes(kwAs) {
		r.needName(columnName)
	} else if mayName(&r.tok, columnName) && !r.at(kwSet) {
		r.advance()
	}
	return n
}

// assignments reads the list after SET, and reports whether columns may be read for it.
func (r *Reader) assignments() (reads bool) {
	before := r.columns
	for {
		if r.is('(') {
			r.parenthesis()
		} else {
			r.needName(columnName)
			for r.good() && (r.is('.') || r.is('[')) {
				if r.take('.') {
					r.needName(reserved)
				} else {
					r.subscript()
				}
			}
		}
		if !r.tok.IsOperator('=') {
			r.fail(ReasonForm)
		}
		r.advance()
		r.columns = false
		r.expression(atComma)
		reads = reads || r.columns
		if !r.take(',') {
			r.columns = before
			return reads
		}
	}
}

// subscript reads what stands in brackets after the name of a column.
func (r *Reader) subscript() {
	r.advance()
	r.expression(atComma)
	if !r.is(']') {
		r.fail(ReasonForm)
	}
	r.advance()
}

// update reads what stands after UPDATE.
func (r *Reader) update() {
	n := r.target()
	r.access(Update, Table, n)
	r.need(kwSet)
	reads := r.assignments()
	if r.takes(kwFrom) {
		r.fromList()
		reads = true
	}
	r.found(n, reads)
}

// delete reads what stands after DELETE.
func (r *Reader) delete() {
	r.need(kwFrom)
	n := r.target()
	r.access(Delete, Table, n)
	reads := r.takes(kwUsing)
	if reads {
		r.fromList()
	}
	r.found(n, reads)
}

// found reads WHERE and RETURNING, for which the table is read.
func (r *Reader) found(n name, reads bool) {
	if r.takes(kwWhere) {
		if r.takesBoth(kwCurrent, kwOf) {
			r.needName(columnName)
		} else {
			r.expression(0)
		}
		reads = true
	}
	if reads {
		r.access(Select, Table, n)
	}
	r.returning(n)
}

// merge reads what stands after MERGE.
func (r *Reader) merge() {
	r.need(kwInto)
	n := r.target()
	r.access(Merge, Table, n)
	r.access(Select, Table, n)
	r.need(kwUsing)
	r.joined()
	r.need(kwOn)
	r.expression(inJoin)
	for r.takes(kwWhen) {
		r.when(n)
	}
	r.returning(n)
}

// when reads what stands after a WHEN of MERGE.
func (r *Reader) when(n name) {
	r.takes(kwNot)
	r.need(kwMatched)
	if r.takes(kwBy) && !r.takes(kwSource) {
		r.need(kwTarget)
	}
	if r.takes(kwAnd) {
		r.expression(0)
	}
	r.need(kwThen)
	switch {
	case r.takes(kwDo):
		r.need(kwNothing)
	case r.takes(kwDelete):
		r.access(Delete, Table, n)
	case r.takes(kwUpdate):
		r.access(Update, Table, n)
		r.need(kwSet)
		r.assignments()
	case r.takes(kwInsert):
		r.access(Insert, Table, n)
		if r.is('(') {
			r.parenthesis()
		}
		r.overriding()
		if !r.takesAll(kwDefault, kwValues) {
			r.need(kwValues)
			r.parenthesis()
		}
	default:
		r.fail(ReasonForm)
	}
}

// copies reads what stands after COPY.
func (r *Reader) copies() Operation {
	to, op := false, Copy
	var n name
	query := r.is('(')
	if query {
		r.advance()
		r.preparable()
		r.needs(')')
	} else {
		// Releases before 7.3 had BINARY here, and it is still taken.
		if r.at(kwBinary) {
			r.advance()
		}
		n = r.object()
		if r.is('(') {
			r.parenthesis()
		}
	}
	if to = !r.takes(kwFrom); to {
		r.need(kwTo)
	}
	switch {
	case r.takes(kwProgram):
		op = CopyProgram
		r.needString()
	case r.tok.Kind == sqllex.String:
		op = CopyFile
		r.advance()
	case r.takes(kwStdin), r.takes(kwStdout):
	default:
		r.fail(ReasonForm)
	}
	class := op.Class()
	if op == Copy && to {
		class = Read
	}
	k := Table
	if query {
		k = Other
		if !to {
			r.fail(ReasonForm)
		}
	}
	r.add(Access{Operation: op, Kind: k, Class: class, Schema: n.schema, Name: n.last})
	r.copyOptions()
	return op
}

// needString passes a string that must be there.
func (r *Reader) needString() {
	if r.tok.Kind != sqllex.String {
		r.fail(ReasonForm)
		return
	}
	r.advance()
}

// copyOptions passes the options of COPY, of which WHERE may call functions.
func (r *Reader) copyOptions() {
	for r.good() {
		switch {
		case r.is('('):
			r.options()
		case r.takes(kwWhere):
			r.expression(0)
			return
		case r.is(',') || r.tok.IsOperator('*') || r.tok.Kind == sqllex.String || r.tok.Kind == sqllex.Word || r.tok.Kind == sqllex.Quoted:
			r.advance()
		default:
			return
		}
	}
}

// options passes a parenthesis of options, or of the types of a function's arguments. In it there may be others, of
// constants and words.
func (r *Reader) options() {
	r.needs('(')
	for r.good() && !r.take(')') {
		switch {
		case r.is('('):
			r.modifiers()
		case r.is(';') || r.tok.Kind == sqllex.End || r.at(kwSelect):
			r.fail(ReasonForm)
		default:
			r.advance()
		}
	}
}
