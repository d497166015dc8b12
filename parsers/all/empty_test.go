package all_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// bare is a request without any value: no condition is met by it.
type bare struct{}

func (bare) Value(int, int) (proxylib.Value, int) { return proxylib.NoValue, 0 }

// allows reports whether an L7 rule with these keys allows a request, as a policy server or a document has them.
func allows(parser string, keys map[string]string, l7 any, compiler *policy.Compiler) (bool, error) {
	err := compiler.Add(&cilium.NetworkPolicy{
		EndpointIps: []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: []*cilium.PortNetworkPolicyRule{{
			L7Proto: parser, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: keys}},
			}},
		}}}},
	})
	if err != nil {
		return false, err
	}
	rules := compiler.Snapshot().Lookup("10.0.0.1", true, 80)
	return rules.Decide(&policy.Request{Parser: parser, L7: l7}).Allowed, nil
}

func TestAnEmptyValueMeansAnyFromAPolicyServerAndIsRefusedInDocuments(t *testing.T) {
	parsers := policy.Registered()
	for parser := range parsers {
		keys, l7 := []string{"prefix", "contains", "suffix"}, any([]byte("line"))
		if protocol := proxylib.Registered(parser); protocol.RuleKeys != nil {
			keys, l7 = nil, bare{}
			for _, key := range protocol.RuleKeys {
				if !key.Implied {
					keys = append(keys, key.Name)
				}
			}
		}
		for _, key := range keys {
			rule := map[string]string{key: ""}
			if allowed, err := allows(parser, rule, l7, policy.NewCompiler(parsers).AllowEmptyValues()); !allowed || err != nil {
				t.Errorf("%s, from a policy server: %v: allowed %v, %v", parser, rule, allowed, err)
			}
			_, err := allows(parser, rule, l7, policy.NewCompiler(parsers))
			if want := "rule 0: key " + key + ": is empty"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, in a document: %v: %v, want %s", parser, rule, err, want)
			}
		}
		for _, compiler := range []*policy.Compiler{policy.NewCompiler(parsers).AllowEmptyValues(), policy.NewCompiler(parsers)} {
			_, err := allows(parser, map[string]string{"no such key": ""}, l7, compiler)
			if err == nil || strings.Contains(err.Error(), "is empty") {
				t.Errorf("%s: an unknown key without a value: %v", parser, err)
			}
		}
	}
	if len(parsers) < 3 {
		t.Errorf("only %d parsers have rules", len(parsers))
	}
}
