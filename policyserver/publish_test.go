package policyserver

import (
	"slices"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policyserver/identity"
)

func TestOldPrefixesStayUntilPoliciesHaveChanged(t *testing.T) {
	const first, second, third = identity.ID(1 << 24), identity.ID(1<<24 + 1), identity.ID(1<<24 + 2)
	host := func(addresses ...string) *cilium.NetworkPolicyHosts {
		return &cilium.NetworkPolicyHosts{HostAddresses: addresses}
	}
	old := map[identity.ID]*cilium.NetworkPolicyHosts{
		256: host("10.0.0.1"), 257: host("10.0.0.2"), first: host("10.1.0.0/16"), second: host("10.0.0.3/32"), third: host("10.2.0.0/16"),
	}
	next := map[identity.ID]*cilium.NetworkPolicyHosts{256: host("10.0.0.1", "10.0.0.3"), third: host("10.2.0.0/16")}
	got := keepPrefixes(old, next)
	var kept []identity.ID
	for id := range got {
		kept = append(kept, id)
	}
	if slices.Sort(kept); !slices.Equal(kept, []identity.ID{256, first, third}) || got[256] != next[256] {
		t.Errorf("got %v", kept)
	}
}
