package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// create reads what stands after CREATE.
func (r *Reader) create() {
	if r.takes(kwOr) {
		r.need(kwReplace)
	}
	for r.takes(kwTemp) || r.takes(kwTemporary) || r.takes(kwLocal) || r.takes(kwGlobal) || r.takes(kwUnlogged) ||
		r.takes(kwUnique) || r.takes(kwRecursive) || r.takes(kwTrusted) || r.takes(kwProcedural) || r.takes(kwConstraint) ||
		r.takes(kwDefault) {
	}
	r.takesBothBefore(kwForeign, kwTable)
	r.takesBothBefore(kwMaterialized, kwView)
	k := r.tok.Word
	if r.tok.Kind != sqllex.Word {
		r.fail(ReasonForm)
		return
	}
	r.advance()
	switch k {
	case kwTable, kwView, kwSequence:
		r.ifNotExists()
		r.access(Create, Table, r.object())
		if k != kwView && r.is('(') && k == kwTable {
			r.elements()
		}
		r.definition(Create, inBody)
	case kwIndex:
		r.createIndex()
	case kwFunction, kwProcedure:
		r.access(Create, Function, r.object())
		r.definition(Create, inArguments)
	case kwAggregate:
		r.access(Create, Function, r.object())
		r.definition(Create, 0)
	case kwTrigger, kwPolicy:
		r.needName(columnName)
		r.trigger(Create)
	case kwRule:
		r.createRule()
	case kwSchema:
		r.createSchema()
	default:
		r.other(Create, k)
	}
}

// takesBothBefore passes the first of two keywords, if both are there.
func (r *Reader) takesBothBefore(first, second keyword) {
	if r.at(first) && r.peek().IsKeyword(second) {
		r.advance()
	}
}

// ifNotExists passes IF NOT EXISTS or IF EXISTS.
func (r *Reader) ifNotExists() {
	if r.at(kwIf) && (r.peek().IsKeyword(kwNot) || r.peek().IsKeyword(kwExists)) {
		r.advance()
		r.takes(kwNot)
		r.need(kwExists)
	}
}

// elements reads the parenthesis with the columns of a table, of which the types are no functions.
func (r *Reader) elements() {
	r.needs('(')
	if r.take(')') {
		return
	}
	for depth := 1; depth > 0 && r.good(); {
		first := r.previous.IsSymbol('(') || r.previous.IsSymbol(',')
		switch {
		case r.tok.Kind == sqllex.End || r.is(';'):
			r.fail(ReasonForm)
		case depth == 1 && first && mayName(&r.tok, columnName) && mayName(r.peek(), reserved) && !r.atElement():
			r.advance()
			r.typeName()
		case r.is('('):
			depth++
			r.advance()
			r.queryWithin()
		case r.is(')'):
			depth--
			r.advance()
		case r.is('.'):
			r.advance()
			r.advance()
		case r.tok.Kind == sqllex.Quoted:
			r.defined()
		case r.tok.Kind == sqllex.Word:
			r.clause(Create, 0, depth)
		case r.isCast():
			r.advance()
			r.typeName()
		default:
			r.advance()
		}
	}
}

// atElement reports whether what begins here is not a column: the columns of CREATE TABLE AS and of partitions have no
// type.
func (r *Reader) atElement() bool {
	next := r.peek()
	return next.IsKeyword(kwWith) || next.IsKeyword(kwDefault) || next.IsKeyword(kwNot) || next.IsKeyword(kwNull) ||
		next.IsKeyword(kwPrimary) || next.IsKeyword(kwUnique) || next.IsKeyword(kwCheck) || next.IsKeyword(kwReferences) ||
		next.IsKeyword(kwConstraint) || next.IsKeyword(kwCollate) || r.at(kwExclude)
}

// createIndex reads what stands after CREATE INDEX.
func (r *Reader) createIndex() {
	r.takes(kwConcurrently)
	r.ifNotExists()
	if !r.at(kwOn) {
		r.needName(columnName)
	}
	r.need(kwOn)
	r.access(Create, Table, r.only())
	if r.takes(kwUsing) {
		r.needName(columnName)
	}
	r.parenthesis()
	r.definition(Create, 0)
}

// trigger reads what stands after the name of a trigger or a policy.
func (r *Reader) trigger(op Operation) {
	for r.good() && !r.at(kwOn) {
		if r.tok.Kind != sqllex.Word && r.tok.Kind != sqllex.Quoted && !r.is(',') {
			r.fail(ReasonForm)
		}
		r.advance()
	}
	r.need(kwOn)
	r.access(op, Table, r.only())
	if r.takes(kwFrom) {
		r.access(op, Table, r.object())
	}
	r.definition(op, 0)
}

// createRule reads what stands after CREATE RULE.
func (r *Reader) createRule() {
	r.needName(columnName)
	r.need(kwAs)
	r.need(kwOn)
	r.advance()
	r.need(kwTo)
	r.access(Create, Table, r.object())
	if r.takes(kwWhere) {
		r.expression(0)
	}
	r.need(kwDo)
	if !r.takes(kwAlso) {
		r.takes(kwInstead)
	}
	switch {
	case r.takes(kwNothing):
	case r.is('('):
		r.advance()
		for r.good() && !r.take(')') {
			if !r.take(';') {
				r.action()
			}
		}
	default:
		r.action()
	}
}

// action reads a statement of a rule.
func (r *Reader) action() {
	if r.takes(kwNotify) {
		r.channel(Notify)
		return
	}
	r.preparable()
}

