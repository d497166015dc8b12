package policyserver

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policyserver/compile"
	"github.com/proxylib/proxylib/policyserver/identity"
	"github.com/proxylib/proxylib/policyserver/xds"
)

// settleTime bounds the wait for proxies between the steps of a publication.
const settleTime = 2 * time.Second

// publisher hands results to proxies. Policies and hosts travel on streams of their own, so a publication has steps: at
// no time may an address fall back to the identity of a wider prefix while policies still, or already, except it. First
// come the new hosts, with the old prefixes kept; then the policies; then the old prefixes go. Each step waits, for a
// bounded time, until the proxies have answered.
type publisher struct {
	policies, hosts *xds.Cache
	before          map[identity.ID]*cilium.NetworkPolicyHosts

	mu     sync.Mutex
	target target
	nudge  chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
}

// target is what has to be published.
type target struct {
	revision uint64
	result   *compile.Result
}

func startPublisher(policies, hosts *xds.Cache) *publisher {
	ctx, cancel := context.WithCancel(context.Background())
	p := &publisher{
		policies: policies, hosts: hosts, nudge: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}),
	}
	go p.run(ctx)
	return p
}

// publish sets what has to be published. A result that was not yet handed out is skipped.
func (p *publisher) publish(revision uint64, result *compile.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target{revision, result}
	select {
	case p.nudge <- struct{}{}:
	default:
	}
}

// close stops publishing and waits until that is done.
func (p *publisher) close() {
	p.cancel()
	<-p.done
}

func (p *publisher) run(ctx context.Context) {
	defer close(p.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.nudge:
		}
		p.mu.Lock()
		t := p.target
		p.mu.Unlock()
		p.step(ctx, t)
	}
}

// step carries out one publication. Resources that were compiled can always be encoded, so a failure is a fault of the
// program.
func (p *publisher) step(ctx context.Context, t target) {
	version := strconv.FormatUint(t.revision, 10)
	between := keepPrefixes(p.before, t.result.Hosts)
	must(p.hosts.Update(version, hostMessages(between)))
	p.settle(ctx, p.hosts)
	messages := make(map[string]proto.Message, len(t.result.Policies))
	for name, resource := range t.result.Policies {
		messages[name] = resource
	}
	must(p.policies.Update(version, messages))
	if p.before = t.result.Hosts; len(between) > len(t.result.Hosts) {
		p.settle(ctx, p.policies)
		must(p.hosts.Update(version, hostMessages(t.result.Hosts)))
	}
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("policyserver: publish: %v", err))
	}
}

func (p *publisher) settle(ctx context.Context, c *xds.Cache) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	c.Settle(ctx)
}

// keepPrefixes returns the new hosts together with the prefixes of the old ones. What is now the address of an endpoint
// is the endpoint's.
func keepPrefixes(old, new map[identity.ID]*cilium.NetworkPolicyHosts) map[identity.ID]*cilium.NetworkPolicyHosts {
	kept := map[identity.ID]*cilium.NetworkPolicyHosts{}
	for id, host := range old {
		if new[id] == nil && identity.OfPrefix(id) {
			kept[id] = host
		}
	}
	if len(kept) == 0 {
		return new
	}
	owned := map[string]bool{}
	for _, host := range new {
		for _, text := range host.GetHostAddresses() {
			owned[text] = true
		}
	}
	for id, host := range kept {
		prefix, err := netip.ParsePrefix(host.GetHostAddresses()[0])
		if err != nil || prefix.IsSingleIP() && owned[prefix.Addr().String()] {
			delete(kept, id)
		}
	}
	maps.Copy(kept, new)
	return kept
}

func hostMessages(hosts map[identity.ID]*cilium.NetworkPolicyHosts) map[string]proto.Message {
	messages := make(map[string]proto.Message, len(hosts))
	for id, host := range hosts {
		messages[strconv.FormatUint(uint64(id), 10)] = host
	}
	return messages
}
