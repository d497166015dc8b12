package policyserver

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/xds"
)

func host(addresses ...string) *cilium.NetworkPolicyHosts {
	return &cilium.NetworkPolicyHosts{HostAddresses: addresses}
}

func TestOldPrefixesStayUntilPoliciesHaveChanged(t *testing.T) {
	const wide, single, taken = identity.ID(1 << 24), identity.ID(1<<24 + 1), identity.ID(1<<24 + 2)
	p := startPublisher(xds.NewCache(&cilium.NetworkPolicy{}), xds.NewCache(&cilium.NetworkPolicyHosts{}))
	defer p.close()
	p.splitHosts(map[identity.ID]*cilium.NetworkPolicyHosts{
		257: host("10.0.0.2"), wide: host("10.1.0.0/16"), single: host("10.0.0.4/32"), taken: host("10.0.0.3/32"),
	})
	early, late := p.splitHosts(map[identity.ID]*cilium.NetworkPolicyHosts{
		256: host("10.0.0.1", "10.0.0.3"), 257: nil, wide: nil, single: nil, taken: nil,
	})
	got := fmt.Sprint(slices.Sorted(maps.Keys(early)))
	if got != "[16777218 256 257]" || early["16777218"] != nil || early["257"] != nil {
		t.Errorf("early: got %v", early)
	}
	if got := fmt.Sprint(slices.Sorted(maps.Keys(late))); got != "[16777216 16777217]" {
		t.Errorf("late: got %v", late)
	}
}
