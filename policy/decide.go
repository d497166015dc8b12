package policy

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
)

// kind is what a rule does. Inside one precedence, lower kinds come first.
type kind uint8

const (
	deny kind = iota
	allow
	pass
)

// rule is a PortNetworkPolicyRule, compiled.
type rule struct {
	name           string
	precedence     uint32
	passPrecedence uint32
	kind           kind
	proxyID        uint32
	// remotes are the identities that the rule concerns, in ascending order; none is any.
	remotes []uint32
	// serverNames are the patterns of which one must match; none is any.
	serverNames []*regexp.Regexp
	// parser is the name of the parser whose requests the rule speaks of; empty is any.
	parser string
	// foreign: the rule's L7 part is for another filter than ours, so it says nothing about our requests.
	foreign bool
	// http: the rule speaks of requests of HTTP, and says nothing about others.
	http bool
	// l7 are alternatives of which one must match; none is any request.
	l7 []L7NetworkPolicyRule
	// finder, if not nil, stands for the alternatives of several rules that differ in nothing else but these names and
	// reasons; l7 are then those of the first.
	finder  Finder
	names   []string
	reasons []string
	// reason is what denials of a rule that denies give as their reason, made when the rule is compiled.
	reason string
}

// Reasons for which no rule allows a request.
const (
	// NoPolicy: there is no policy for the endpoint, or it has not come yet.
	NoPolicy = "no policy"
	// NoRule: no rule covers the request.
	NoRule = "no rule"
	// UnknownParser: a rule of the port is for a parser that this library does not have, so nothing may pass.
	UnknownParser = "unknown parser in the policy"
	// ManyPasses: parts of the request fall under more rules with pass_precedence than are followed.
	ManyPasses = "parts fall under too many rules with pass_precedence"
)

// DenyRule is the reason of a denial by a rule that denies; its name follows after a space, if it has one.
const DenyRule = "deny rule"

func denyReason(name string) string {
	if name == "" {
		return DenyRule
	}
	return DenyRule + " " + name
}

// Request is what a decision depends on.
type Request struct {
	// RemoteID is the security identity of the other side; 0 is unknown, and matches no rule that names identities.
	RemoteID uint32
	// ProxyID is the number of the listener, 0 where the host has none.
	ProxyID uint32
	// ServerName is the TLS server name; empty where there is none.
	ServerName string
	// Parser is the name of the parser that serves the connection, L7 what it asks about.
	Parser string
	L7     any
}

// Verdict is a decision.
type Verdict struct {
	Allowed bool
	// Rule is the name of the rule that decided, if it has one.
	Rule string
	// Reason says why the request is not allowed: one of the reasons above, or [DenyRule] with the rule's name. It is
	// empty if the request is allowed.
	Reason string
	// ByDenyRule: a rule that denies has decided.
	ByDenyRule bool
	// Audit: the policy denies, but is an audit policy: the request is to pass, and to be logged as one that is denied.
	Audit bool
}

// PortRules are the rules that apply to one port, immutable, in the order in which they are evaluated.
type PortRules struct {
	rules  []rule
	remote remoteIndex
	closed bool
	// acts: rules for HTTP change requests, so that all that match are carried out.
	acts bool
	// denies: some rule denies.
	denies bool
	// audit: it is an audit policy, of which denied requests pass.
	audit bool
}

// noRules are the rules of a port without rules.
var noRules = &PortRules{}

// Decide evaluates the rules; nil denies. It takes no lock, allocates nothing, and retains nothing of the request.
//
// A rule that allows must cover the whole request, a rule that denies only a part of it: see [PartMatcher].
func (p *PortRules) Decide(r *Request) Verdict {
	var v Verdict
	p.DecideInto(r, &v)
	return v
}

// DecideInto is [PortRules.Decide] that writes the verdict to v. A Verdict is larger than what is passed in registers; a
// decision is so short that copies of it count, see BenchmarkDecide.
func (p *PortRules) DecideInto(r *Request, v *Verdict) {
	*v = Verdict{}
	switch {
	case p == nil:
		v.Reason = NoPolicy
		return
	case p.closed:
		v.Reason = UnknownParser
	default:
		var left remoteCursor
		p.remote.find(r.RemoteID, &left)
		p.decideFrom(&left, math.MaxInt64, r, 0, v)
	}
	v.Audit = p.audit && !v.Allowed
}

// maxSplits is the number of rules with pass_precedence that may cover some parts of a request, and not others.
const maxSplits = 4

// decideFrom evaluates the rules that are left, of precedences below a limit.
//
// A rule that passes the decision on and covers only some parts of the request splits it: those parts skip rules that
// the others do not. The request is then allowed if it is allowed both ways. splits counts that.
func (p *PortRules) decideFrom(left *remoteCursor, below int64, r *Request, splits int, v *Verdict) {
	// settled is the precedence of the rule that allows, while others of it are carried out.
	var settled int64
	for {
		i := left.next()
		if i < 0 {
			if !v.Allowed {
				v.Reason = NoRule
			}
			return
		}
		rule := &p.rules[i]
		if v.Allowed && (rule.kind != allow || int64(rule.precedence) != settled) {
			return
		}
		if int64(rule.precedence) >= below || !rule.concerns(r) {
			continue
		}
		switch rule.kind {
		case pass:
			if rule.covering(r, false) >= 0 {
				below = int64(rule.passPrecedence)
				continue
			}
			if rule.covering(r, true) < 0 {
				continue
			}
			if splits++; splits > maxSplits {
				v.Reason = ManyPasses
				return
			}
			skipping := *left
			p.decideFrom(&skipping, int64(rule.passPrecedence), r, splits, v)
			if !v.Allowed {
				return
			}
			*v = Verdict{}
		case deny:
			if at := rule.covering(r, true); at >= 0 {
				v.Rule, v.Reason, v.ByDenyRule = rule.nameOf(at), rule.reasonOf(at), true
				return
			}
		default:
			at := rule.covering(r, false)
			if at < 0 {
				continue
			}
			if !v.Allowed {
				v.Allowed, v.Rule = true, rule.nameOf(at)
			}
			if settled = int64(rule.precedence); !p.acts || r.Parser != HTTP {
				return
			}
		}
	}
}

