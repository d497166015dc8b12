package npds

import (
	"fmt"
	"runtime"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	_ "github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/policy"
)

const manyEndpoints = 100_000

// tenRules is the policy of an endpoint: ten rules for memcache, each with a name and a prefix of its own.
func tenRules(tb testing.TB, endpoint int) *anypb.Any {
	tb.Helper()
	port := &cilium.PortNetworkPolicy{Port: 11211}
	for i := range 10 {
		port.Rules = append(port.Rules, &cilium.PortNetworkPolicyRule{
			Name: fmt.Sprintf("default/cache-%d ingress[%d]", endpoint, i), RemotePolicies: []uint32{256, 257},
			L7Proto: "memcache", L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{
					{Rule: map[string]string{"command": "get", "keyPrefix": fmt.Sprintf("tenant-%d/", i)}},
				},
			}},
		})
	}
	packed, err := anypb.New(&cilium.NetworkPolicy{
		EndpointIps: []string{address(endpoint)}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{port},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return packed
}

func address(endpoint int) string {
	return fmt.Sprintf("10.%d.%d.%d", endpoint>>16&0xff, endpoint>>8&0xff, endpoint&0xff)
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// BenchmarkStateOfTheWorld puts 100,000 endpoints with ten rules each in force, and tells what one of them takes.
func BenchmarkStateOfTheWorld(b *testing.B) {
	resources := make([]*anypb.Any, manyEndpoints)
	for i := range resources {
		resources[i] = tenRules(b, i)
	}
	for b.Loop() {
		before := inUse()
		b.ResetTimer()
		consumer := newPolicies(new(policy.Store), policy.Registered())
		if err := consumer.world(resources); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(inUse()-before)/manyEndpoints, "bytes/endpoint")
		runtime.KeepAlive(consumer)
		b.StartTimer()
	}
}

// BenchmarkChange puts the policy of one of 100,000 endpoints in force anew.
func BenchmarkChange(b *testing.B) {
	consumer := newPolicies(new(policy.Store), policy.Registered())
	var all []*discovery.Resource
	for i := range manyEndpoints {
		all = append(all, &discovery.Resource{Name: address(i), Version: "1", Resource: tenRules(b, i)})
	}
	if err := consumer.change(all, nil); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if err := consumer.change(all[i%manyEndpoints:i%manyEndpoints+1], nil); err != nil {
			b.Fatal(err)
		}
	}
}
