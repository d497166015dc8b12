package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// What denials of requests say that no policy could allow.
const (
	reasonPayload   = "custom payload has a key that is not allowed"
	reasonTooLong   = "request is too long to be judged"
	reasonLearning  = "too many statements are being prepared"
	reasonKeyspace  = "keyspace cannot change while requests are in flight that depend on it"
	reasonName      = "keyspace of the request is not a plain name"
	reasonBatch     = "batch holds a statement that is not an insert, update or delete"
	unknownPrepared = "unknown prepared query id"
	statusSession   = "holds no statement"
)

// denyUnreadable denies a request of which one cannot tell what it does, unless the client may do everything.
func (p *parser) denyUnreadable(r *request, reason string) (decision, error) {
	if r.opcode.statement() && p.connection.Unrestricted() {
		return p.passUnread(r, reason)
	}
	p.logRefused(r, reason)
	return decideDrop, p.deny(r.stream, reason)
}

// passUnread passes a request of which one cannot tell what it does, from a client that may do everything.
func (p *parser) passUnread(r *request, reason string) (decision, error) {
	r.unread, r.learn, r.unqualified = true, nil, false
	p.accesses = nil
	p.connection.LogRequest(p.connection.Decide(&noAccess), p.newEntry().AddConstant(opcodeField(r.opcode)).
		AddNumber(keyStream, uint64(r.stream)).AddText(keyStatus, reason))
	p.forwarded(r)
	return decidePass, nil
}

// decide asks the policy about all that p.asked holds, and answers or forwards the request.
func (p *parser) decide(r *request) (decision, error) {
	denied := p.decideAccesses()
	if !p.whole.Allowed {
		p.logAccesses(r, "")
		return decideDrop, p.deny(r.stream, describe(denied))
	}
	if r.learn != nil && p.learning+r.learn.cost() > MaxLearning {
		return p.denyBecause(r, reasonLearning)
	}
	if keyspace := p.keyspaceToUse(r.opcode); keyspace != nil {
		if !p.mayUse(keyspace) {
			return p.denyBecause(r, reasonKeyspace)
		}
		p.keyspace.use(keyspace)
		r.use = true
	}
	switch {
	case r.opcode.statement():
		p.logAccesses(r, "")
	case p.whole.Audited:
		p.logAccesses(r, statusSession)
	}
	p.forwarded(r)
	return decidePass, nil
}

// statement reports whether a request of the kind holds or stands for statements.
func (op opcode) statement() bool {
	return op == opQuery || op == opPrepare || op == opExecute || op == opBatch
}

// denyBecause denies a request for a reason that is not of the policy, unless the client may do everything.
func (p *parser) denyBecause(r *request, reason string) (decision, error) {
	if p.connection.Unrestricted() {
		return p.passUnread(r, reason)
	}
	p.whole = proxylib.Verdict{Reason: reason}
	p.verdicts = p.verdicts[:0]
	for range p.accesses {
		p.verdicts = append(p.verdicts, p.whole)
	}
	p.logAccesses(r, reason)
	return decideDrop, p.deny(r.stream, reason)
}

// describe names what is denied.
func describe(t *access) string {
	switch {
	case t.Action == cql.None:
		return "no rule allows this client anything"
	case len(t.Name) == 0:
		return t.Action.String()
	}
	return t.Action.String() + " on " + string(t.Name)
}

// noAccess is the access of a request that holds no statement.
var noAccess access

// decideAccesses asks the policy about each access of the request, notes the verdicts on them and on the whole request,
// and returns the first access that is denied.
func (p *parser) decideAccesses() (denied *access) {
	p.verdicts = p.verdicts[:0]
	switch len(p.accesses) {
	case 0:
		p.whole = p.connection.DecideBasic(&noAccess)
		return &noAccess
	case 1:
		p.verdictOn(&p.accesses[0], &p.whole)
		return &p.accesses[0]
	}
	for i := range p.accesses {
		var v proxylib.Verdict
		p.verdictOn(&p.accesses[i], &v)
		p.verdicts = append(p.verdicts, v)
		if i == 0 {
			p.whole = v
		}
		if p.whole = p.whole.And(v); !v.Allowed && denied == nil {
			denied = &p.accesses[i]
		}
	}
	return denied
}

// verdictOn asks the policy, and writes the verdict to v, as copies of one take longer than a request of one access
// should. What reaches no data, which is USE and what holds no statement, is allowed to every client that rules concern,
// unless a rule denies it. What may reach more than rules that allow can see is denied by every rule that denies some of
// it.
func (p *parser) verdictOn(t *access, v *proxylib.Verdict) {
	if t.Action == cql.Use {
		*v = p.connection.DecideBasic(t)
		return
	}
	*v = p.connection.Decide(t)
	if !v.Allowed || !t.mayReachMore() {
		return
	}
	if w := p.connection.Decide((*accessWithReach)(t)); !w.Allowed || w.Audited {
		*v = w
	}
}
