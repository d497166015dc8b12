package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// mode is where an expression stands, and so what ends it.
type mode uint8

const (
	// atComma: a comma ends it.
	atComma mode = 1 << iota
	// inTargets: parts of it may have labels, with or without AS.
	inTargets
	// inJoin: the words of joins end it.
	inJoin
	// inGroups: ROLLUP and CUBE are no functions.
	inGroups
)

// expressions reads expressions. Only what they call, and the queries in them, is of interest, so that they are read as a
// row of operands and operators, whatever binds stronger. A query is always the first in a parenthesis; anything else
// that a server accepts in an expression cannot name a table.
type expressions struct {
	*Reader
	mode mode
	// depth is the number of open parentheses, cases that of open CASEs outside of them.
	depth, cases int
	// brackets is the number of open brackets outside of parentheses.
	brackets int
	// sets is the depth at which ROLLUP and CUBE are no functions.
	sets int
	// froms has a bit for each depth at which FROM is part of a function, windows for each at which a window may have a frame.
	froms, windows uint64
	// tables is how many references there were before it.
	tables int
	// infix: the NOT that was passed last belongs to the operator after it.
	infix bool
}

// expression reads expressions up to what cannot be part of one.
func (r *Reader) expression(m mode) {
	// What stands before an expression is not an operand of it.
	r.previous.Kind = sqllex.End
	e := expressions{Reader: r, mode: m, tables: len(r.references)}
	for r.good() && e.part() {
	}
	e.ended()
}

// parenthesis reads a parenthesis of expressions.
func (r *Reader) parenthesis() {
	if !r.is('(') {
		r.fail(ReasonForm)
		return
	}
	e := expressions{Reader: r, tables: len(r.references)}
	for r.good() && e.part() && e.depth > 0 {
	}
	e.ended()
}

// functionCall reads the call of a function with a syntax of its own, with what it has in parentheses.
func (r *Reader) functionCall() {
	e := expressions{Reader: r, tables: len(r.references)}
	e.part()
	if e.depth == 0 && r.is('(') {
		e.part()
	}
	for r.good() && e.depth > 0 && e.part() {
	}
	e.ended()
}

// ended checks that every parenthesis has its end. The tables in an expression are not locked with those around it.
func (e *expressions) ended() {
	if e.depth > 0 {
		e.fail(ReasonForm)
	}
	e.references = e.references[:e.tables]
}

// part passes a part of an expression. It reports false at what ends it.
func (e *expressions) part() bool {
	switch e.tok.Kind {
	case sqllex.Word:
		return e.keyword()
	case sqllex.Quoted:
		e.chain()
	case sqllex.String, sqllex.Number, sqllex.Parameter:
		e.advance()
	case sqllex.Operator:
		cast := e.tok.Symbol == 0 && string(e.text[e.tok.From:e.tok.To]) == "::"
		e.advance()
		if cast {
			e.typeName()
			// It has ended an operand, though its last word may be one that could stand before another.
			e.previous.Kind = sqllex.Quoted
		}
	case sqllex.Symbol:
		return e.symbol()
	default:
		return false
	}
	return true
}

func (e *expressions) symbol() bool {
	switch e.tok.Symbol {
	case '(':
		e.open(false)
	case ')':
		if e.depth == 0 {
			return false
		}
		e.depth--
		e.froms &^= 1 << (e.depth + 1)
		e.windows &^= 1 << (e.depth + 1)
		e.sets = min(e.sets, e.depth)
		e.advance()
	case ',':
		if e.depth == 0 && e.brackets == 0 && e.mode&atComma != 0 {
			return false
		}
		e.advance()
	case '[', ']':
		return e.bracket()
	case '.':
		e.advance()
		e.label()
	case ';':
		return false
	default:
		e.advance()
	}
	return true
}

// bracket passes a bracket. It reports false at one that closes none of the expression.
func (e *expressions) bracket() bool {
	switch {
	case e.depth > 0:
	case e.is('['):
		e.brackets++
	case e.brackets == 0:
		return false
	default:
		e.brackets--
	}
	e.advance()
	return true
}

// label passes what stands after a dot or AS: any word, or a star.
func (e *expressions) label() {
	if !mayName(&e.tok, reserved) && !e.tok.IsOperator('*') {
		e.fail(ReasonNoName)
		return
	}
	e.advance()
}

