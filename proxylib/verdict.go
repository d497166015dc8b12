package proxylib

import (
	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/policy"
)

// Verdict is the decision about a request, or about a part of one that rules decide about on its own. It is a value: the
// entry of the access log is written with the verdict that it reports.
type Verdict struct {
	// Allowed reports whether the request may pass.
	Allowed bool
	// Audited: the policy denies the request, which is allowed because of audit mode alone.
	Audited bool
	// Rule is the name of the rule that decided; empty if it has none, or no rule decided.
	Rule string
	// Reason says why the policy does not allow the request: [NoRule], [NoPolicy], "deny rule" and its name, or what the
	// parser says. It is empty if the policy allows it.
	Reason string
}

// Reasons of verdicts that no rule gave.
const (
	NoRule   = policy.NoRule
	NoPolicy = policy.NoPolicy
	// ReadOnly: the request may change something, and the filter is configured to be read-only.
	ReadOnly = "readonly"
)

// partReason is the reason of the denial of what is allowed by itself, with that of the whole request after it.
const partReason = "part of a denied request: "

// And returns the verdict on a request of which v and part are the verdicts on parts: it is allowed if all parts are.
func (v Verdict) And(part Verdict) Verdict {
	if v.Allowed && (!part.Allowed || part.Audited && !v.Audited) {
		return part
	}
	return v
}

// Decide asks the policy in force about the request that l7 describes: for protocols with rule keys a [Subject], for
// others whatever their own L7 rules expect. It is not kept. Decide takes no lock and allocates nothing, and sees a new
// policy at once. In audit mode everything is allowed, but what changes something on a connection that is read-only.
func (c *Connection) Decide(l7 any) Verdict {
	if d := c.Instance.host.Decider; d != nil {
		return Verdict(d.Decide(l7))
	}
	if c.login != nil || c.Instance.host.ReadOnly {
		reason := ""
		if l7, reason = c.guard(l7); reason != "" {
			v := Verdict{Reason: reason}
			c.observed(&v)
			return v
		}
	}
	var d policy.Verdict
	c.currentRules().DecideInto(&policy.Request{
		RemoteID: c.remoteID(), ProxyID: c.ProxyID, ServerName: c.ServerName, Parser: c.ParserName, L7: l7,
	}, &d)
	v := Verdict{Allowed: d.Allowed, Rule: d.Rule, Reason: d.Reason}
	switch {
	case v.Allowed:
	case c.Instance.host.Observe && v.Reason == NoPolicy:
		return Verdict{Allowed: true}
	case d.Audit || c.Instance.host.Audit || c.Instance.host.Observe:
		v.Allowed, v.Audited = true, true
	}
	return v
}

// guard returns what the policy is asked about on a connection that is read-only, or whose user is known, or why the request
// is denied whatever the policy says.
func (c *Connection) guard(l7 any) (asked any, reason string) {
	switch {
	case c.Instance.host.ReadOnly && changes(l7):
		return nil, ReadOnly
	case c.login == nil:
		return l7, ""
	case c.login.barred():
		return nil, longUser
	}
	return c.login.request(l7), ""
}

// DecideBasic is [Connection.Decide] for a request that reaches no data, such as a greeting, a ping or the choice of a
// name space. It is allowed to every client that a rule allows anything, see [Connection.Concerned], unless a rule denies
// it.
func (c *Connection) DecideBasic(l7 any) Verdict {
	v := c.Decide(l7)
	if v.Reason == NoRule && c.Concerned() {
		return Verdict{Allowed: true}
	}
	return v
}

// Concerned reports whether some rule for the port of the connection may allow this client a request.
func (c *Connection) Concerned() bool {
	if d := c.Instance.host.Decider; d != nil {
		return d.Concerned()
	}
	return c.Instance.host.Observe || c.currentRules().Concerns(c.anyRequest())
}

// Unrestricted reports whether this client may send every request, because of a rule for all requests and no rule that
// denies any, or because of audit mode. On a connection that is read-only it reports false.
func (c *Connection) Unrestricted() bool {
	if d := c.Instance.host.Decider; d != nil {
		return d.Unrestricted()
	}
	if c.Instance.host.Observe {
		return true
	}
	return !c.Instance.host.ReadOnly && !c.login.barred() && (c.Instance.host.Audit || c.currentRules().Unrestricted(c.anyRequest()))
}

func (c *Connection) anyRequest() *policy.Request {
	return &policy.Request{
		RemoteID: c.remoteID(), ProxyID: c.ProxyID, ServerName: c.ServerName, Parser: c.ParserName,
		L7: c.login.subject(unknownSubject{}),
	}
}

// unknownSubject is a request without any value, which only rules for all requests cover.
type unknownSubject struct{}

func (unknownSubject) Value(int, int) (Value, int) { return NoValue, 0 }