// Concerns reports whether a rule may allow some request of the client, whatever r.L7 is.
func (p *PortRules) Concerns(r *Request) bool {
	if p == nil || p.closed {
		return false
	}
	below := int64(math.MaxInt64)
	var left remoteCursor
	for p.remote.find(r.RemoteID, &left); ; {
		i := left.next()
		if i < 0 {
			return false
		}
		rule := &p.rules[i]
		switch {
		case int64(rule.precedence) >= below || !rule.concerns(r):
		case rule.kind == allow:
			return true
		case len(rule.l7) > 0:
		case rule.kind == deny:
			return false
		default:
			below = int64(rule.passPrecedence)
		}
	}
}

// Denies reports whether there are rules that deny.
func (p *PortRules) Denies() bool { return p != nil && p.denies }

// Refuse returns the verdict about a request that the caller refuses by itself, for a reason of its own.
func (p *PortRules) Refuse(reason string) Verdict {
	return Verdict{Reason: reason, Audit: p != nil && p.audit}
}

// Unrestricted reports whether every request of the client passes. r.L7 must be a request of which nothing is known,
// so that only rules for all requests cover it.
func (p *PortRules) Unrestricted(r *Request) bool {
	if p == nil {
		return false
	}
	return p.audit || !p.closed && p.unrestricted(r)
}

func (p *PortRules) unrestricted(r *Request) bool {
	below := int64(math.MaxInt64)
	var left remoteCursor
	for p.remote.find(r.RemoteID, &left); ; {
		i := left.next()
		if i < 0 {
			return false
		}
		rule := &p.rules[i]
		if int64(rule.precedence) >= below || !rule.concerns(r) {
			continue
		}
		covers := rule.covering(r, false) >= 0
		switch {
		case rule.kind == allow && covers:
			return true
		case rule.kind == deny, rule.kind == pass && !covers:
			return false
		case rule.kind == pass:
			below = int64(rule.passPrecedence)
		}
	}
}

// concerns reports whether the rule, whose remotes fit, is about the connection of the request at all. A rule that
// denies without L7 rules denies whatever parser its name is.
func (r *rule) concerns(q *Request) bool {
	if r.foreign || r.http && q.Parser != HTTP || r.proxyID != 0 && r.proxyID != q.ProxyID || !r.concernsServerName(q.ServerName) {
		return false
	}
	return r.parser == q.Parser || len(r.l7) == 0 && (r.parser == "" || r.kind == deny)
}

func (r *rule) concernsServerName(name string) bool {
	if len(r.serverNames) == 0 {
		return true
	}
	return name != "" && slices.ContainsFunc(r.serverNames, func(p *regexp.Regexp) bool { return p.MatchString(name) })
}

// covering returns which of the merged rules covers the request, or any part of it; -1 if none does.
func (r *rule) covering(q *Request, part bool) int {
	switch {
	case len(r.l7) == 0:
		return 0
	case r.finder != nil && part:
		return r.finder.FindPart(q.L7)
	case r.finder != nil:
		return r.finder.Find(q.L7)
	}
	for _, l7 := range r.l7 {
		if covers(l7, q.L7, part) {
			return 0
		}
	}
	return -1
}

func covers(rule L7NetworkPolicyRule, l7 any, part bool) bool {
	if part {
		if rule, ok := rule.(PartMatcher); ok {
			return rule.MatchesPart(l7)
		}
	}
	return rule.Matches(l7)
}

func (r *rule) nameOf(at int) string {
	if r.finder != nil {
		return r.names[at]
	}
	return r.name
}

func (r *rule) reasonOf(at int) string {
	if r.finder != nil {
		return r.reasons[at]
	}
	return r.reason
}

// order brings the rules into the order of evaluation and checks what can only be seen when they are together.
func (p *PortRules) order() error {
	slices.SortStableFunc(p.rules, func(a, b rule) int {
		if a.precedence != b.precedence {
			return cmp.Compare(b.precedence, a.precedence)
		}
		return cmp.Compare(a.kind, b.kind)
	})
	for i := 1; i < len(p.rules); i++ {
		a, b := p.rules[i-1], p.rules[i]
		if a.kind == pass && b.kind == pass && a.precedence == b.precedence && a.passPrecedence != b.passPrecedence {
			return fmt.Errorf("rules of precedence %d have different values of pass_precedence, %d and %d; give them the same",
				a.precedence, a.passPrecedence, b.passPrecedence)
		}
	}
	return nil
}

// decides reports whether any rule allows or denies.
func (p *PortRules) decides() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.kind != pass })
}
