package policy

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
)

// prefixes is an L7 rule that can be merged: alternatives of what a request begins with.
type prefixes []string

func (p prefixes) Matches(l7 any) bool {
	return slices.ContainsFunc(p, func(prefix string) bool { return strings.HasPrefix(l7.(string), prefix) })
}

func (p prefixes) Merge(rules [][]L7NetworkPolicyRule) Finder { return finder(rules) }

type finder [][]L7NetworkPolicyRule

func (f finder) Find(l7 any) int {
	return slices.IndexFunc(f, func(list []L7NetworkPolicyRule) bool { return list[0].Matches(l7) })
}

func (f finder) FindPart(l7 any) int {
	return slices.IndexFunc(f, func(list []L7NetworkPolicyRule) bool { return covers(list[0], l7, true) })
}

// randomParsers hold a parser whose rules can be merged, and one whose rules cannot.
var randomParsers = RuleParsers{
	"words": words["words"],
	"merge": func(rule *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		var p prefixes
		for _, entry := range rule.GetL7Rules().GetL7AllowRules() {
			p = append(p, entry.GetRule()["word"])
		}
		return []L7NetworkPolicyRule{&p}, nil
	},
}

func randomL7(r *rand.Rand) []*cilium.L7NetworkPolicyRule {
	var rules []*cilium.L7NetworkPolicyRule
	for range r.IntN(3) {
		rules = append(rules, &cilium.L7NetworkPolicyRule{Rule: map[string]string{"word": []string{"", "a", "ab", "b"}[r.IntN(4)]}})
	}
	return rules
}

func randomRule(r *rand.Rand, parser string, n int) *cilium.PortNetworkPolicyRule {
	rule := &cilium.PortNetworkPolicyRule{Name: fmt.Sprint(n), Precedence: uint32(r.IntN(3)) * 10, ProxyId: uint32(r.IntN(8) / 7)}
	for range r.IntN(3) {
		rule.RemotePolicies = append(rule.RemotePolicies, uint32(r.IntN(4)))
	}
	switch r.IntN(6) {
	case 0:
		rule.Verdict = &cilium.PortNetworkPolicyRule_Deny{Deny: true}
	case 1:
		rule.Verdict = &cilium.PortNetworkPolicyRule_PassPrecedence{PassPrecedence: rule.Precedence / 20 * 10}
	}
	if r.IntN(3) == 0 {
		return rule
	}
	rule.L7Proto = parser
	l7 := &cilium.L7NetworkPolicyRules{L7AllowRules: randomL7(r)}
	if rule.Verdict == nil {
		l7.L7DenyRules = randomL7(r)
	}
	rule.L7 = &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: l7}
	return rule
}

func randomPolicy(r *rand.Rand) *cilium.NetworkPolicy {
	p := &cilium.NetworkPolicy{EndpointIps: []string{"10.0.0.1"}}
	parser := []string{"words", "merge"}[r.IntN(2)]
	for range 1 + r.IntN(3) {
		entry := &cilium.PortNetworkPolicy{Port: uint32(79 + r.IntN(3))}
		if r.IntN(3) == 0 {
			entry.EndPort = entry.Port + uint32(r.IntN(3))
		}
		if r.IntN(5) == 0 {
			entry.Port, entry.EndPort = 0, 0
		}
		for i := range r.IntN(6) {
			entry.Rules = append(entry.Rules, randomRule(r, parser, i))
		}
		p.IngressPerPortPolicies = append(p.IngressPerPortPolicies, entry)
	}
	return p
}

// said is one thing that a rule says: of rules with L7 deny rules there are two.
type said struct {
	rule *cilium.PortNetworkPolicyRule
	kind kind
	l7   []*cilium.L7NetworkPolicyRule
}

// slowly decides straight from the resource. allowed is the verdict and names are the rules that it may come from.
func slowly(p *cilium.NetworkPolicy, port uint16, q Request) (allowed bool, names []string) {
	all := everythingSaid(p, port)
	slices.SortStableFunc(all, func(a, b said) int {
		if a.rule.Precedence != b.rule.Precedence {
			return cmp.Compare(b.rule.Precedence, a.rule.Precedence)
		}
		return cmp.Compare(a.kind, b.kind)
	})
	below := uint32(1000)
	for i, s := range all {
		if s.rule.Precedence >= below || !s.covers(q) {
			continue
		}
		if s.kind == pass {
			below = s.rule.GetPassPrecedence()
			continue
		}
		for _, other := range all[i:] {
			if other.kind == s.kind && other.rule.Precedence == s.rule.Precedence && other.covers(q) {
				names = append(names, other.rule.Name)
			}
		}
		return s.kind == allow, names
	}
	return false, []string{""}
}

func everythingSaid(p *cilium.NetworkPolicy, port uint16) []said {
	var all []said
	for _, entry := range p.IngressPerPortPolicies {
		last := max(entry.Port, entry.EndPort)
		if entry.Port != 0 && (uint32(port) < entry.Port || uint32(port) > last) {
			continue
		}
		if len(entry.Rules) == 0 {
			all = append(all, said{&cilium.PortNetworkPolicyRule{}, allow, nil})
		}
		for _, rule := range entry.Rules {
			s := said{rule, allow, rule.GetL7Rules().GetL7AllowRules()}
			switch rule.Verdict.(type) {
			case *cilium.PortNetworkPolicyRule_Deny:
				s.kind = deny
			case *cilium.PortNetworkPolicyRule_PassPrecedence:
				s.kind = pass
			}
			all = append(all, s)
			if denied := rule.GetL7Rules().GetL7DenyRules(); len(denied) > 0 {
				all = append(all, said{rule, deny, denied})
			}
		}
	}
	return all
}

func (s said) covers(q Request) bool {
	r := s.rule
	if r.ProxyId != 0 && r.ProxyId != q.ProxyID {
		return false
	}
	if len(r.RemotePolicies) > 0 && (q.RemoteID == 0 || !slices.Contains(r.RemotePolicies, q.RemoteID)) {
		return false
	}
	if len(s.l7) == 0 {
		return r.L7Proto == "" || s.kind == deny || r.L7Proto == q.Parser
	}
	return r.L7Proto == q.Parser && slices.ContainsFunc(s.l7, func(e *cilium.L7NetworkPolicyRule) bool {
		return strings.HasPrefix(q.L7.(string), e.GetRule()["word"])
	})
}

func TestDecisionsAreThoseOfASlowEvaluation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	decisions := 0
	for decisions < 200_000 {
		p := randomPolicy(r)
		compiler := NewCompiler(randomParsers).AllowEmptyValues()
		if err := compiler.Add(p); err != nil {
			if !strings.Contains(err.Error(), "have different values of pass_precedence") {
				t.Fatalf("%v: %v", p, err)
			}
			continue
		}
		snapshot := compiler.Snapshot()
		for range 50 {
			q := Request{
				RemoteID: uint32(r.IntN(4)), ProxyID: uint32(r.IntN(2)), Parser: []string{"words", "merge"}[r.IntN(2)],
				L7: []string{"", "a", "abc", "b", "c"}[r.IntN(5)],
			}
			port := uint16(78 + r.IntN(6))
			got := snapshot.Lookup("10.0.0.1", true, port).Decide(&q)
			allowed, names := slowly(p, port, q)
			if got.Allowed != allowed || !slices.Contains(names, got.Rule) {
				t.Fatalf("port %d, %+v: got %+v, want %v by one of %q\n%v", port, q, got, allowed, names, p)
			}
			decisions++
		}
	}
}