// open passes a parenthesis, and the query that it begins with. With from, FROM may be part of it.
func (e *expressions) open(from bool) {
	e.advance()
	e.depth++
	if e.depth > 62 {
		e.deep()
		return
	}
	if from {
		e.froms |= 1 << e.depth
	}
	if e.startsQuery() {
		e.query()
		e.afterQuery()
	}
}

// window passes the parenthesis in which a window is defined.
func (e *expressions) window() {
	if !e.is('(') {
		e.fail(ReasonForm)
		return
	}
	e.open(false)
	e.windows |= 1 << min(e.depth, 63)
}

// frame passes ROWS, RANGE or GROUPS where it begins the frame of a window, of which there is one. It reports false where it is
// a name.
func (e *expressions) frame() bool {
	t := &e.previous
	if e.windows>>e.depth&1 == 0 || !t.IsSymbol('(') && !t.IsKeyword(kwAsc) && !t.IsKeyword(kwDesc) && !e.afterOperand() {
		return false
	}
	e.windows &^= 1 << e.depth
	e.advance()
	return true
}

// deep ends reading at a parenthesis that is nested too deeply.
func (e *expressions) deep() { e.fail(ReasonDeep) }

// afterQuery checks what follows a query in a parenthesis: its end, an operation on sets in the parenthesis around it, or
// what JSON_ARRAY adds.
func (e *expressions) afterQuery() {
	if !e.is(')') && !e.at(kwReturning) && !e.at(kwJson) {
		e.fail(ReasonForm)
	}
}

// startsQuery reports whether the current token, the first in a parenthesis, begins a query.
func (r *Reader) startsQuery() bool {
	switch {
	case r.tok.Kind != sqllex.Word:
		return false
	case r.tok.Word == kwValues:
		return r.peek().IsSymbol('(')
	}
	return r.tok.Word == kwSelect || r.tok.Word == kwWith || r.tok.Word == kwTable
}

// keyword passes a word in an expression. It reports false at what ends the expression.
func (e *expressions) keyword() bool {
	k := e.tok.Word
	if k == notKeyword {
		e.chain()
		return true
	}
	switch categories[k] {
	case reserved:
		return e.reserved(k)
	case columnName:
		return e.construct(k)
	case functionName:
		return e.operatorWord(k)
	}
	e.unreserved(k)
	return true
}

// reserved passes a reserved word. It reports false at what ends the expression.
func (e *expressions) reserved(k keyword) bool {
	switch k {
	case kwNot:
		e.infix = e.operand()
		e.advance()
	case kwAnd, kwOr, kwNull, kwTrue, kwFalse, kwIn, kwAny, kwSome, kwAll, kwArray, kwAsymmetric, kwSymmetric, kwAsc,
		kwDesc, kwDistinct, kwDefault, kwVariadic, kwCurrentDate, kwCurrentTime, kwCurrentTimestamp, kwCurrentUser, kwCurrentRole,
		kwCurrentCatalog, kwLocaltime, kwLocaltimestamp, kwUser, kwSessionUser:
		e.advance()
	case kwSystemUser:
		if e.peek().IsSymbol('(') || e.peek().IsSymbol('.') {
			// A name like any other in releases before 16.
			e.chain()
			break
		}
		e.builtin("system_user")
		e.advance()
	case kwCollate:
		e.advance()
		e.object()
	case kwCast:
		e.advance()
		if !e.is('(') {
			e.fail(ReasonForm)
		}
	case kwCase, kwWhen, kwThen, kwElse, kwEnd:
		return e.caseWord(k)
	case kwAs:
		return e.as()
	case kwWith:
		return e.with()
	case kwFor:
		return e.forWord()
	case kwFrom:
		if e.depth == 0 {
			return false
		}
		if e.froms>>e.depth&1 == 0 {
			e.fail(ReasonForm)
		}
		e.advance()
	case kwUnion, kwIntersect, kwExcept:
		return e.setOperation()
	case kwOrder, kwGroup:
		if e.depth == 0 {
			return false
		}
		e.advance()
		e.takes(kwBy)
	case kwUsing, kwOn, kwWhere, kwLimit, kwOffset, kwFetch, kwBoth, kwLeading, kwTrailing, kwPlacing, kwTo, kwUnique,
		kwOnly:
		if e.depth == 0 {
			return false
		}
		e.advance()
	case kwReturning:
		if e.depth == 0 {
			return false
		}
		e.advance()
		e.typeName()
	default:
		if e.depth > 0 {
			e.fail(ReasonForm)
		}
		return false
	}
	return true
}

