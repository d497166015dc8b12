package parsertest

import (
	"fmt"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// askedRule is an L7 rule that counts what it is asked about, and allows all of it or nothing.
type askedRule struct {
	protocol *proxylib.Protocol
	allows   bool
	asked    int
}

// Matches implements [proxylib.L7NetworkPolicyRule].
func (r *askedRule) Matches(l7 any) bool {
	if r.isUnknown(l7) {
		return false
	}
	r.asked++
	return r.allows
}

// isUnknown reports whether the question is about no request but about the rules, such as that of Connection.Unrestricted: it
// has no value at all.
func (r *askedRule) isUnknown(l7 any) bool {
	subject, ok := l7.(proxylib.Subject)
	if !ok || r.protocol.RuleKeys == nil {
		return false
	}
	for _, key := range r.protocol.RuleKeys {
		if value, _ := subject.Value(key.Field, 0); value.String() != "" {
			return false
		}
	}
	return true
}

// verdictsHaveEntries plays the transcripts under rules that allow everything and under such that allow nothing, and counts
// questions and entries.
func (k *conformance) verdictsHaveEntries() error {
	for _, s := range k.scripts {
		for _, allows := range []bool{true, false} {
			rule := &askedRule{protocol: k.Protocol, allows: allows}
			parsers := policy.RuleParsers{k.Name: func(*proxylib.PortNetworkPolicyRule) ([]proxylib.L7NetworkPolicyRule, error) {
				return []proxylib.L7NetworkPolicyRule{rule}, nil
			}}
			snapshot, err := compilePolicy(k.Name, "allow", parsers)
			if err != nil {
				return err
			}
			// An entry that waits for the reply comes later than the operation.
			played := s.logging(accesslog.Requests).under(snapshot)
			played.asked = &rule.asked
			for _, how := range played.short() {
				got := played.play(s.hosts[0], how)
				if got.unlogged != "" {
					return fmt.Errorf("%s, %s: %s\n  transcript: %s\n%s", s.hosts[0].name, how.name, got.unlogged, inOneLine(s.steps), got.describe())
				}
			}
		}
	}
	return nil
}
