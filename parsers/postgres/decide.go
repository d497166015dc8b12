package postgres

import (
	"bytes"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// decideText returns the verdict on a text, and what the client gets if it is denied.
func (p *parser) decideText(s *statement) (proxylib.Verdict, refusal) {
	if s.unread != "" {
		return p.decideUnread(s.unread)
	}
	if len(s.encodings) > 0 {
		if reason := p.server.refusedChange(s); reason != "" {
			return p.decideUnread(reason)
		}
	}
	path := p.server.pathFor(s)
	if len(s.accesses) == 0 {
		return p.decideAccess(&nothing, path)
	}
	verdict, refused := p.decideAccess(&s.accesses[0], path)
	for i := 1; i < len(s.accesses); i++ {
		v, r := p.decideAccess(&s.accesses[i], path)
		if verdict.Allowed && !v.Allowed {
			refused = r
		}
		verdict = verdict.And(v)
	}
	if !s.executes {
		return verdict, refused
	}
	for i := range s.parts {
		if !verdict.Allowed {
			break
		}
		verdict, refused = p.decidePart(s, i, verdict)
	}
	return verdict, refused
}

// nothing is what a text without statements does.
var nothing = access{class: proxylib.Read}

// decidePart joins the verdict on a text with that on what one of its statements executes.
func (p *parser) decidePart(s *statement, i int, verdict proxylib.Verdict) (proxylib.Verdict, refusal) {
	part := &s.parts[i]
	var e *entry
	switch part.operation {
	case sql.Execute:
		e = p.names.statement(part.name, false)
		if e == nil && !s.defines(sql.Prepare, i) || e != nil && e.lost {
			return p.decideUnread(reasonStatement)
		}
	case sql.Fetch, sql.Move:
		e = p.names.portal(part.name, false)
	}
	if reason := p.foreign(s, i, e); reason != "" {
		return p.decideUnread(reason)
	}
	if e == nil || e.last == nil || e.last == s {
		return verdict, refusal{}
	}
	for j := range e.len() {
		v, refused := p.decideList(e.at(j))
		if verdict = verdict.And(v); !verdict.Allowed {
			return verdict, refused
		}
	}
	return verdict, refusal{}
}

// defines reports whether a text has a statement of the operation before another one, with the same name.
func (s *statement) defines(op sql.Operation, before int) bool {
	for i := range s.parts[:before] {
		if s.parts[i].operation == op && string(s.parts[i].name) == string(s.parts[before].name) {
			return true
		}
	}
	return false
}

// decideList is decideText without what a statement executes.
func (p *parser) decideList(s *statement) (proxylib.Verdict, refusal) {
	if s.unread != "" {
		return p.decideUnread(s.unread)
	}
	verdict, refused := proxylib.Verdict{Allowed: true}, refusal{}
	for i := range s.accesses {
		var v proxylib.Verdict
		if v, refused = p.decideAccess(&s.accesses[i], nil); i == 0 {
			verdict = v
		}
		if verdict = verdict.And(v); !verdict.Allowed {
			return verdict, refused
		}
	}
	return verdict, refused
}

// len returns the number of statements that a name may stand for, of which at returns one.
func (e *entry) len() int { return 1 + len(e.also) + len(e.older) }

func (e *entry) at(i int) *statement {
	switch {
	case i == 0:
		return e.last
	case i <= len(e.also):
		return e.also[i-1]
	}
	return e.older[i-1-len(e.also)]
}

// decideEntry returns the verdict on the execution of a portal: it has to be allowed whatever the portal stands for.
func (p *parser) decideEntry(e *entry) (proxylib.Verdict, refusal) {
	n := 1 + len(e.also)
	if e.batch != p.number {
		n = e.len()
	}
	verdict, refused := p.decideText(e.last)
	for i := 1; i < n && verdict.Allowed; i++ {
		var v proxylib.Verdict
		v, refused = p.decideText(e.at(i))
		verdict = verdict.And(v)
	}
	return verdict, refused
}

// decideUnread returns the verdict on what cannot be judged: it is denied, unless the client may do everything.
func (p *parser) decideUnread(reason string) (proxylib.Verdict, refusal) {
	if p.connection.Unrestricted() {
		return p.ask(&unknownAccess, nil, false), refusal{}
	}
	return proxylib.Verdict{Reason: reason}, deniedBecause(reason)
}

// unknownAccess is one of which nothing is known.
var unknownAccess = access{operation: opFunctionCall, class: proxylib.Admin}

// ask asks the policy about an access.
func (p *parser) ask(a *access, path [][]byte, basic bool) proxylib.Verdict {
	s := &p.subject
	*s = subject{access: a, path: path, database: p.database, application: p.application, encrypted: p.encrypted}
	if basic {
		return p.connection.DecideBasic(s)
	}
	verdict := p.connection.Decide(s)
	if !verdict.Allowed || !s.mayReachMore() {
		return verdict
	}
	// An allow rule has been found. What the access may reach besides must not be denied.
	s.reach = true
	if whole := p.connection.Decide(s); !whole.Allowed || whole.Audited {
		return whole
	}
	return verdict
}

// decideAccess returns the verdict on an access, and what the client gets if it is denied.
func (p *parser) decideAccess(a *access, path [][]byte) (proxylib.Verdict, refusal) {
	var verdict proxylib.Verdict
	if a.searched() && len(path) > 0 && (len(path) > 1 || a.inCatalog()) {
		verdict = p.askEach(a, path)
	} else {
		verdict = p.ask(a, path, a.harmless())
	}
	if verdict.Allowed {
		return verdict, refusal{}
	}
	return verdict, a.refusal()
}

// askEach asks the policy about a table that may be in any of several schemas: it has to be allowed in each.
func (p *parser) askEach(a *access, path [][]byte) proxylib.Verdict {
	verdict := p.ask(a, path[:1], false)
	for i := 1; i < len(path); i++ {
		verdict = verdict.And(p.ask(a, path[i:i+1], false))
	}
	if a.inCatalog() {
		verdict = verdict.And(p.ask(a, catalogPath, false))
	}
	return verdict
}

// catalogPath is what servers search before search_path.
var catalogPath = [][]byte{[]byte(catalog)}

// inCatalog reports whether a table without a schema may be one of pg_catalog, whose names all begin so.
func (a *access) inCatalog() bool { return bytes.HasPrefix(a.name, []byte("pg_")) }

// decideOne is decideAccess without a text.
func (p *parser) decideOne(a *access) (proxylib.Verdict, refusal) { return p.decideAccess(a, nil) }

// refusal returns what the client gets if the access is denied, in the server's words where it has some.
func (a *access) refusal() refusal {
	name := printable(a.name)
	if len(a.schema) > 0 && a.kind != sql.Schema {
		name = printable(a.schema) + "." + name
	}
	switch a.kind {
	case sql.Table:
		return refusal{codePrivilege, "permission denied for table " + name + " (" + a.operation.String() + ")"}
	case sql.Function:
		return refusal{codePrivilege, "permission denied for function " + name}
	case sql.Schema:
		return refusal{codePrivilege, "permission denied for schema " + printable(a.schema) + " (" + a.operation.String() + ")"}
	}
	return refusal{codePrivilege, "permission denied to " + a.operation.String()}
}

// decideConnection returns the verdict on a message without a type, or on the connection.
func (p *parser) decideConnection(op operation) (proxylib.Verdict, refusal) {
	a := &connectionAccesses[op-opConnect]
	verdict := p.ask(a, nil, op == opConnect)
	return verdict, refusal{codeAuthorization, "permission denied to " + op.String()}
}

var connectionAccesses = func() (list [operationCount - opConnect]access) {
	for i := range list {
		op := opConnect + operation(i)
		list[i] = access{operation: op, class: op.class()}
	}
	return list
}()

// decideStartup returns the verdict on a start-up message. As whom the client may log in is not known yet; but what no user
// of the name that it gives may do need not be tried.
func (p *parser) decideStartup(op operation) (proxylib.Verdict, refusal) {
	refused := refusal{codeAuthorization,
		`permission denied for user "` + printable([]byte(p.login)) + `" on database "` + printable(p.database) + `"`}
	p.connection.SetUser([]byte(p.login))
	defer p.connection.SetUser(nil)
	verdict, _ := p.decideConnection(op)
	if !verdict.Allowed || op != opConnect {
		return verdict, refused
	}
	if v := p.anything(); !v.Allowed && v.Reason == proxylib.NoRule {
		return v, refused
	}
	return verdict, refused
}

// anything returns the verdict on whatever rules may allow to the connection.
func (p *parser) anything() proxylib.Verdict {
	p.subject = subject{access: &nothing, database: p.database, application: p.application, encrypted: p.encrypted, any: true}
	return p.connection.Decide(&p.subject)
}
