package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// fromList reads the list after FROM or USING.
func (r *Reader) fromList() {
	for {
		r.joined()
		if !r.take(',') {
			return
		}
	}
}

// joined reads tables with what is joined to them.
func (r *Reader) joined() {
	r.fromItem()
	r.joinedOn()
}

// joinedOn reads what is joined to what has been read.
func (r *Reader) joinedOn() {
	// Each join but CROSS and NATURAL has one ON or USING, not always at once.
	for due := 0; r.good(); {
		switch {
		case due > 0 && r.takes(kwOn):
			r.expression(atComma | inJoin)
			due--
		case due > 0 && r.takes(kwUsing):
			r.parenthesis()
			if r.takes(kwAs) {
				r.needName(columnName)
			}
			due--
		default:
			joins, qualified := r.joins()
			if !joins {
				return
			}
			if qualified {
				due++
			}
			r.fromItem()
		}
	}
}

// joins passes the words of a join, if they are there, and reports whether ON or USING is due.
func (r *Reader) joins() (joins, qualified bool) {
	natural := r.takes(kwNatural)
	cross := false
	switch {
	case r.takes(kwCross):
		cross = true
	case r.takes(kwInner):
	case r.takes(kwLeft), r.takes(kwRight), r.takes(kwFull):
		r.takes(kwOuter)
	default:
		if !natural && !r.at(kwJoin) {
			return false, false
		}
	}
	r.need(kwJoin)
	return true, !natural && !cross
}

// fromItem reads one table, function, query or parenthesis of them, with its alias.
func (r *Reader) fromItem() {
	if !r.enter() {
		return
	}
	defer r.leave()
	r.takes(kwLateral)
	called := false
	switch {
	case r.is('('):
		r.inParentheses()
	case r.at(kwOnly):
		r.relation(Select)
	case r.at(kwRows) && r.peek().IsKeyword(kwFrom):
		r.rowsFrom()
		called = true
	default:
		called = r.tableOrFunction()
	}
	if r.takesBoth(kwWith, kwOrdinality) && !called {
		r.fail(ReasonForm)
	}
	r.alias()
	if r.takes(kwTablesample) {
		r.sample()
	}
}

// inParentheses reads a query or tables in parentheses. It reports whether it is a query.
func (r *Reader) inParentheses() (query bool) {
	if !r.enter() {
		return false
	}
	defer r.leave()
	r.needs('(')
	switch {
	case r.startsQuery():
		r.query()
		query = true
	case r.is('('):
		tables := len(r.references)
		if query = r.inParentheses(); query && r.continuesQuery() {
			r.continued(tables)
			break
		}
		if !r.is(')') {
			query = false
			r.alias()
			r.joinedOn()
		}
	default:
		r.joined()
	}
	r.needs(')')
	return query
}

// continuesQuery reports whether what follows a query in parentheses belongs to a query around it.
func (r *Reader) continuesQuery() bool {
	return r.at(kwUnion) || r.at(kwIntersect) || r.at(kwExcept) || r.at(kwOrder) || r.at(kwLimit) || r.at(kwOffset) ||
		r.at(kwFetch) || r.at(kwFor)
}

// continued reads what belongs to a query after its first part, which stands in parentheses.
func (r *Reader) continued(tables int) {
	if r.takes(kwUnion) || r.takes(kwIntersect) || r.takes(kwExcept) {
		if !r.takes(kwAll) {
			r.takes(kwDistinct)
		}
		r.setOperations()
	}
	r.tail(tables)
}

// systemUser is a function of releases since 16, and a table to older ones.
var systemUser = []byte("system_user")