// caseWord passes the words of CASE.
func (e *expressions) caseWord(k keyword) bool {
	if e.depth > 0 {
		e.advance()
		return true
	}
	switch {
	case k == kwCase:
		e.cases++
	case e.cases == 0:
		return false
	case k == kwEnd:
		e.cases--
	}
	e.advance()
	return true
}

// as passes AS and a label or, in CAST, a type.
func (e *expressions) as() bool {
	switch {
	case e.depth > 0:
		e.advance()
		e.typeName()
	case e.mode&inTargets != 0:
		e.advance()
		e.label()
	default:
		return false
	}
	return true
}

// with passes WITH TIME ZONE after a type, and the WITH of functions for JSON.
func (e *expressions) with() bool {
	if e.peek().Word == kwTime {
		e.advance()
		e.advance()
		return true
	}
	if e.depth == 0 {
		return false
	}
	e.advance()
	return true
}

// forWord passes the FOR of SUBSTRING and OVERLAY, or reads FOR UPDATE after a query in parentheses.
func (e *expressions) forWord() bool {
	switch {
	case e.depth == 0:
		return false
	case e.froms>>e.depth&1 == 1:
		e.advance()
		return true
	}
	switch e.peek().Word {
	case kwUpdate, kwShare, kwNo, kwKey:
		e.locked(e.tables)
	default:
		e.advance()
	}
	return true
}

// setOperation reads what UNION and the like add to a query in parentheses.
func (e *expressions) setOperation() bool {
	if e.depth == 0 {
		return false
	}
	if !e.previous.IsSymbol(')') {
		e.fail(ReasonForm)
	}
	e.advance()
	if !e.takes(kwAll) {
		e.takes(kwDistinct)
	}
	if e.startsQuery() && !e.at(kwWith) {
		e.query()
		e.afterQuery()
	} else if !e.is('(') {
		e.fail(ReasonForm)
	}
	return true
}

// chain passes a name with what is after its dots, and adds a function if it is called.
func (e *expressions) chain() {
	n, parts, k := name{last: e.tok.Name}, 1, e.tok.Word
	e.advance()
	for e.is('.') {
		e.advance()
		if e.tok.IsOperator('*') {
			e.columns = true
			e.advance()
			return
		}
		n.schema, n.last = n.last, e.needName(reserved)
		parts++
	}
	if parts > 1 {
		// It has ended an operand, whatever its last word is.
		e.previous.Kind = sqllex.Quoted
	}
	switch {
	case !e.is('('):
		e.columns = e.columns || e.tok.Kind != sqllex.String
	case parts > 3:
		e.fail(sqllex.ReasonName)
	case parts == 1 && categories[k] == columnName:
		e.fail(ReasonForm)
	case string(n.last) == "set_config" && (n.schema == nil || string(n.schema) == "pg_catalog"):
		e.setConfig(n)
	default:
		e.function(n.schema, n.last)
	}
}

// operand reports whether the previous token certainly ended an operand.
func (e *expressions) operand() bool {
	switch t := &e.previous; t.Kind {
	case sqllex.String, sqllex.Number, sqllex.Parameter, sqllex.Quoted:
		return true
	case sqllex.Word:
		switch t.Word {
		case notKeyword, kwTrue, kwFalse, kwNull, kwEnd, kwIsnull, kwNotnull, kwCurrentDate, kwCurrentTime, kwCurrentTimestamp,
			kwCurrentUser, kwCurrentRole, kwCurrentCatalog, kwLocaltime, kwLocaltimestamp, kwUser, kwSessionUser, kwSystemUser:
			return true
		// These may be columns, but stand before operands as well.
		case kwBy, kwContent, kwDocument, kwEscape, kwGroups, kwKey, kwPassing, kwPath, kwRange, kwRef, kwRows, kwValue, kwVersion,
			kwZone:
			return false
		}
		return categories[t.Word] == unreserved
	case sqllex.Symbol:
		return t.Symbol == ')' || t.Symbol == ']'
	}
	return false
}

// joinFollows reports whether the word of a join at hand is none of the expression, in which it could be a function.
func (e *expressions) joinFollows() bool {
	if e.depth > 0 || e.mode&inJoin == 0 {
		return false
	}
	return !e.peek().IsSymbol('(') || e.afterOperand()
}

