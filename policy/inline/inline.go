package inline

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// Policy is a policy that a host's configuration holds itself: which requests of one parser pass, whoever sends them, and
// whichever address and port they go to.
type Policy struct {
	// Allow is a policy for everybody: a list of rules, each an object of keys and texts, of which one has to cover a request;
	// {} covers any. "all" in the place of the list allows every request.
	Allow json.RawMessage `json:"allow,omitempty"`
	// Deny is a list of rules that deny, whatever Allow says.
	Deny json.RawMessage `json:"deny,omitempty"`
}

// allowAll takes the place of a list of rules.
const allowAll = `"all"`

// ruleName is the name by which access logs know what an inline policy decides.
const ruleName = "inline"

// Given reports whether there is such a policy, right or wrong.
func (i Policy) Given() bool { return i.Allow != nil || i.Deny != nil }

// Compile compiles policies by the names of their parsers. Each is the policy of all connections with its parser; other
// parsers are denied everything. The error is a [*policy.Error] with field, rule and key.
func Compile(policies map[string]Policy, parsers policy.RuleParsers) (*policy.Snapshot, error) {
	parsers = maps.Clone(parsers)
	var ports []*cilium.PortNetworkPolicy
	for _, parser := range slices.Sorted(maps.Keys(policies)) {
		rule, err := policies[parser].rule(parser)
		if err != nil {
			return nil, err
		}
		if parsers[parser] == nil {
			parsers[parser] = refuseRules(parser)
		}
		ports = append(ports, &cilium.PortNetworkPolicy{Rules: []*cilium.PortNetworkPolicyRule{rule}})
	}
	resource := &cilium.NetworkPolicy{
		// A resource needs an address, by which this one is not looked up.
		EndpointIps: []string{"0.0.0.0"}, IngressPerPortPolicies: ports, EgressPerPortPolicies: ports,
	}
	e, err := policy.NewCompiler(parsers).Endpoint(resource)
	if err != nil {
		return nil, inOneForm(policy.ErrorOf(err))
	}
	return policy.Everywhere(e), nil
}

// refuseRules returns the rule parser of a parser that has none.
func refuseRules(parser string) policy.RuleParser {
	return func(*cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		return nil, fmt.Errorf("%s has no rule keys: write allow: all", parser)
	}
}

// inOneForm names the field as an inline policy does.
func inOneForm(err *policy.Error) *policy.Error {
	named := err.InRule()
	switch named.Field {
	case "l7_allow_rules":
		named.Field = "allow"
	case "l7_deny_rules":
		named.Field = "deny"
	}
	return named
}

// rule returns the policy as a rule about a parser.
func (i Policy) rule(parser string) (*cilium.PortNetworkPolicyRule, error) {
	if i.Allow == nil {
		return nil, &policy.Error{
			Field: "allow", Err: fmt.Errorf("is missing for %s: write allow: all for what no rule denies", parser),
		}
	}
	var allowed, denied []*cilium.L7NetworkPolicyRule
	var err error
	if everything := string(i.Allow) == allowAll; !everything {
		if allowed, err = rulesOf(parser, "allow", i.Allow); err != nil {
			return nil, err
		}
	}
	if i.Deny != nil {
		if denied, err = rulesOf(parser, "deny", i.Deny); err != nil {
			return nil, err
		}
	}
	rule := &cilium.PortNetworkPolicyRule{Name: ruleName, L7Proto: parser}
	if len(allowed)+len(denied) > 0 {
		rule.L7 = &cilium.PortNetworkPolicyRule_L7Rules{
			L7Rules: &cilium.L7NetworkPolicyRules{L7AllowRules: allowed, L7DenyRules: denied},
		}
	}
	return rule, nil
}

// rulesOf decodes a list that must not be empty: what is cut short or was forgotten must not allow or deny more.
func rulesOf(parser, field string, text json.RawMessage) (rules []*cilium.L7NetworkPolicyRule, err error) {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil || len(items) == 0 {
		return nil, &policy.Error{
			Field: field, Err: fmt.Errorf("want a list of rules for %s: write [{}] for every request", parser),
		}
	}
	for i, item := range items {
		var keys map[string]any
		if err := json.Unmarshal(item, &keys); err != nil || keys == nil {
			return nil, &policy.Error{
				Field: field, Parser: parser, Entry: strconv.Itoa(i), Err: errors.New("want keys and values: write {} for every request"),
			}
		}
		rule := &cilium.L7NetworkPolicyRule{Rule: make(map[string]string, len(keys))}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			value, isText := keys[key].(string)
			if !isText {
				return nil, &policy.Error{
					Field: field, Parser: parser, Entry: strconv.Itoa(i), Key: key, Err: errors.New("want a text: put it in quotes"),
				}
			}
			rule.Rule[key] = value
		}
		rules = append(rules, rule)
	}
	return rules, nil
}
