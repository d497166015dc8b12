package npds

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

func Test(t *testing.T) {
	check.TestingT(t)
	goleak.VerifyNone(t)
}

// patience is how long a test waits for what has to come.
const patience = 10 * time.Second

// anything matches any request.
type anything struct{}

func (anything) Matches(any) bool { return true }

// parsers know the parser "words", whose rules have the key word.
var parsers = policy.RuleParsers{
	"words": func(rule *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		var rules []policy.L7NetworkPolicyRule
		for _, entry := range rule.GetL7Rules().GetL7AllowRules() {
			for key, value := range entry.GetRule() {
				if key != "word" {
					return nil, fmt.Errorf("unknown key %q", key)
				}
				if value == "panic" {
					panic("out of order")
				}
			}
			rules = append(rules, anything{})
		}
		return rules, nil
	},
}

// allows reports whether a store allows requests to a port of 10.0.0.1.
func allows(store *policy.Store, port uint16) bool {
	return store.Current().Lookup("10.0.0.1", true, port).Decide(&policy.Request{Parser: "words"}).Allowed
}
