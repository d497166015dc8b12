package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// statement reads one statement and returns what it does, and the name that it is about.
func (r *Reader) statement() (Operation, []byte) {
	if r.is('(') {
		return r.preparable(), nil
	}
	if r.tok.Kind != sqllex.Word {
		r.fail(ReasonKind)
		return None, nil
	}
	switch r.tok.Word {
	case kwSelect, kwValues, kwTable, kwWith, kwInsert, kwUpdate, kwDelete, kwMerge:
		return r.preparable(), nil
	}
	k := r.tok.Word
	r.advance()
	switch k {
	case kwBegin, kwStart, kwCommit, kwEnd, kwRollback, kwAbort, kwSavepoint, kwRelease:
		return r.transaction(k)
	case kwSet:
		return r.sets(), nil
	case kwReset:
		return r.resets(), nil
	case kwShow:
		return r.shows()
	case kwPrepare:
		return r.prepare()
	case kwExecute:
		return Execute, r.executes()
	case kwDeallocate:
		r.takes(kwPrepare)
		return Deallocate, r.nameOrAll()
	case kwDeclare:
		return Declare, r.declare()
	case kwFetch:
		return Fetch, r.fetch()
	case kwMove:
		return Move, r.fetch()
	case kwClose:
		return Close, r.nameOrAll()
	case kwExplain:
		return Explain, r.explain()
	case kwCopy:
		return r.copies(), nil
	case kwCall:
		return Call, r.call()
	case kwDo:
		r.words()
		return Do, nil
	case kwListen:
		return r.channel(Listen)
	case kwNotify:
		return r.channel(Notify)
	case kwUnlisten:
		return r.channel(Unlisten)
	case kwDiscard:
		return Discard, r.discard()
	}
	return r.maintenance(k), nil
}

// words passes words, numbers, strings and commas up to the end of the statement.
func (r *Reader) words() {
	for r.good() {
		switch r.tok.Kind {
		case sqllex.Word:
			if r.at(kwSelect) {
				r.fail(ReasonForm)
			}
			r.advance()
		case sqllex.Quoted, sqllex.String, sqllex.Number:
			r.advance()
		default:
			if !r.take(',') {
				return
			}
		}
	}
}

// transaction reads what stands after the first word of a statement that controls transactions.
func (r *Reader) transaction(k keyword) (Operation, []byte) {
	switch k {
	case kwStart:
		r.need(kwTransaction)
		r.words()
		return Begin, nil
	case kwBegin:
		r.words()
		return Begin, nil
	case kwSavepoint:
		return Savepoint, r.needName(columnName)
	case kwRelease:
		r.takes(kwSavepoint)
		return Release, r.needName(columnName)
	}
	if k == kwCommit && r.takes(kwPrepared) {
		r.needString()
		return CommitPrepared, nil
	}
	if k == kwRollback && r.takes(kwPrepared) {
		r.needString()
		return RollbackPrepared, nil
	}
	if !r.takes(kwWork) {
		r.takes(kwTransaction)
	}
	if k == kwRollback && r.takes(kwTo) {
		r.takes(kwSavepoint)
		return RollbackTo, r.needName(columnName)
	}
	if r.takes(kwAnd) {
		r.takes(kwNo)
		r.need(kwChain)
	}
	if k == kwCommit || k == kwEnd {
		return Commit, nil
	}
	return Rollback, nil
}

// prepare reads what stands after PREPARE.
func (r *Reader) prepare() (Operation, []byte) {
	if r.at(kwTransaction) && r.peek().Kind == sqllex.String {
		r.advance()
		r.advance()
		return PrepareTransaction, nil
	}
	name := r.needName(columnName)
	if r.take('(') {
		for r.typeName(); r.take(','); r.typeName() {
		}
		r.needs(')')
	}
	r.need(kwAs)
	r.preparable()
	return Prepare, name
}

// executes reads what stands after EXECUTE.
func (r *Reader) executes() []byte {
	name := r.needName(columnName)
	r.add(Access{Operation: Execute, Class: Execute.Class(), Name: name})
	if r.is('(') {
		r.parenthesis()
	}
	return name
}

// nameOrAll passes a name, or ALL, for which it returns none.
func (r *Reader) nameOrAll() []byte {
	if r.takes(kwAll) {
		return nil
	}
	return r.needName(columnName)
}

// declare reads what stands after DECLARE.
func (r *Reader) declare() []byte {
	name := r.needName(columnName)
	for r.takes(kwBinary) || r.takes(kwInsensitive) || r.takes(kwAsensitive) || r.takes(kwScroll) || r.takesAll(kwNo, kwScroll) {
	}
	r.need(kwCursor)
	if r.takes(kwWithout) || r.takes(kwWith) {
		r.need(kwHold)
	}
	r.need(kwFor)
	r.preparable()
	return name
}

// fetch reads what stands after FETCH or MOVE: the last word is the name of the cursor.
func (r *Reader) fetch() (cursor []byte) {
	for r.good() {
		switch {
		case r.tok.Kind == sqllex.Word || r.tok.Kind == sqllex.Quoted:
			cursor = r.tok.Name
		case r.tok.Kind == sqllex.Number || r.tok.IsOperator('-') || r.tok.IsOperator('+'):
		default:
			if cursor == nil {
				r.fail(ReasonNoName)
			}
			return cursor
		}
		r.advance()
	}
	return nil
}

// explain reads what stands after EXPLAIN. What the statement does counts, also if it is only explained.
func (r *Reader) explain() []byte {
	if r.is('(') && !r.queryInParenthesis() {
		r.options()
	} else {
		if !r.takes(kwAnalyze) {
			r.takes(kwAnalyse)
		}
		r.takes(kwVerbose)
	}
	switch {
	case r.takes(kwCreate):
		r.create()
	case r.takes(kwDeclare):
		return r.declare()
	case r.takes(kwRefresh):
		r.maintenance(kwRefresh)
	case r.takes(kwExecute):
		return r.executes()
	default:
		r.preparable()
	}
	return nil
}

// call reads what stands after CALL.
func (r *Reader) call() []byte {
	n := r.object()
	r.access(Call, Function, n)
	r.parenthesis()
	return nil
}

// channel reads the name of a channel, or a star.
func (r *Reader) channel(op Operation) (Operation, []byte) {
	if op == Unlisten && r.tok.IsOperator('*') {
		r.advance()
		return op, nil
	}
	name := r.needName(columnName)
	r.add(Access{Operation: op, Class: op.Class(), Name: name})
	if op == Notify && r.take(',') {
		r.needString()
	}
	return op, name
}

// discard reads what stands after DISCARD.
func (r *Reader) discard() []byte {
	if r.takes(kwAll) {
		r.setting(Setting{Change: ChangeReset})
		return nil
	}
	r.needName(columnName)
	return nil
}