// tableOrFunction reads a table or the call of a function, and reports which it is.
func (r *Reader) tableOrFunction() (called bool) {
	if r.tok.Kind == sqllex.Word && r.callsInFrom() {
		if r.tok.Word == kwSystemUser {
			r.table(Select, name{last: systemUser})
		}
		r.functionCall()
		return true
	}
	first := r.tok
	n := name{last: r.needName(reserved)}
	parts := 1
	for ; r.is('.'); parts++ {
		r.advance()
		n.schema, n.last = n.last, r.needName(reserved)
	}
	switch {
	case parts > 3:
		r.fail(sqllex.ReasonName)
	case r.is('('):
		if parts == 1 && !mayName(&first, functionName) {
			r.fail(ReasonForm)
		}
		r.function(n.schema, n.last)
		r.parenthesis()
		return true
	case !mayName(&first, columnName):
		r.fail(ReasonNoName)
	default:
		r.table(Select, n)
		if r.tok.IsOperator('*') {
			r.advance()
		}
	}
	return false
}

// callsInFrom reports whether a word in FROM is a function with a syntax of its own.
func (r *Reader) callsInFrom() bool {
	switch k := r.tok.Word; k {
	case kwCurrentDate, kwCurrentTime, kwCurrentTimestamp, kwCurrentUser, kwCurrentRole, kwCurrentCatalog, kwLocaltime,
		kwLocaltimestamp, kwUser, kwSessionUser, kwCast:
		return true
	case kwSystemUser:
		return !r.peek().IsSymbol('(') && !r.peek().IsSymbol('.')
	case kwCurrentSchema, kwCollation:
		return !r.peek().IsSymbol('(')
	default:
		return categories[k] == columnName && r.peek().IsSymbol('(')
	}
}

// table adds the access to a table, unless it is a common table expression.
func (r *Reader) table(op Operation, n name) {
	if n.schema == nil {
		for i := len(r.common) - 1; i >= 0; i-- {
			if string(r.common[i]) == string(n.last) {
				return
			}
		}
	}
	if len(r.references) == maxReferences {
		r.fail(ReasonSets)
		return
	}
	r.references = append(r.references, n)
	r.access(op, Table, n)
}

// relation reads the name of a table that may stand with ONLY or a star.
func (r *Reader) relation(op Operation) {
	n := r.only()
	r.table(op, n)
}

// only reads the name of a table that may stand with ONLY, parentheses or a star.
func (r *Reader) only() (n name) {
	if r.takes(kwOnly) {
		if r.take('(') {
			n = r.object()
			r.needs(')')
			return n
		}
		return r.object()
	}
	n = r.object()
	if r.tok.IsOperator('*') {
		r.advance()
	}
	return n
}

// rowsFrom reads ROWS FROM (function, ...).
func (r *Reader) rowsFrom() {
	r.advance()
	r.advance()
	r.needs('(')
	for {
		if !r.tableOrFunction() {
			r.fail(ReasonForm)
		}
		if r.takes(kwAs) {
			r.columnList()
		}
		if !r.take(',') {
			break
		}
	}
	r.needs(')')
}

// alias passes an alias with its columns, if it is there.
func (r *Reader) alias() {
	switch {
	case r.takes(kwAs):
		if !r.is('(') {
			r.needName(columnName)
		}
	case mayName(&r.tok, columnName):
		r.advance()
	default:
		return
	}
	if r.is('(') {
		r.columnList()
	}
}

// columnList passes names of columns in parentheses, with their types where they have them.
func (r *Reader) columnList() {
	r.needs('(')
	for {
		r.needName(columnName)
		if !r.is(',') && !r.is(')') {
			r.typeName()
			if r.takes(kwCollate) {
				r.object()
			}
		}
		if !r.take(',') {
			break
		}
	}
	r.needs(')')
}

// sample reads what stands after TABLESAMPLE.
func (r *Reader) sample() {
	if !mayName(&r.tok, functionName) {
		r.fail(ReasonNoName)
		return
	}
	n := name{last: r.tok.Name}
	r.advance()
	for r.is('.') {
		r.advance()
		n.schema, n.last = n.last, r.needName(reserved)
	}
	// The methods of the server are harmless; a function of a user may have their name.
	class := r.functionClass(n.schema, n.last)
	if method := string(n.last); n.schema == nil && (method == "system" || method == "bernoulli") {
		class = Read
	}
	r.add(Access{Operation: CallFunction, Kind: Function, Class: class, Schema: n.schema, Name: n.last})
	r.parenthesis()
	if r.takes(kwRepeatable) {
		r.parenthesis()
	}
}
