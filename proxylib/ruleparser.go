package proxylib

import (
	"reflect"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// PortNetworkPolicyRule is the rule, in wire form, from which a rule parser makes its L7 rules.
type PortNetworkPolicyRule = cilium.PortNetworkPolicyRule

// L7NetworkPolicyRule is one compiled L7 rule; see [policy.L7NetworkPolicyRule].
type L7NetworkPolicyRule = policy.L7NetworkPolicyRule

// L7RuleParser is the announced form of a rule parser; see [RuleParserFunc].
type L7RuleParser func(*PortNetworkPolicyRule) []L7NetworkPolicyRule

// RuleParserFunc is the type of a rule parser, in either of two forms. Both get a rule whose l7 field has what to compile, and
// return one [L7NetworkPolicyRule] for each entry of it, of which one has to match. None at all matches every request. The
// first form refuses a rule by calling [ParseError], the second by returning an error.
type RuleParserFunc interface {
	~func(*PortNetworkPolicyRule) []L7NetworkPolicyRule | ~func(*PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error)
}

// RegisterL7RuleParser makes a rule parser known for the rules whose l7_proto is name, for a protocol that is registered
// without rule keys. It is meant to be called from an init function; a name that is taken is a programming error and panics.
//
// Rules that deny need nothing of a rule parser: the framework hands it l7_deny_rules in the place of l7_allow_rules. It
// must make a rule of them.
func RegisterL7RuleParser[F RuleParserFunc](name string, parse F) {
	policy.RegisterL7RuleParser(name, ruleParserOf(parse))
}

// ruleParserOf returns a rule parser in the form that the policy has.
func ruleParserOf(parse any) policy.RuleParser {
	withError := reflect.TypeFor[policy.RuleParser]()
	if v := reflect.ValueOf(parse); v.CanConvert(withError) {
		return v.Convert(withError).Interface().(policy.RuleParser)
	}
	announced := reflect.ValueOf(parse).Convert(reflect.TypeFor[L7RuleParser]()).Interface().(L7RuleParser)
	return func(rule *PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) { return announced(rule), nil }
}

// ParseError refuses the rule that is being parsed, and with it the whole policy update. It does not return.
func ParseError(reason string, config any) { policy.ParseError(reason, config) }
