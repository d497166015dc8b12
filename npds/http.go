//go:build !wasip1

package npds

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
)

// CompileHTTP compiles a policy for HTTP that a host's configuration holds itself. Its rules are those of rules.http in a
// CiliumNetworkPolicy. It is the policy of all requests.
func CompileHTTP(p Inline, parsers policy.RuleParsers) (*policy.Snapshot, error) {
	if p.Allow == nil {
		return nil, errors.New("allow: is missing: write allow: all for what no rule denies")
	}
	allow := &cilium.PortNetworkPolicyRule{Name: "inline"}
	if string(p.Allow) != `"`+allowAll+`"` {
		if err := setHTTP(allow, "allow", p.Allow); err != nil {
			return nil, err
		}
	}
	rules := []*cilium.PortNetworkPolicyRule{allow}
	if p.Deny != nil {
		deny := &cilium.PortNetworkPolicyRule{Name: "inline", Verdict: &cilium.PortNetworkPolicyRule_Deny{Deny: true}}
		if err := setHTTP(deny, "deny", p.Deny); err != nil {
			return nil, err
		}
		rules = append(rules, deny)
	}
	ports := []*cilium.PortNetworkPolicy{{Rules: rules}}
	e, err := policy.NewCompiler(parsers).Endpoint(&cilium.NetworkPolicy{
		// A resource needs an address, by which this one is not looked up.
		EndpointIps: []string{"0.0.0.0"}, IngressPerPortPolicies: ports, EgressPerPortPolicies: ports,
	})
	if err != nil {
		return nil, policy.ErrorOf(err).InRule()
	}
	return policy.Everywhere(e), nil
}

func setHTTP(rule *cilium.PortNetworkPolicyRule, field string, text json.RawMessage) error {
	list, err := cnp.DecodeHTTPRules(text)
	if err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	rule.L7 = &cilium.PortNetworkPolicyRule_HttpRules{HttpRules: compile.HTTPRules(list)}
	return nil
}