// currentRules returns the rules for the connection in the policy in force.
func (c *Connection) currentRules() *policy.PortRules {
	if s := c.Instance.host.Policies.Current(); s != c.snapshot {
		c.snapshot, c.rules = s, s.Lookup(c.PolicyName, c.Ingress, c.Port)
	}
	return c.rules
}

func (c *Connection) remoteID() uint32 {
	if c.Ingress {
		return c.SrcId
	}
	return c.DstId
}

// LogRequest counts a request and writes its access-log entry, of the type that the verdict demands. l7 is what the
// parser extracted: a *[L7Entry], which costs no allocation, or one of the generated *cilium.LogEntry_GenericL7,
// *cilium.LogEntry_Kafka, *cilium.LogEntry_Http. It is encoded before LogRequest returns and not kept. No method that
// logs waits, or fails.
//
// The entry of a request that passes can have what its reply says as well, if the parser has the reply followed:
// [ReplyQueue.Enforce] does, and so do [ReplyQueue.Follow] and [InFlight.Follow].
func (c *Connection) LogRequest(v Verdict, l7 any) {
	c.observed(&v)
	c.count(&v)
	c.logRequest(&v, l7, false)
}

// LogPart is [Connection.LogRequest] for a request that is logged in several entries, one for each part that the policy
// was asked about. i is the number of the part, from 0; the first one counts the request. whole is the verdict on the
// request, part the one on this part.
func (c *Connection) LogPart(i int, whole, part Verdict, l7 any) {
	c.observed(&whole)
	c.observed(&part)
	if i == 0 {
		c.count(&whole)
	}
	if !whole.Allowed && (part.Allowed || part.Audited) {
		part = Verdict{Rule: part.Rule, Reason: partReason + whole.Reason}
	}
	c.logRequest(&part, l7, i > 0)
}

// observed makes a denial one that is not carried out, where connections are only watched.
func (c *Connection) observed(v *Verdict) {
	if !v.Allowed && c.Instance.host.Observe {
		v.Allowed, v.Audited = true, true
	}
}

// logRequest writes the entry of a request, or of a part of it that is not the first. That of one that passes is written
// when its exchange ends, at once, or both, as the access log wants it.
func (c *Connection) logRequest(v *Verdict, l7 any, part bool) {
	if c.Instance.host.AccessLog == nil {
		return
	}
	if !part {
		c.settle()
	}
	if !v.Allowed {
		c.write(accesslog.All, EntryTypeDenied, v, l7, c.requests())
		return
	}
	generic, follows := l7.(*L7Entry)
	if !follows {
		c.write(accesslog.All, EntryTypeRequest, v, l7, c.requests())
		return
	}
	if c.logs(accesslog.Requests) {
		c.write(accesslog.Requests, EntryTypeRequest, v, l7, c.requests())
	}
	c.openExchange(v, generic, part)
}

// logs reports whether the access log wants entries of a kind.
func (c *Connection) logs(kind accesslog.Kinds) bool { return c.Instance.host.LogKinds&kind != 0 }

// requests returns the number of the request that was counted last.
func (c *Connection) requests() uint64 { return c.state.Passed + c.state.Denied }

// LogReply writes the access-log entry of a reply that belongs to no request that is followed; l7 is as for
// [Connection.LogRequest].
func (c *Connection) LogReply(l7 any) { c.write(accesslog.All, EntryTypeResponse, &noVerdict, l7, 0) }

// logReply notes what the reply to a followed request says, and writes its entry if the access log wants it.
func (c *Connection) logReply(of followed, status ReplyStatus, l7 *L7Entry) {
	if of.request == 0 {
		c.LogReply(l7)
		return
	}
	if c.logs(accesslog.Requests) {
		c.write(accesslog.Requests, EntryTypeResponse, &noVerdict, l7, of.request)
	}
	if x := of.exchange; x != nil {
		x.end.Status = status
		x.reply.CopyReply(l7)
		x.end.Reply = &x.reply
	}
}

// LogRefused counts a request that is denied before any rule is asked, and writes its access-log entry; l7 is as for
// [Connection.LogRequest]. The reason is for an operator, such as "unknown command", and holds no bytes of the peer's.
func (c *Connection) LogRefused(reason string, l7 any) { c.LogRequest(Verdict{Reason: reason}, l7) }

// noVerdict is that of a reply.
var noVerdict Verdict

func (c *Connection) write(kinds accesslog.Kinds, entryType EntryType, v *Verdict, l7 any, request uint64) {
	if c.Instance.host.AccessLog == nil {
		return
	}
	c.Instance.host.AccessLog.Log(accesslog.Entry{
		Time: c.time(), Type: entryType, Rule: v.Rule, Reason: v.Reason, Audit: v.Audited, Flow: &c.flow, Parser: c.ParserName,
		Request: request, L7: accesslog.L7Of(l7), For: kinds,
	})
}

// count counts a request.
func (c *Connection) count(v *Verdict) {
	if !v.Allowed {
		c.state.Denied++
		return
	}
	c.state.Passed++
	if v.Audited {
		c.state.Audited++
	}
}