// afterOperand reports whether the previous token ended an operand, where otherwise it is one that an operand must follow.
func (e *expressions) afterOperand() bool {
	t := &e.previous
	switch {
	case e.operand():
		return true
	case t.Kind != sqllex.Word:
		return false
	}
	// A column or a type may be named like a keyword, but an operand follows these.
	switch t.Word {
	case kwEscape, kwZone, kwBetween, kwBy:
		return false
	}
	return categories[t.Word] == unreserved || categories[t.Word] == columnName
}

// operatorWord passes a word that may name only a function: most are operators. It reports false at the words of a join.
func (e *expressions) operatorWord(k keyword) bool {
	called := e.peek().IsSymbol('(') && !e.operand() && !(e.infix && e.previous.IsKeyword(kwNot))
	switch k {
	case kwLike, kwIlike:
		if called {
			e.chain()
		} else {
			e.advance()
		}
	case kwSimilar:
		if called {
			e.chain()
		} else {
			e.advance()
			e.takes(kwTo)
			e.builtin("similar_to_escape")
		}
	case kwIs:
		if called {
			e.chain()
		} else {
			e.predicate()
		}
	case kwCollation:
		if e.peek().IsKeyword(kwFor) && e.peek2().IsSymbol('(') {
			e.advance()
			e.advance()
			e.builtin("pg_collation_for")
		} else {
			e.chain()
		}
	case kwOverlaps:
		if called {
			e.chain()
		} else {
			e.advance()
			e.builtin("overlaps")
		}
	case kwIsnull, kwNotnull, kwCurrentSchema:
		if called {
			e.chain()
		} else {
			e.advance()
		}
	case kwJoin, kwInner, kwLeft, kwRight, kwFull, kwCross, kwNatural:
		if e.joinFollows() {
			return false
		}
		e.chain()
	default:
		e.chain()
	}
	return true
}

// predicate passes what stands after IS, where it has words of its own.
func (e *expressions) predicate() {
	e.advance()
	e.takes(kwNot)
	switch {
	case e.takesBoth(kwDistinct, kwFrom):
	case e.takes(kwNormalized):
		e.builtin("is_normalized")
	case (e.at(kwNfc) || e.at(kwNfd) || e.at(kwNfkc) || e.at(kwNfkd)) && e.peek().IsKeyword(kwNormalized):
		e.advance()
		e.advance()
		e.builtin("is_normalized")
	case e.takes(kwJson):
		for e.takes(kwValue) || e.takes(kwObject) || e.takes(kwArray) || e.takes(kwScalar) {
		}
		if (e.at(kwWith) || e.at(kwWithout)) && e.peek().Word == kwUnique {
			e.advance()
			e.advance()
			e.takes(kwKeys)
		}
	case e.takes(kwNull), e.takes(kwTrue), e.takes(kwFalse), e.takes(kwUnknown), e.takes(kwDocument):
	}
}

// construct passes a word that names no function: a type, what has a syntax of its own, or a column.
func (e *expressions) construct(k keyword) bool {
	if e.peek().IsSymbol('.') {
		e.chain()
		return true
	}
	switch k {
	case kwBetween, kwSetof, kwRow, kwExists, kwCoalesce, kwGreatest, kwLeast, kwNullif, kwXmlconcat, kwXmlelement,
		kwXmlforest, kwXmlparse, kwXmlpi, kwXmlroot, kwXmlserialize, kwXmlattributes, kwXmlnamespaces, kwXmltable:
		e.columns = e.columns || !e.peek().IsSymbol('(')
		e.advance()
		return true
	case kwGrouping:
		e.grouping()
		return true
	case kwBigint, kwBit, kwBoolean, kwChar, kwCharacter, kwDec, kwDecimal, kwFloat, kwInt, kwInteger, kwInterval, kwNational,
		kwNchar, kwNumeric, kwReal, kwSmallint, kwTime, kwTimestamp, kwVarchar:
		before := e.tok.From
		e.typeName()
		e.columns = e.columns || e.previous.From == before && e.tok.Kind != sqllex.String
		return true
	case kwTreat:
		e.treat()
		return true
	}
	if !e.peek().IsSymbol('(') {
		e.chain()
		return true
	}
	// The words that only later releases have are functions in earlier ones.
	switch k {
	case kwSubstring, kwOverlay:
		// With commas between its arguments it is a function like any other.
		e.function(nil, e.tok.Name)
		e.builtin(string(e.tok.Name))
	case kwExtract, kwPosition, kwNormalize, kwXmlexists:
		e.builtin(string(e.tok.Name))
	case kwTrim:
		e.builtin("btrim")
		e.builtin("ltrim")
		e.builtin("rtrim")
	case kwJsonObject:
		// With strings it is a function, and without.
		e.function(nil, e.tok.Name)
		e.builtin(string(e.tok.Name))
	case kwJson, kwJsonArray, kwJsonArrayagg, kwJsonExists, kwJsonObjectagg, kwJsonQuery, kwJsonScalar,
		kwJsonSerialize, kwJsonTable, kwJsonValue, kwMergeAction:
		e.function(nil, e.tok.Name)
	case kwValues, kwNone, kwInout, kwOut, kwPrecision:
	}
	e.advance()
	e.open(k == kwExtract || k == kwSubstring || k == kwOverlay || k == kwTrim)
	return true
}

