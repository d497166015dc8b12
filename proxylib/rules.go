package proxylib

import (
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// PortNetworkPolicyRule is the rule, in wire form, from which a rule parser makes its L7 rules.
type PortNetworkPolicyRule = cilium.PortNetworkPolicyRule

// L7NetworkPolicyRule is one compiled L7 rule; see [policy.L7NetworkPolicyRule].
type L7NetworkPolicyRule = policy.L7NetworkPolicyRule

// RuleParserFunc is the shape of a rule parser, in either of two forms. Both get a rule whose l7 field holds what to
// compile, and answer one [L7NetworkPolicyRule] for each entry of it, alternatives of which one has to match. The
// first form refuses a rule by calling [ParseError], the second by answering an error.
type RuleParserFunc interface {
	func(*PortNetworkPolicyRule) []L7NetworkPolicyRule | func(*PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error)
}

// RegisterL7RuleParser makes a rule parser known for the rules whose l7_proto is name. It is meant to be called from an
// init function; a name that is taken is a programming error and panics.
//
// Deny rules need nothing of a rule parser: the framework hands it l7_deny_rules in the place of l7_allow_rules.
func RegisterL7RuleParser[F RuleParserFunc](name string, parse F) {
	switch parse := any(parse).(type) {
	case func(*PortNetworkPolicyRule) []L7NetworkPolicyRule:
		policy.RegisterL7RuleParser(name, func(rule *PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
			return parse(rule), nil
		})
	case func(*PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error):
		policy.RegisterL7RuleParser(name, parse)
	}
}

// ParseError refuses the rule that is being parsed, and with it the whole policy update. It does not return.
func ParseError(reason string, config any) { policy.ParseError(reason, config) }
