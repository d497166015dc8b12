package policyserver

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/xds"
)

// settleTime bounds the wait for proxies between the steps of a publication, and for the reply of each of them.
const settleTime = 2 * time.Second

// publisher hands what is compiled to proxies. Policies and hosts travel on streams of their own, so a publication has
// steps: at no time may an address fall back to the identity of a wider prefix while policies still, or already, except
// it. First come the new hosts, with the old prefixes retained; then the policies; then the old prefixes are removed. Each step
// waits, for a bounded time, until the proxies have replied.
type publisher struct {
	policies, hosts *xds.Cache
	// singles are the published prefixes that are one address each.
	singles map[identity.ID]string

	mu sync.Mutex
	// pending is what has not been published yet, revision what it leads to.
	pending  *compile.Changed
	revision uint64
	nudge    chan struct{}
	cancel   context.CancelFunc
	done     chan struct{}
}

func startPublisher(policies, hosts *xds.Cache) *publisher {
	ctx, cancel := context.WithCancel(context.Background())
	p := &publisher{
		policies: policies, hosts: hosts, singles: map[identity.ID]string{},
		nudge: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}),
	}
	go p.run(ctx)
	return p
}

// publish adds what is to be published.
func (p *publisher) publish(revision uint64, changed *compile.Changed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.revision = revision; p.pending == nil {
		p.pending = &compile.Changed{
			Policies: map[string]*cilium.NetworkPolicy{}, Hosts: map[identity.ID]*cilium.NetworkPolicyHosts{},
		}
	}
	maps.Copy(p.pending.Policies, changed.Policies)
	maps.Copy(p.pending.Hosts, changed.Hosts)
	select {
	case p.nudge <- struct{}{}:
	default:
	}
}

// take removes and returns what is to be published; nil where there is nothing.
func (p *publisher) take() (version string, pending *compile.Changed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pending, p.pending = p.pending, nil
	return strconv.FormatUint(p.revision, 10), pending
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
		if version, pending := p.take(); pending != nil {
			p.step(ctx, version, pending)
		}
	}
}

// step carries out one publication. Resources that were compiled can always be encoded, so a failure is a fault of the
// program.
func (p *publisher) step(ctx context.Context, version string, changed *compile.Changed) {
	early, late := p.splitHosts(changed.Hosts)
	must(p.hosts.Update(version, early))
	p.settle(ctx, p.hosts)
	messages := make(map[string]proto.Message, len(changed.Policies))
	for name, resource := range changed.Policies {
		messages[name] = nil
		if resource != nil {
			messages[name] = resource
		}
	}
	must(p.policies.Update(version, messages))
	if len(late) > 0 {
		p.settle(ctx, p.policies)
		must(p.hosts.Update(version, late))
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
	c.Settle(ctx, settleTime)
}

// splitHosts parts changes of hosts in those that come before the policies, and prefixes that go after them.
func (p *publisher) splitHosts(
	hosts map[identity.ID]*cilium.NetworkPolicyHosts,
) (early, late map[string]proto.Message) {
	early, late = map[string]proto.Message{}, map[string]proto.Message{}
	for id, host := range hosts {
		name := strconv.FormatUint(uint64(id), 10)
		switch {
		case host != nil:
			early[name] = host
		case identity.OfPrefix(id) && !p.isTaken(id, hosts):
			late[name] = nil
		default:
			early[name] = nil
		}
	}
	p.remember(hosts)
	return early, late
}

// isTaken reports whether the one address of a prefix is now that of someone else. Such a prefix must be removed at once, since
// an address has one identity.
func (p *publisher) isTaken(id identity.ID, hosts map[identity.ID]*cilium.NetworkPolicyHosts) bool {
	address := p.singles[id]
	if address == "" {
		return false
	}
	for _, host := range hosts {
		if slices.Contains(host.GetHostAddresses(), address) {
			return true
		}
	}
	return false
}

// remember notes which prefixes are one address each.
func (p *publisher) remember(hosts map[identity.ID]*cilium.NetworkPolicyHosts) {
	for id, host := range hosts {
		if delete(p.singles, id); !identity.OfPrefix(id) || host == nil {
			continue
		}
		if prefix, err := netip.ParsePrefix(host.GetHostAddresses()[0]); err == nil && prefix.IsSingleIP() {
			p.singles[id] = prefix.Addr().String()
		}
	}
}
