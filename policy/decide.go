package policy

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
)

// kind tells what a rule says. Inside one precedence, lower kinds come first.
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
	// serverNames are the patterns of which one has to match; none is any.
	serverNames []*regexp.Regexp
	// parser is the name of the parser whose requests the rule speaks of; empty is any.
	parser string
	// foreign: the rule's L7 part is for another filter than ours, so it says nothing about our requests.
	foreign bool
	// l7 are alternatives of which one has to match; none is any request.
	l7 []L7NetworkPolicyRule
	// finder, if not nil, stands for the alternatives of several rules that differ in nothing else but these names; l7 are
	// then those of the first.
	finder Finder
	names  []string
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
	// Audit: the policy denies, but only watches; the request is to pass, and to be logged as one that would not.
	Audit bool
}

// PortRules are the rules that apply to one port, immutable, in the order in which they are evaluated.
type PortRules struct {
	rules  []rule
	remote remoteIndex
	closed bool
	// audit: the policy only watches.
	audit bool
}

// Decide evaluates the rules; nil denies. It takes no lock, allocates nothing, and keeps nothing of the request.
func (p *PortRules) Decide(r *Request) Verdict {
	if p == nil {
		return Verdict{}
	}
	verdict := p.decide(r)
	verdict.Audit = p.audit && !verdict.Allowed
	return verdict
}

func (p *PortRules) decide(r *Request) Verdict {
	if p.closed {
		return Verdict{}
	}
	below := int64(math.MaxInt64)
	for c := p.remote.of(r.RemoteID); ; {
		i := c.next()
		if i < 0 {
			return Verdict{}
		}
		rule := &p.rules[i]
		if int64(rule.precedence) >= below {
			continue
		}
		name, concerned := rule.concerns(r)
		switch {
		case !concerned:
		case rule.kind == pass:
			below = int64(rule.passPrecedence)
		default:
			return Verdict{Allowed: rule.kind == allow, Rule: name}
		}
	}
}

// concerns tells whether the rule, whose remotes fit, speaks of the request at all, and by what name.
func (r *rule) concerns(q *Request) (name string, ok bool) {
	if r.foreign || r.proxyID != 0 && r.proxyID != q.ProxyID || !r.concernsServerName(q.ServerName) {
		return "", false
	}
	return r.matches(q)
}

func (r *rule) concernsServerName(name string) bool {
	if len(r.serverNames) == 0 {
		return true
	}
	return name != "" && slices.ContainsFunc(r.serverNames, func(p *regexp.Regexp) bool { return p.MatchString(name) })
}

// matches evaluates the L7 part. A rule that denies without L7 rules denies whatever parser its name is.
func (r *rule) matches(q *Request) (name string, ok bool) {
	if len(r.l7) == 0 {
		return r.name, r.parser == "" || r.kind == deny || r.parser == q.Parser
	}
	if r.parser != q.Parser {
		return "", false
	}
	if r.finder != nil {
		if i := r.finder.Find(q.L7); i >= 0 {
			return r.names[i], true
		}
		return "", false
	}
	for _, l7 := range r.l7 {
		if l7.Matches(q.L7) {
			return r.name, true
		}
	}
	return "", false
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

// decides tells whether any rule does more than to pass the decision on.
func (p *PortRules) decides() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.kind != pass })
}
