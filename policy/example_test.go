package policy_test

import (
	"fmt"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// verb is a rule that allows one verb. Requests of its protocol are their verbs.
type verb string

func (v verb) Matches(request any) bool { return request == string(v) }

// A policy is compiled once; decisions are made from the snapshot, by as many threads as there are.
func ExamplePortRules_Decide() {
	parsers := policy.RuleParsers{"greeting": func(rule *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		var rules []policy.L7NetworkPolicyRule
		for i, entry := range rule.GetL7Rules().GetL7AllowRules() {
			name, known := entry.GetRule()["verb"]
			if !known {
				return nil, policy.InEntry(i, &policy.Error{Key: "verb", Err: fmt.Errorf("is missing")})
			}
			rules = append(rules, verb(name))
		}
		return rules, nil
	}}
	snapshot, err := policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps: []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{
			Port: 4000,
			Rules: []*cilium.PortNetworkPolicyRule{{
				Name: "web may say hello", RemotePolicies: []uint32{300}, L7Proto: "greeting",
				L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
					L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"verb": "hello"}}},
				}},
			}},
		}},
	}}, parsers)
	if err != nil {
		panic(err)
	}

	rules := snapshot.Lookup("10.0.0.1", true, 4000)
	for _, request := range []policy.Request{
		{RemoteID: 300, Parser: "greeting", L7: "hello"},
		{RemoteID: 300, Parser: "greeting", L7: "goodbye"},
		{RemoteID: 301, Parser: "greeting", L7: "hello"},
	} {
		verdict := rules.Decide(&request)
		fmt.Printf("%d says %s: %t (%s%s)\n", request.RemoteID, request.L7, verdict.Allowed, verdict.Rule, verdict.Reason)
	}
	// Output:
	// 300 says hello: true (web may say hello)
	// 300 says goodbye: false (no rule)
	// 301 says hello: false (no rule)
}

// An error says which part of a policy is wrong.
func ExampleError() {
	_, err := policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps:            []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, EndPort: 79}},
	}}, nil)
	fmt.Println(err)
	fmt.Println(policy.ErrorOf(err).Field)
	// Output:
	// policy of endpoint 10.0.0.1 (id 0): ingress port 80-79: end_port: is below port
	// end_port
}