// grouping passes GROUPING SETS, or GROUPING().
func (e *expressions) grouping() {
	atSets := e.sets == e.depth
	e.columns = true
	e.advance()
	if !e.takes(kwSets) {
		return
	}
	if e.mode&inGroups == 0 || !atSets || !e.is('(') {
		e.fail(ReasonForm)
		return
	}
	e.open(false)
	e.sets = e.depth
}

// treat reads TREAT (value AS type), which calls the function of the type's name.
func (e *expressions) treat() {
	if !e.peek().IsSymbol('(') {
		e.chain()
		return
	}
	e.fail(ReasonForm)
}

// unreserved passes an unreserved word, which is a name if it is not part of the syntax where it stands.
func (e *expressions) unreserved(k keyword) {
	called := e.peek().IsSymbol('(')
	switch k {
	case kwAt:
		switch e.peek().Word {
		case kwTime:
			e.advance()
			e.advance()
			e.need(kwZone)
			e.builtin("timezone")
			return
		case kwLocal:
			e.advance()
			e.advance()
			e.builtin("timezone")
			return
		}
	case kwEscape:
		if e.peek().IsSymbol('.') {
			break
		}
		e.columns = true
		e.builtin("like_escape")
		if !called || e.operand() {
			e.advance()
			return
		}
	case kwOperator:
		if called {
			e.operatorName()
			return
		}
	case kwOver:
		if e.previous.IsSymbol(')') {
			e.advance()
			if called {
				e.window()
			}
			return
		}
	case kwRows, kwRange, kwGroups:
		if e.frame() {
			return
		}
	case kwFilter:
		if e.previous.IsSymbol(')') {
			e.advance()
			return
		}
	case kwWithin:
		if e.previous.IsSymbol(')') && e.peek().IsKeyword(kwGroup) {
			e.advance()
			e.advance()
			return
		}
	case kwColumns, kwPassing, kwPath:
		if k == kwPassing && e.depth > 0 && e.peek().IsKeyword(kwBy) && (e.peek2().IsKeyword(kwRef) || e.peek2().IsKeyword(kwValue)) {
			e.advance()
			e.advance()
			e.advance()
			return
		}
		if called && e.depth > 0 && e.operand() {
			e.advance()
			return
		}
	case kwPartition:
		if e.peek().IsKeyword(kwBy) {
			e.advance()
			e.advance()
			return
		}
	case kwRollup, kwCube:
		if called && e.mode&inGroups != 0 && e.sets == e.depth &&
			(e.previous.Kind == sqllex.End || e.previous.IsSymbol(',') || e.previous.IsSymbol('(')) {
			e.advance()
			return
		}
	case kwDouble:
		if e.peek().Word == kwPrecision {
			e.advance()
			e.advance()
			return
		}
	}
	e.chain()
}

// operatorName reads OPERATOR(schema.op), which calls the function of an operator.
func (e *expressions) operatorName() {
	e.advance()
	e.advance()
	n, parts := name{}, 0
	for mayName(&e.tok, columnName) && parts < 2 {
		n.schema = e.tok.Name
		e.advance()
		e.needs('.')
		parts++
	}
	if e.tok.Kind != sqllex.Operator {
		e.fail(ReasonForm)
		return
	}
	n.last = e.text[e.tok.From:e.tok.To]
	e.advance()
	e.needs(')')
	// It is an operator, though it ends with a parenthesis.
	e.previous.Kind = sqllex.Operator
	if n.schema != nil && string(n.schema) != "pg_catalog" {
		e.function(n.schema, n.last)
	}
}
