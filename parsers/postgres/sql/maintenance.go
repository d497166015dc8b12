package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// maintenance reads what stands after the first word of a statement that only administrators and owners need.
func (r *Reader) maintenance(k keyword) Operation {
	switch k {
	case kwTruncate:
		r.takes(kwTable)
		r.objects(Truncate)
		r.words()
		return Truncate
	case kwLock:
		return r.lock()
	case kwCreate:
		r.create()
		return Create
	case kwAlter:
		return r.alter()
	case kwDrop:
		r.drop()
		return Drop
	case kwGrant:
		r.grant(Grant)
		return Grant
	case kwRevoke:
		r.grant(Revoke)
		return Revoke
	case kwComment:
		r.comment(Comment)
		return Comment
	case kwSecurity:
		r.need(kwLabel)
		if r.takes(kwFor) {
			r.advance()
		}
		r.comment(SecurityLabel)
		return SecurityLabel
	case kwVacuum:
		return r.vacuum(Vacuum)
	case kwAnalyze, kwAnalyse:
		return r.vacuum(Analyze)
	case kwCluster:
		return r.vacuum(Cluster)
	case kwReindex:
		return r.reindex()
	case kwRefresh:
		r.need(kwMaterialized)
		r.need(kwView)
		r.takes(kwConcurrently)
		r.access(Refresh, Table, r.object())
		r.words()
		return Refresh
	case kwCheckpoint:
		if r.is('(') {
			r.options()
		}
		return Checkpoint
	case kwLoad:
		r.needString()
		return Load
	case kwReassign:
		r.words()
		return ReassignOwned
	case kwImport:
		return r.importSchema()
	}
	r.fail(ReasonKind)
	return None
}

// lock reads what stands after LOCK. The lock of a SELECT is a read.
func (r *Reader) lock() Operation {
	from := len(r.Accesses)
	r.takes(kwTable)
	r.objects(LockTable)
	if r.takes(kwIn) && r.takes(kwAccess) && r.at(kwShare) {
		for i := range r.Accesses[from:] {
			r.Accesses[from+i].Class = Read
		}
	}
	r.words()
	return LockTable
}

// vacuum reads the tables of VACUUM, ANALYZE or CLUSTER.
func (r *Reader) vacuum(op Operation) Operation {
	if r.is('(') {
		r.options()
	}
	for r.takes(kwFull) || r.takes(kwFreeze) || r.takes(kwVerbose) || r.takes(kwAnalyze) || r.takes(kwAnalyse) {
	}
	if r.tok.Kind == sqllex.End || r.is(';') {
		return op
	}
	for {
		n := r.only()
		if op == Cluster && r.takes(kwOn) {
			n = r.object()
		}
		r.access(op, Table, n)
		if r.is('(') {
			r.parenthesis()
		}
		if op == Cluster && r.takes(kwUsing) {
			r.needName(columnName)
		}
		if !r.take(',') {
			return op
		}
	}
}

// reindex reads what stands after REINDEX.
func (r *Reader) reindex() Operation {
	if r.is('(') {
		r.options()
	}
	k := r.tok.Word
	r.advance()
	r.takes(kwConcurrently)
	switch k {
	case kwTable, kwIndex:
		r.access(Reindex, Table, r.object())
	case kwSchema:
		r.schemas(Reindex)
	case kwDatabase, kwSystem:
		if mayName(&r.tok, columnName) {
			r.advance()
		}
	default:
		r.fail(ReasonForm)
	}
	return Reindex
}

// importSchema reads what stands after IMPORT.
func (r *Reader) importSchema() Operation {
	r.need(kwForeign)
	r.need(kwSchema)
	r.add(Access{Operation: ImportSchema, Class: Admin, Kind: Schema, Schema: r.needName(columnName)})
	if r.takes(kwExcept) || r.takesAll(kwLimit, kwTo) {
		r.needs('(')
		r.objects(ImportSchema)
		r.needs(')')
	}
	r.need(kwFrom)
	r.need(kwServer)
	r.needName(columnName)
	r.need(kwInto)
	r.add(Access{Operation: ImportSchema, Class: Admin, Kind: Schema, Schema: r.needName(columnName)})
	r.definition(ImportSchema, 0)
	return ImportSchema
}

