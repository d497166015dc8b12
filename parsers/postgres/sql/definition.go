package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// scope is what names may stand for in a definition.
type scope uint8

const (
	// inTable: a table stands after INHERIT, and after TABLE in what changes a publication or an extension.
	inTable scope = 1 << iota
	// inBody: a query or a statement may stand after AS.
	inBody
	// inArguments: in a parenthesis are arguments of a function, in which = stands before what one is by default.
	inArguments
)

// definition reads the rest of a statement that defines something: the functions, tables and queries in it. It reports
// more functions than there are rather than fewer.
func (r *Reader) definition(op Operation, in scope) {
	// arguments: those of a function have come; what is in parentheses after them belongs to a type, if not to TABLE.
	arguments := false
	for depth := 0; r.good(); {
		switch {
		case r.tok.Kind == sqllex.End || r.is(';'):
			if depth > 0 {
				r.fail(ReasonForm)
			}
			return
		case in&inArguments != 0 && r.is('(') && (depth == 1 || depth == 0 && arguments && !r.previous.IsKeyword(kwTable)):
			r.modifiers()
		case in&inArguments != 0 && depth == 1 && r.tok.IsOperator('='):
			r.advance()
			r.expression(atComma)
		case r.is('('):
			arguments = true
			depth++
			r.advance()
			r.queryWithin()
		case r.is(')'):
			if depth == 0 {
				r.fail(ReasonForm)
			}
			depth--
			r.advance()
		case r.is('.'):
			r.advance()
			r.advance()
		case r.tok.Kind == sqllex.Quoted:
			r.defined()
		case r.tok.Kind == sqllex.Word:
			if depth == 0 && (r.at(kwCreate) || r.inSchema && r.at(kwGrant)) {
				return
			}
			r.clause(op, in, depth)
		case r.isCast():
			r.advance()
			r.typeName()
		default:
			r.advance()
		}
	}
}

// queryWithin reads the query that a parenthesis begins with, if it does, up to the end of the parenthesis.
func (r *Reader) queryWithin() {
	if !r.startsQuery() {
		return
	}
	if r.query(); !r.is(')') {
		r.fail(ReasonForm)
	}
}

// isCast reports whether the current token is ::.
func (r *Reader) isCast() bool {
	return r.tok.Kind == sqllex.Operator && string(r.text[r.tok.From:r.tok.To]) == "::"
}

// clause reads a word in a definition, with what belongs to it.
func (r *Reader) clause(op Operation, in scope, depth int) {
	k := r.tok.Word
	if r.startsCall(depth) {
		r.defined()
		return
	}
	switch k {
	case kwReferences:
		r.advance()
		if mayName(&r.tok, columnName) {
			r.access(op, Table, r.object())
		}
	case kwLike:
		first := r.previous.IsSymbol('(') || r.previous.IsSymbol(',')
		r.advance()
		if first && !r.tok.IsOperator('=') {
			r.access(op, Table, r.object())
		}
	case kwInherits:
		r.advance()
		if r.take('(') {
			r.objects(op)
			r.needs(')')
		}
	case kwInherit:
		r.advance()
		if in&inTable != 0 && mayName(&r.tok, columnName) {
			r.access(op, Table, r.object())
		}
	case kwPartition:
		r.partition(op)
	case kwTable:
		r.advance()
		if in&inTable != 0 && depth == 0 && (mayName(&r.tok, columnName) || r.at(kwOnly)) {
			r.published(op)
		}
	case kwAs:
		r.advance()
		switch {
		case in&inBody != 0 && depth == 0:
			r.body()
		case r.is('('):
			// How a column is generated.
			r.parenthesis()
		}
	case kwFor:
		// What a policy is for.
		r.advance()
		r.takes(kwSelect)
	case kwBegin:
		r.advance()
		if r.takes(kwAtomic) {
			r.atomic()
		}
	case kwCheck, kwWhen, kwWhere:
		r.advance()
		if r.is('(') {
			r.parenthesis()
		} else if k == kwWhere {
			r.expression(0)
		}
	case kwDefault:
		r.advance()
		// The partition by default may have partitions of its own.
		if !r.at(kwPartition) || !r.peek().IsKeyword(kwBy) {
			r.expression(atComma)
		}
	case kwUsing:
		r.advance()
		if !r.at(kwIndex) {
			r.expression(atComma)
		}
	case kwReturn:
		r.advance()
		r.expression(0)
	case kwWith:
		r.advance()
		if r.is('(') {
			r.options()
		}
	case kwBy:
		r.advance()
		if (r.at(kwRange) || r.isWord("list") || r.isWord("hash")) && r.peek().IsSymbol('(') {
			r.advance()
			r.parenthesis()
		}
	case kwExecute:
		r.advance()
		if r.takes(kwFunction) || r.takes(kwProcedure) {
			n := r.object()
			r.function(n.schema, n.last)
		}
	case kwExclude:
		r.advance()
		if r.takes(kwUsing) {
			r.needName(columnName)
		}
		if r.is('(') {
			r.parenthesis()
		}
	case kwIn, kwFrom, kwTo, kwInclude:
		// The bounds of a partition, or the columns of an index.
		r.advance()
		if r.is('(') {
			r.parenthesis()
		}
	case kwOperator:
		if r.peek().IsSymbol('(') {
			r.functionCall()
		} else {
			r.advance()
		}
	case kwKey, kwOptions, kwSet, kwReset:
		r.advance()
	case kwSelect, kwValues:
		if k == kwSelect {
			r.fail(ReasonForm)
		}
		r.advance()
	default:
		r.otherClause(k)
	}
}