// createSchema reads what stands after CREATE SCHEMA, with the statements that it may have.
func (r *Reader) createSchema() {
	r.ifNotExists()
	var n []byte
	if !r.at(kwAuthorization) {
		n = r.needName(columnName)
	}
	if r.takes(kwAuthorization) {
		owner := r.needName(reserved)
		if n == nil {
			n = owner
		}
	}
	r.add(Access{Operation: Create, Class: Admin, Kind: Schema, Schema: n})
	r.inSchema = true
	for r.good() && r.tok.Kind != sqllex.End && !r.is(';') {
		switch {
		case r.takes(kwCreate):
			r.create()
		case r.takes(kwGrant):
			r.grant(Grant)
		default:
			r.fail(ReasonForm)
		}
	}
}

// other reads a definition of something that is neither table, function nor schema, from its name on. k is the first word of
// its kind, which others may follow.
func (r *Reader) other(op Operation, k keyword) {
	a := Access{Operation: op, Class: op.Class()}
	in := inTable
	switch k {
	case kwDatabase, kwRole, kwUser, kwGroup, kwType, kwDomain, kwExtension, kwPublication, kwSubscription, kwServer,
		kwTablespace, kwStatistics, kwCollation, kwConversion, kwLanguage:
		if next := r.peek(); k == kwUser && r.at(kwMapping) && (next.IsKeyword(kwFor) || next.IsKeyword(kwIf)) {
			break
		}
		r.ifNotExists()
		if mayName(&r.tok, columnName) && !r.at(kwOn) {
			n := r.object()
			a.Schema, a.Name = n.schema, n.last
			if k == kwType {
				a.Kind = Table
			}
		}
		if k == kwStatistics && op == Create {
			r.add(a)
			r.statistics()
			return
		}
	case kwCast, kwOperator, kwText, kwAccess, kwEvent, kwForeign, kwTransform, kwLarge, kwOwned, kwProcedural, kwConstraint,
		kwRoutine, kwDefault, kwParameter:
	default:
		r.fail(ReasonKind)
	}
	r.add(a)
	r.definition(op, in)
}

// statistics reads what stands after the name in CREATE STATISTICS.
func (r *Reader) statistics() {
	if r.is('(') {
		r.options()
	}
	r.need(kwOn)
	r.expression(0)
	r.need(kwFrom)
	r.fromList()
}

// alter reads what stands after ALTER.
func (r *Reader) alter() Operation {
	if r.takes(kwSystem) {
		r.definition(AlterSystem, 0)
		return AlterSystem
	}
	r.takesBothBefore(kwForeign, kwTable)
	r.takesBothBefore(kwMaterialized, kwView)
	k := r.tok.Word
	if r.tok.Kind != sqllex.Word {
		r.fail(ReasonForm)
		return Alter
	}
	r.advance()
	switch k {
	case kwTable, kwView, kwSequence, kwIndex:
		if r.takes(kwAll) {
			r.other(Alter, kwOwned)
			break
		}
		r.ifNotExists()
		r.access(Alter, Table, r.only())
		r.definition(Alter, inTable)
	case kwFunction, kwProcedure, kwAggregate, kwRoutine:
		r.access(Alter, Function, r.object())
		r.definition(Alter, 0)
	case kwTrigger, kwRule, kwPolicy:
		r.ifNotExists()
		r.needName(columnName)
		r.trigger(Alter)
	case kwSchema:
		r.add(Access{Operation: Alter, Class: Admin, Kind: Schema, Schema: r.needName(columnName)})
		r.definition(Alter, 0)
	case kwDefault:
		r.defaultPrivileges()
	default:
		r.other(Alter, k)
	}
	return Alter
}

// defaultPrivileges reads what stands after ALTER DEFAULT.
func (r *Reader) defaultPrivileges() {
	r.need(kwPrivileges)
	for r.good() && !r.at(kwGrant) && !r.at(kwRevoke) {
		if r.tok.Kind != sqllex.Word && r.tok.Kind != sqllex.Quoted && !r.is(',') {
			r.fail(ReasonForm)
		}
		r.advance()
	}
	r.advance()
	r.grant(Alter)
}

// drop reads what stands after DROP.
func (r *Reader) drop() {
	r.takesBothBefore(kwForeign, kwTable)
	r.takesBothBefore(kwMaterialized, kwView)
	k := r.tok.Word
	if r.tok.Kind != sqllex.Word {
		r.fail(ReasonForm)
		return
	}
	r.advance()
	switch k {
	case kwTable, kwView, kwSequence, kwIndex:
		r.takes(kwConcurrently)
		r.ifNotExists()
		r.objects(Drop)
	case kwFunction, kwProcedure, kwAggregate, kwRoutine:
		r.ifNotExists()
		for {
			r.access(Drop, Function, r.object())
			if r.is('(') {
				r.options()
			}
			if !r.take(',') {
				break
			}
		}
	case kwTrigger, kwRule, kwPolicy:
		r.ifNotExists()
		r.needName(columnName)
		r.trigger(Drop)
		return
	case kwSchema:
		r.ifNotExists()
		r.schemas(Drop)
	default:
		r.other(Drop, k)
		return
	}
	if !r.takes(kwCascade) {
		r.takes(kwRestrict)
	}
}

// schemas reads a list of schemas.
func (r *Reader) schemas(op Operation) {
	for {
		r.add(Access{Operation: op, Class: op.Class(), Kind: Schema, Schema: r.needName(columnName)})
		if !r.take(',') {
			return
		}
	}
}
