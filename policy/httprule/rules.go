package httprule

import (
	"cmp"
	"errors"
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

func init() { policy.RegisterL7RuleParser(policy.HTTP, parse) }

// alternative is a HttpNetworkPolicyRule, compiled.
type alternative struct {
	// matchers all hold, those that are cheap to decide first.
	matchers []*matcher
	actions  []*headerMatch
	// rule is the place of the rule that it is of, among those that are compiled together.
	rule int32
}

// holds reports whether all conditions hold.
func (a *alternative) holds(r *Request) bool {
	for _, m := range a.matchers {
		if !m.matches(r) {
			return false
		}
	}
	return true
}

// rules are the alternatives of one rule of a port.
type rules struct {
	alternatives []alternative
	// acts: some of them have actions.
	acts  bool
	index *index
}

// parse compiles the HTTP rules of a rule. No rule at all covers every request.
func parse(r *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
	if r.GetHttpRules() == nil {
		return nil, errors.New("want http_rules")
	}
	compiled := &rules{}
	for i, h := range r.GetHttpRules().GetHttpRules() {
		a, err := compile(h)
		if err != nil {
			return nil, policy.InEntry(i, err)
		}
		compiled.alternatives = append(compiled.alternatives, a)
		compiled.acts = compiled.acts || len(a.actions) > 0
	}
	if len(compiled.alternatives) == 0 {
		return nil, nil
	}
	compiled.index = newIndex(compiled.alternatives)
	return []policy.L7NetworkPolicyRule{compiled}, nil
}

func compile(h *cilium.HttpNetworkPolicyRule) (a alternative, err error) {
	for _, header := range h.GetHeaders() {
		m, err := compileMatcher(header)
		if err != nil {
			return a, &policy.Error{Key: "headers", Err: err}
		}
		a.matchers = append(a.matchers, m)
	}
	for _, match := range h.GetHeaderMatches() {
		m, err := compileHeaderMatch(match)
		if err != nil {
			return a, &policy.Error{Key: "header_matches", Err: err}
		}
		a.actions = append(a.actions, m)
	}
	slices.SortStableFunc(a.matchers, func(a, b *matcher) int { return cmp.Compare(a.condition, b.condition) })
	return a, nil
}

// Matches implements [policy.L7NetworkPolicyRule]. l7 is a *[Request].
func (r *rules) Matches(l7 any) bool {
	q, ok := l7.(*Request)
	if !ok {
		return false
	}
	if r.acts {
		return r.run(q)
	}
	return r.index.find(q) >= 0
}

// Acts implements [policy.Actor].
func (r *rules) Acts() bool { return r.acts }

// run carries out the actions of every alternative whose conditions hold, all of them even after one has said no.
func (r *rules) run(q *Request) (matches bool) {
	for i := range r.alternatives {
		a := &r.alternatives[i]
		if !a.holds(q) {
			continue
		}
		all := true
		for _, action := range a.actions {
			all = action.run(q) && all
		}
		matches = matches || all
	}
	return matches
}

// Merge implements [policy.Merger].
func (r *rules) Merge(list [][]policy.L7NetworkPolicyRule) policy.Finder {
	var all []alternative
	for i, of := range list {
		one, ok := of[0].(*rules)
		if !ok || len(of) > 1 || one.acts {
			return nil
		}
		for _, a := range one.alternatives {
			a.rule = int32(i)
			all = append(all, a)
		}
	}
	return finder{newIndex(all)}
}

// finder finds one of several rules.
type finder struct{ index *index }

// Find implements [policy.Finder].
func (f finder) Find(l7 any) int {
	q, ok := l7.(*Request)
	if !ok {
		return -1
	}
	return f.index.find(q)
}

// FindPart implements [policy.Finder]. A request has one part.
func (f finder) FindPart(l7 any) int { return f.Find(l7) }
