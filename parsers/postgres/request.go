package postgres

import (
	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// Reasons of denials that no rule gave.
const (
	reasonLong      = "text is too long to be judged"
	reasonMalformed = "malformed message"
	reasonStatement = "prepared statement is not known"
	reasonPortal    = "portal is not known"
	reasonNames     = "too many prepared statements or portals"
	reasonName      = "name of a prepared statement or portal is longer than 63 bytes, which servers cut"
	reasonCopy      = "COPY FROM STDIN in an extended query, for which the host would have to wait"
	reasonEncoding  = "setting would change how texts are read"
	reasonShadow    = "search_path with pg_catalog after other schemas, which could replace what is built in"
)

// onMessage judges a message of a client that has logged in.
func (p *parser) onMessage(h header, view proxylib.View) (proxylib.OpType, int) {
	if small(h.kind) && h.length > maxSmall+1 {
		return p.fail("message is too long for its type", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	switch h.kind {
	case msgTerminate:
		return p.onTerminate(h)
	case msgSync:
		return p.onSync(h, view)
	case msgQuery, msgParse, msgBind, msgExecute, msgDescribe, msgClose, msgFlush, msgFunctionCall, msgCopyData, msgCopyDone, msgCopyFail:
	case msgPassword:
		return p.fail("password message after the login", proxylib.ERROR_INVALID_FRAME_TYPE)
	default:
		return p.fail("message of an unknown type", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if p.skip {
		return proxylib.DROP, h.length
	}
	if op, n, judged := p.onCopying(h, view); judged {
		return op, n
	}
	if p.replies.Full() {
		return p.replies.Wait(p.connection)
	}
	switch h.kind {
	case msgQuery, msgParse:
		return p.onText(h, view)
	case msgFunctionCall:
		return p.onFunctionCall(h)
	case msgBind:
		return p.onBind(h, view)
	}
	if missing := view.Missing(h.length); missing > 0 {
		return proxylib.MORE, missing
	}
	body := wire.NewReader(view.Bytes(headerLen, h.length, &p.scratch))
	switch h.kind {
	case msgFlush:
		return p.onFlush(h, &body)
	case msgExecute:
		return p.onExecute(h, &body)
	}
	return p.onName(h, &body)
}

// small reports whether messages of the type are short.
func small(kind byte) bool {
	switch kind {
	case msgQuery, msgParse, msgBind, msgFunctionCall, msgCopyData, msgCopyFail:
		return false
	}
	return true
}

// onTerminate passes the end of the connection. The server reads nothing after it.
func (p *parser) onTerminate(h header) (proxylib.OpType, int) {
	if h.length != headerLen {
		return p.malformed()
	}
	p.phase = phaseOver
	return proxylib.PASS, h.length
}

func (p *parser) malformed() (proxylib.OpType, int) {
	return p.fail(reasonMalformed, proxylib.ERROR_INVALID_FRAME_LENGTH)
}

func (p *parser) onFlush(h header, body *wire.Reader) (proxylib.OpType, int) {
	if body.End(); !body.OK() {
		return p.malformed()
	}
	return proxylib.PASS, h.length
}

// onText judges a Query or a Parse.
func (p *parser) onText(h header, view proxylib.View) (proxylib.OpType, int) {
	if h.length > p.maxText() {
		return p.denyUnread(h, reasonLong)
	}
	if missing := view.Missing(h.length); missing > 0 {
		return proxylib.MORE, missing
	}
	body := wire.NewReader(view.Bytes(headerLen, h.length, &p.scratch))
	if h.kind == msgQuery {
		text := body.String0()
		if body.End(); !body.OK() {
			return p.denyUnread(h, reasonMalformed)
		}
		return p.onQuery(h, text)
	}
	name, text := body.String0(), body.String0()
	body.Skip(4 * int(body.Uint16()))
	switch body.End(); {
	case !body.OK():
		return p.denyUnread(h, reasonMalformed)
	case len(name) > maxName:
		return p.denyUnread(h, reasonName)
	}
	return p.onParse(h, name, text)
}

// onQuery judges a simple query.
func (p *parser) onQuery(h header, text []byte) (proxylib.OpType, int) {
	s := p.read(text)
	verdict, refused := p.decideText(s)
	if !verdict.Allowed {
		return p.deny(h, verdict, refused, p.requestEntry(s, messageQuery))
	}
	if !p.names.apply(s, p.number) {
		return p.denyUnread(h, reasonNames)
	}
	p.connection.LogRequest(verdict, p.requestEntry(s, messageQuery))
	p.number++
	p.forwarded = false
	p.owe(owed{kind: owedQuery, statement: s})
	p.executing(s, copyQuery)
	return proxylib.PASS, h.length
}

// onParse judges the preparation of a statement.
func (p *parser) onParse(h header, name, text []byte) (proxylib.OpType, int) {
	s := p.read(text)
	verdict, refused := p.decideText(s)
	switch {
	case !verdict.Allowed:
		return p.deny(h, verdict, refused, p.requestEntry(s, messageParse).AddSome(keyPrepared, name))
	case s.copyIn && s.unread != "":
		// If it is not a COPY, nothing says so before Sync.
		return p.denyUnread(h, s.unread)
	case s.copyIn && !p.connection.Host().CanWait():
		return p.denyUnread(h, reasonCopy)
	}
	e := p.names.statement(name, true)
	if !p.names.define(e, s, p.number) {
		return p.denyUnread(h, reasonNames)
	}
	e.declared = false
	p.connection.LogRequest(verdict, p.requestEntry(s, messageParse).AddSome(keyPrepared, name))
	p.forwarded = true
	return proxylib.PASS, h.length
}

// onBind notes which statement a portal is of. Values are not looked at.
func (p *parser) onBind(h header, view proxylib.View) (proxylib.OpType, int) {
	const most = headerLen + 2*(maxName+1)
	have := min(view.Len(), h.length, most)
	body := wire.NewReader(view.Bytes(headerLen, have, &p.scratch))
	portal, name := body.String0(), body.String0()
	switch {
	case !body.OK() && have < min(h.length, most):
		return proxylib.MORE, 1
	case !body.OK() && have < most:
		return p.malformed()
	case !body.OK(), len(portal) > maxName, len(name) > maxName:
		return p.denyUnread(h, reasonName)
	}
	s := p.names.statement(name, false)
	if s == nil || s.lost && s.batch != p.number || !p.holds(s, name) {
		if !p.connection.Unrestricted() {
			return p.denyStatement(h, name)
		}
		s = &unknownEntry
	}
	if !p.names.bind(p.names.portal(portal, true), s, p.number) {
		return p.denyUnread(h, reasonNames)
	}
	p.forwarded = true
	return proxylib.PASS, h.length
}

// onExecute judges the execution of a portal by the policy that is in force now.
func (p *parser) onExecute(h header, body *wire.Reader) (proxylib.OpType, int) {
	name := body.String0()
	body.Skip(4)
	if body.End(); !body.OK() {
		return p.malformed()
	}
	e := p.names.portal(name, false)
	if e == nil || e.lost && e.batch != p.number || !p.near(e) {
		if !p.connection.Unrestricted() {
			return p.denyUnread(h, reasonPortal)
		}
		e = &unknownEntry
	}
	s := e.last
	if s.copyIn && p.ends > 0 && p.connection.Host().CanWait() {
		return p.waitForCopy()
	}
	verdict, refused := p.decideEntry(e)
	if verdict.Allowed && s.copyIn && !p.connection.Host().CanWait() {
		return p.denyUnread(h, reasonCopy)
	}
	if !verdict.Allowed {
		return p.deny(h, verdict, refused, p.requestEntry(s, messageExecute).AddConstant(e.prepared))
	}
	if !p.names.apply(s, p.number) {
		return p.denyUnread(h, reasonNames)
	}
	p.connection.LogRequest(verdict, p.requestEntry(s, messageExecute).AddConstant(e.prepared))
	p.forwarded = true
	p.owe(owed{kind: owedExecute, statement: s})
	p.executing(s, copyExecute)
	return proxylib.PASS, h.length
}

// onName passes a Describe or a Close of a statement or a portal.
func (p *parser) onName(h header, body *wire.Reader) (proxylib.OpType, int) {
	what, name := body.Uint8(), body.String0()
	if body.End(); !body.OK() || what != 'S' && what != 'P' {
		return p.malformed()
	}
	if len(name) > maxName {
		return p.denyUnread(h, reasonName)
	}
	if h.kind == msgClose {
		p.names.close(what, name)
	} else if what == 'S' && p.shifting() && !p.connection.Unrestricted() && !p.holds(p.names.statement(name, false), name) {
		return p.denyStatement(h, name)
	}
	p.forwarded = true
	return proxylib.PASS, h.length
}

// onSync passes the end of a batch.
func (p *parser) onSync(h header, view proxylib.View) (proxylib.OpType, int) {
	if h.length != headerLen {
		return p.malformed()
	}
	if !p.skip {
		if op, n, judged := p.onCopying(h, view); judged {
			return op, n
		}
	}
	if !p.owe(owed{kind: owedSync}) {
		return p.replies.Wait(p.connection)
	}
	p.number++
	p.forwarded, p.skip = false, false
	return proxylib.PASS, h.length
}

// onFunctionCall judges a call of a function by its number, which no rule can see.
func (p *parser) onFunctionCall(h header) (proxylib.OpType, int) {
	verdict, refused := p.decideOne(&functionCall)
	if !verdict.Allowed {
		return p.deny(h, verdict, refused, p.connectionEntry(opFunctionCall))
	}
	p.connection.LogRequest(verdict, p.connectionEntry(opFunctionCall))
	p.number++
	p.forwarded = false
	p.owe(owed{kind: owedQuery, statement: &functionCallStatement})
	p.server.executes(&functionCallStatement)
	return proxylib.PASS, h.length
}

var functionCall = access{operation: opFunctionCall, class: proxylib.Admin, kind: sql.Other}

// owe notes that the server owes a reply. It reports false if too many are owed.
func (p *parser) owe(o owed) bool {
	if !p.replies.Forwarded(o) {
		return false
	}
	if o.kind != owedSync {
		p.replies.Follow(p.connection)
	}
	if o.kind == owedQuery || o.kind == owedSync {
		p.ends++
	}
	return true
}
