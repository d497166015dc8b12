package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// query reads a query from SELECT, VALUES, TABLE, WITH or a parenthesis on.
func (r *Reader) query() {
	if !r.enter() {
		return
	}
	mark := len(r.common)
	tables := len(r.references)
	if r.at(kwWith) {
		r.with()
	}
	r.setOperations()
	r.tail(tables)
	r.common = r.common[:mark]
	r.leave()
}

// setOperations reads the parts that UNION and the like join.
func (r *Reader) setOperations() {
	for {
		r.primary()
		if !r.takes(kwUnion) && !r.takes(kwIntersect) && !r.takes(kwExcept) {
			return
		}
		if !r.takes(kwAll) {
			r.takes(kwDistinct)
		}
	}
}

// primary reads one part of a query.
func (r *Reader) primary() {
	switch {
	case r.is('('):
		r.advance()
		r.query()
		r.needs(')')
	case r.takes(kwSelect):
		r.selected()
	case r.takes(kwValues):
		if !r.is('(') {
			r.fail(ReasonForm)
		}
		r.expression(0)
	case r.takes(kwTable):
		r.relation(Select)
	default:
		r.fail(ReasonForm)
	}
}

// selected reads what stands after SELECT.
func (r *Reader) selected() {
	if !r.takes(kwAll) && r.takes(kwDistinct) && r.takes(kwOn) {
		r.parenthesis()
	}
	r.expression(inTargets)
	if r.takes(kwInto) {
		r.into()
	}
	if r.takes(kwFrom) {
		r.fromList()
	}
	if r.takes(kwWhere) {
		r.expression(0)
	}
	if r.takesAll(kwGroup, kwBy) {
		if !r.takes(kwAll) {
			r.takes(kwDistinct)
		}
		r.expression(inGroups)
	}
	if r.takes(kwHaving) {
		r.expression(0)
	}
	if r.takes(kwWindow) {
		r.windows()
	}
}

// windows reads the definitions after WINDOW.
func (r *Reader) windows() {
	for {
		r.needName(columnName)
		r.need(kwAs)
		r.window()
		if !r.take(',') {
			return
		}
	}
}

// window reads the definition of a window.
func (r *Reader) window() {
	e := expressions{Reader: r, tables: len(r.references)}
	e.window()
	for r.good() && e.depth > 0 && e.part() {
	}
	e.ended()
}

// into reads the name of the table that SELECT INTO makes.
func (r *Reader) into() {
	next := r.peek()
	if mayName(next, columnName) || next.IsKeyword(kwTable) {
		switch {
		case r.takes(kwTemporary), r.takes(kwTemp), r.takes(kwUnlogged):
		case r.takes(kwLocal), r.takes(kwGlobal):
			if !r.takes(kwTemp) {
				r.need(kwTemporary)
			}
		}
	}
	r.takes(kwTable)
	r.access(Create, Table, r.object())
}

// tail reads what follows the parts of a query; tables is how many references there were before it.
func (r *Reader) tail(tables int) {
	for r.good() {
		switch {
		case r.takesAll(kwOrder, kwBy):
			r.order()
		case r.takes(kwLimit):
			r.expression(0)
		case r.takes(kwOffset):
			r.expression(0)
		case r.takes(kwFetch):
			r.fetchFirst()
		case r.at(kwFor):
			r.locked(tables)
		default:
			return
		}
	}
}

// order reads the list after ORDER BY.
func (r *Reader) order() {
	for {
		r.expression(0)
		if !r.takes(kwUsing) {
			return
		}
		if r.tok.Kind == sqllex.Operator {
			r.advance()
		} else if !r.at(kwOperator) {
			r.fail(ReasonForm)
		}
	}
}

// fetchFirst reads what stands after FETCH.
func (r *Reader) fetchFirst() {
	if !r.takes(kwFirst) {
		r.need(kwNext)
	}
	r.expression(0)
	if !r.takes(kwOnly) {
		r.need(kwWith)
		r.need(kwTies)
	}
}

// locked reads FOR UPDATE and the like, for the tables that the query has named since a mark.
func (r *Reader) locked(since int) {
	if r.locking() {
		for _, n := range r.references[since:] {
			r.access(SelectForUpdate, Table, n)
		}
	}
}

// locking passes FOR UPDATE and the like. It reports false if nothing is locked.
func (r *Reader) locking() bool {
	r.need(kwFor)
	switch {
	case r.takes(kwRead):
		r.need(kwOnly)
		return false
	case r.takes(kwUpdate), r.takes(kwShare):
	case r.takes(kwNo):
		r.need(kwKey)
		r.need(kwUpdate)
	case r.takes(kwKey):
		r.need(kwShare)
	default:
		r.fail(ReasonForm)
	}
	if r.takes(kwOf) {
		for {
			r.object()
			if !r.take(',') {
				break
			}
		}
	}
	if r.takes(kwSkip) {
		r.need(kwLocked)
	} else {
		r.takes(kwNowait)
	}
	return true
}

// with reads the common table expressions after WITH. They are in reach of what follows until the caller removes them;
// of themselves only if they are recursive, of those before them never.
func (r *Reader) with() {
	r.need(kwWith)
	recursive := r.takes(kwRecursive)
	for r.good() {
		name := r.needName(columnName)
		if r.is('(') {
			r.parenthesis()
		}
		r.need(kwAs)
		if r.takes(kwNot) {
			r.need(kwMaterialized)
		} else {
			r.takes(kwMaterialized)
		}
		if recursive {
			r.reach(name)
		}
		r.needs('(')
		mark := len(r.references)
		r.preparable()
		r.references = r.references[:mark]
		r.needs(')')
		r.searchAndCycle()
		if !recursive {
			r.reach(name)
		}
		if !r.take(',') {
			return
		}
	}
}

// reach brings a common table expression in reach.
func (r *Reader) reach(name []byte) {
	if len(r.common) == maxTables {
		r.fail(ReasonSets)
		return
	}
	r.common = append(r.common, name)
}

// searchAndCycle passes SEARCH and CYCLE after a common table expression.
func (r *Reader) searchAndCycle() {
	if r.takes(kwSearch) {
		if !r.takes(kwDepth) {
			r.need(kwBreadth)
		}
		r.need(kwFirst)
		r.need(kwBy)
		r.columnNames()
		r.need(kwSet)
		r.needName(columnName)
	}
	if r.takes(kwCycle) {
		r.columnNames()
		r.need(kwSet)
		r.needName(columnName)
		if r.takes(kwTo) {
			r.expression(atComma)
		}
		r.need(kwUsing)
		r.needName(columnName)
	}
}

// columnNames passes a list of names without parentheses.
func (r *Reader) columnNames() {
	for {
		r.needName(columnName)
		if !r.take(',') {
			return
		}
	}
}

// preparable reads a statement that can be part of others: a query or one that changes tables.
func (r *Reader) preparable() Operation {
	if !r.enter() {
		return None
	}
	defer r.leave()
	mark := len(r.common)
	tables := len(r.references)
	if r.at(kwWith) {
		r.with()
	}
	op := Select
	switch {
	case r.takes(kwInsert):
		op = Insert
		r.insert()
	case r.takes(kwUpdate):
		op = Update
		r.update()
	case r.takes(kwDelete):
		op = Delete
		r.delete()
	case r.takes(kwMerge):
		op = Merge
		r.merge()
	default:
		r.setOperations()
		r.tail(tables)
	}
	r.common = r.common[:mark]
	return op
}
