package compat

import (
	"errors"
	"testing"

	"github.com/cilium/cilium/pkg/envoy/xds"
)

// verdictsOf are those of a library on all policies, which the agent serves one after the other.
func verdictsOf(t *testing.T, library string) (verdicts []verdict) {
	at := newSockets(t)
	agent, h := startAgent(t, at.xds), load(t, library)
	h.open(at)
	for _, c := range policyCases {
		policy := policyOf(t, `{"endpoint_ips": ["10.0.0.1"], "ingress_per_port_policies": [`+c.ports+`]}`)
		err := agent.put("1", policy)
		var nack *xds.ProxyError
		switch {
		case errors.As(err, &nack):
			verdicts = append(verdicts, refused)
		case err != nil:
			t.Fatalf("%s: %v", c.name, err)
		case halts(t, h):
			verdicts = append(verdicts, allowed)
		default:
			verdicts = append(verdicts, denied)
		}
	}
	return verdicts
}

func TestPoliciesMeanWhatTheyMeanWithUpstreamButForKnownDifferences(t *testing.T) {
	ours, upstream := verdictsOf(t, built.ours), verdictsOf(t, built.upstream)
	for i, c := range policyCases {
		if ours[i] != c.ours || upstream[i] != c.upstream {
			t.Errorf("%s: ours %s, upstream %s; listed %s and %s", c.name, ours[i], upstream[i], c.ours, c.upstream)
		}
		if (c.ours != c.upstream) != (c.reason != "") {
			t.Errorf("%s: a difference has a reason, and nothing else has", c.name)
		}
	}
}