// startsCall reports whether a word is certainly a function that is called, whatever it means elsewhere.
func (r *Reader) startsCall(depth int) bool {
	return r.peek().IsSymbol('(') && mayName(&r.tok, functionName) && !r.at(kwOperator) && (!r.at(kwExclude) || depth > 1) &&
		(r.previous.IsSymbol('(') || r.previous.IsSymbol(',') || r.previous.Kind == sqllex.Operator ||
			r.previous.IsKeyword(kwAnd) || r.previous.IsKeyword(kwOr) || r.previous.IsKeyword(kwNot))
}

// isWord reports whether the current token is a word that is not a keyword.
func (r *Reader) isWord(word string) bool {
	return r.tok.Kind == sqllex.Word && string(r.tok.Name) == word
}

// otherClause reads a word in a definition that has no meaning of its own there.
func (r *Reader) otherClause(k keyword) {
	switch categories[k] {
	case reserved:
		switch k {
		case kwCast:
			r.functionCall()
		case kwSystemUser:
			r.builtin("system_user")
			r.advance()
		default:
			r.advance()
		}
	case columnName:
		switch {
		case r.peek().IsSymbol('(') && (k == kwExtract || k >= kwJson && k <= kwJsonValue || k == kwSubstring ||
			k == kwOverlay || k == kwPosition || k == kwNormalize || k == kwTrim || k == kwXmlexists):
			r.functionCall()
		case k == kwSetof:
			r.typeName()
		default:
			r.defined()
		}
	default:
		r.defined()
	}
}

// defined passes a name and adds it as a function where it may be called: not where it is the type of a column.
func (r *Reader) defined() {
	typed := r.previous.Kind == sqllex.Quoted || r.previous.Kind == sqllex.Word && r.previous.Word == notKeyword
	first := r.tok
	n, parts := name{last: r.tok.Name}, 1
	r.advance()
	for ; r.is('.'); parts++ {
		r.advance()
		if r.tok.IsOperator('*') {
			r.advance()
			return
		}
		if r.tok.Kind == sqllex.Operator {
			return
		}
		n.schema, n.last = n.last, r.needName(reserved)
	}
	switch {
	case !r.is('(') || typed || parts == 1 && !mayName(&first, functionName):
	case parts > 3:
		r.fail(sqllex.ReasonName)
	default:
		r.function(n.schema, n.last)
	}
}

// objects reads a list of tables.
func (r *Reader) objects(op Operation) {
	for {
		r.access(op, Table, r.only())
		if !r.take(',') {
			return
		}
	}
}

// published reads the tables of a publication, with their columns and conditions.
func (r *Reader) published(op Operation) {
	for {
		r.access(op, Table, r.only())
		if r.is('(') {
			r.parenthesis()
		}
		if r.takes(kwWhere) {
			r.parenthesis()
		}
		// A table may be called tables.
		if !r.take(',') || r.at(kwTable) || r.at(kwTables) && r.peek().IsKeyword(kwIn) {
			return
		}
	}
}

// partition reads PARTITION OF table, and ATTACH or DETACH PARTITION table.
func (r *Reader) partition(op Operation) {
	moved := r.previous.IsKeyword(kwAttach) || r.previous.IsKeyword(kwDetach)
	r.advance()
	if r.takes(kwOf) || moved {
		r.access(op, Table, r.object())
	}
}

// body reads what stands after AS: a query, or EXECUTE, up to the end of the statement.
func (r *Reader) body() {
	switch {
	case r.takes(kwExecute):
		r.executes()
	case r.at(kwSelect), r.at(kwWith), r.at(kwTable), r.at(kwValues), r.is('('):
		r.query()
	default:
		return
	}
	if r.takes(kwWith) {
		// DATA, NO DATA or CHECK OPTION.
		for r.takes(kwNo) || r.takes(kwData) || r.takes(kwCascaded) || r.takes(kwLocal) || r.takes(kwCheck) || r.takes(kwOption) {
		}
	}
	if !r.ends() {
		r.fail(ReasonForm)
	}
}

// ends reports whether a definition has no more.
func (r *Reader) ends() bool {
	return r.tok.Kind == sqllex.End || r.is(';') || r.inSchema && (r.at(kwCreate) || r.at(kwGrant))
}

// atomic reads the statements of a function between BEGIN ATOMIC and END.
func (r *Reader) atomic() {
	for r.good() && !r.takes(kwEnd) {
		if r.takes(kwReturn) {
			r.expression(0)
		} else if !r.is(';') {
			r.preparable()
		}
		r.needs(';')
	}
}
