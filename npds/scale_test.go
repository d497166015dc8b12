package npds

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	_ "github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
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
		EndpointIps: []string{addressOf(endpoint)}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{port},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return packed
}

func addressOf(endpoint int) string {
	return fmt.Sprintf("10.%d.%d.%d", endpoint>>16&0xff, endpoint>>8&0xff, endpoint&0xff)
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// cpuTime is the processor time of this process so far. Unlike the time by the clock, it is not that of other programs.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkStateOfTheWorld puts 100,000 endpoints with ten rules each in force, and tells what one of them takes.
func BenchmarkStateOfTheWorld(b *testing.B) {
	resources := make([]*anypb.Any, manyEndpoints)
	for i := range resources {
		resources[i] = tenRules(b, i)
	}
	used := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		before := inUse()
		used -= cpuTime(b)
		b.StartTimer()
		consumer := newPolicies(new(policy.Store), policy.Registered(), Keep)
		if err := consumer.world(resources).refused; err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		used += cpuTime(b)
		b.ReportMetric(float64(inUse()-before)/manyEndpoints, "bytes/endpoint")
		runtime.KeepAlive(consumer)
		b.StartTimer()
	}
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
}

// BenchmarkChange puts the policy of one of 100,000 endpoints in force again.
func BenchmarkChange(b *testing.B) {
	consumer := newPolicies(new(policy.Store), policy.Registered(), Keep)
	var all []changedResource
	for i := range manyEndpoints {
		all = append(all, changedResource{addressOf(i), "1", tenRules(b, i)})
	}
	if err := consumer.change(all, nil).refused; err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if err := consumer.change(all[i%manyEndpoints:i%manyEndpoints+1], nil).refused; err != nil {
			b.Fatal(err)
		}
	}
}

// keyed is a get of a key, as the rules of memcache see it.
type keyed struct{ command, key []byte }

func (k *keyed) Value(field, _ int) (proxylib.Value, int) {
	if field == 0 {
		return proxylib.Text(k.command), 0
	}
	return proxylib.Text(k.key), 0
}

// BenchmarkMatchAmongMany asks another of 100,000 endpoints each time, as the first request of a connection does.
func BenchmarkMatchAmongMany(b *testing.B) {
	store := new(policy.Store)
	consumer := newPolicies(store, policy.Registered(), Keep)
	resources, names := make([]*anypb.Any, manyEndpoints), make([]string, manyEndpoints)
	for i := range resources {
		resources[i], names[i] = tenRules(b, i), addressOf(i)
	}
	if err := consumer.world(resources).refused; err != nil {
		b.Fatal(err)
	}
	request := policy.Request{RemoteID: 257, Parser: "memcache", L7: &keyed{[]byte("get"), []byte("tenant-7/key")}}
	b.ReportAllocs()
	runtime.GC()
	used := cpuTime(b)
	for i := 0; b.Loop(); i++ {
		if !store.Current().Lookup(names[i*7919%manyEndpoints], true, 11211).Decide(&request).Allowed {
			b.Fatal("denied")
		}
	}
	b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
}

// BenchmarkMatchWhileTheWorldChanges measures matching on a connection while 100,000 endpoints with ten rules each are put
// in force again and again. p99-ns is what 99 of 100 matches do not take longer than, reading the clock included.
func BenchmarkMatchWhileTheWorldChanges(b *testing.B) {
	store := new(policy.Store)
	consumer := newPolicies(store, policy.Registered(), Keep)
	resources := make([]*anypb.Any, manyEndpoints)
	for i := range resources {
		resources[i] = tenRules(b, i)
	}
	put := func() {
		if err := consumer.world(resources).refused; err != nil {
			b.Error(err)
		}
	}
	put()
	connection, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: store}), "memcache", host.ConnectionInfo{
		Ingress: true, SrcId: 256, PolicyName: addressOf(7), SrcAddr: "10.9.9.9:1", DstAddr: addressOf(7) + ":11211",
	})
	if err != nil {
		b.Fatal(err)
	}
	stop, swaps := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				swaps <- n
				return
			default:
				put()
				n++
			}
		}
	}()
	request := &keyed{[]byte("get"), []byte("tenant-7/key")}
	var times histogram
	for b.Loop() {
		start := time.Now()
		if !connection.Matches(request) {
			b.Fatal("denied")
		}
		times.add(time.Since(start))
	}
	close(stop)
	b.ReportMetric(float64(<-swaps), "swaps")
	b.ReportMetric(times.quantile(0.5), "p50-ns")
	b.ReportMetric(times.quantile(0.99), "p99-ns")
	b.ReportMetric(times.quantile(0.9999), "p99.99-ns")
}

// histogram counts durations, each to 20 ns, and those above 200 µs together.
type histogram struct {
	counts [10_001]int
	total  int
}

func (h *histogram) add(d time.Duration) {
	h.counts[min(int(d/20), len(h.counts)-1)]++
	h.total++
}

// quantile returns the time, in nanoseconds, that a share of the durations does not exceed.
func (h *histogram) quantile(share float64) float64 {
	seen := 0
	for i, n := range h.counts {
		if seen += n; float64(seen) >= share*float64(h.total) {
			return float64(20 * (i + 1))
		}
	}
	return float64(20 * len(h.counts))
}