// comment reads what stands after COMMENT and SECURITY LABEL: ON, an object, and IS.
func (r *Reader) comment(op Operation) {
	r.need(kwOn)
	r.takesBothBefore(kwForeign, kwTable)
	r.takesBothBefore(kwMaterialized, kwView)
	k := r.tok.Word
	r.advance()
	switch k {
	case kwTable, kwView, kwSequence, kwIndex:
		r.access(op, Table, r.object())
	case kwColumn:
		r.commentColumn(op)
	case kwFunction, kwProcedure, kwAggregate, kwRoutine:
		r.access(op, Function, r.object())
	case kwSchema:
		r.add(Access{Operation: op, Class: op.Class(), Kind: Schema, Schema: r.needName(columnName)})
	case kwTrigger, kwRule, kwPolicy, kwConstraint:
		r.needName(columnName)
		r.need(kwOn)
		if r.takes(kwDomain) {
			r.object()
			r.add(Access{Operation: op, Class: op.Class()})
		} else {
			r.access(op, Table, r.object())
		}
	default:
		r.add(Access{Operation: op, Class: op.Class()})
	}
	r.definition(op, 0)
}

// commentColumn reads table.column, schema.table.column or database.schema.table.column.
func (r *Reader) commentColumn(op Operation) {
	var n [4][]byte
	n[0] = r.needName(columnName)
	parts := 1
	for ; r.is('.') && parts < len(n); parts++ {
		r.advance()
		n[parts] = r.needName(reserved)
	}
	switch parts {
	case 2:
		r.access(op, Table, name{last: n[0]})
	case 3, 4:
		r.access(op, Table, name{schema: n[parts-3], last: n[parts-2]})
	default:
		r.fail(sqllex.ReasonName)
	}
}

// grant reads what stands after GRANT or REVOKE: privileges on objects, or roles.
func (r *Reader) grant(op Operation) {
	for depth := 0; r.good(); r.advance() {
		switch {
		case r.is('('):
			depth++
		case r.is(')'):
			depth--
		case depth > 0 && (r.tok.Kind == sqllex.Word || r.tok.Kind == sqllex.Quoted || r.is(',')):
		case r.at(kwOn):
			r.advance()
			r.granted(op)
			r.words()
			return
		case r.at(kwTo) || r.at(kwFrom):
			r.add(Access{Operation: op, Class: op.Class()})
			r.words()
			return
		case r.tok.Kind != sqllex.Word && r.tok.Kind != sqllex.Quoted && !r.is(','):
			r.fail(ReasonForm)
		}
	}
}

// granted reads the objects of GRANT and REVOKE.
func (r *Reader) granted(op Operation) {
	switch {
	case r.takes(kwAll):
		k := r.tok.Word
		if k != kwTables && k != kwSequences && k != kwFunctions && k != kwProcedures && k != kwRoutines {
			r.fail(ReasonForm)
		}
		r.advance()
		r.need(kwIn)
		r.need(kwSchema)
		r.schemas(op)
	case r.at(kwSchema) && mayName(r.peek(), columnName) && !r.peek().IsKeyword(kwTo) && !r.peek().IsKeyword(kwFrom):
		r.advance()
		r.schemas(op)
	case r.takesNamed(kwFunction), r.takesNamed(kwProcedure), r.takesNamed(kwRoutine):
		for {
			r.access(op, Function, r.object())
			if r.is('(') {
				r.options()
			}
			if !r.take(',') {
				return
			}
		}
	case r.takesNamed(kwDatabase), r.takesNamed(kwDomain), r.takesNamed(kwType), r.takesNamed(kwLanguage),
		r.takesNamed(kwTablespace), r.takesNamed(kwForeign), r.takesNamed(kwLarge), r.takesNamed(kwParameter),
		r.takesNamed(kwTables), r.takesNamed(kwFunctions), r.takesNamed(kwSequences):
		for r.takes(kwData) || r.takes(kwWrapper) || r.takes(kwServer) || r.takes(kwObject) {
		}
		for {
			if r.tok.Kind == sqllex.Number {
				r.advance()
			} else {
				r.access(op, Other, r.object())
			}
			if !r.take(',') {
				return
			}
		}
	default:
		if !r.takesNamed(kwSequence) {
			r.takes(kwTable)
		}
		r.objects(op)
	}
}

// takesNamed passes a keyword that says what the name after it is, if it does.
func (r *Reader) takesNamed(k keyword) bool {
	if next := r.peek(); !r.at(k) || !mayName(next, columnName) && next.Kind != sqllex.Number {
		return false
	}
	r.advance()
	return true
}
