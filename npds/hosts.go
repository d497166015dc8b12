package npds

import (
	"fmt"
	"maps"
	"math"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// hosts is the consumer of NPHDS. A change makes the whole table anew: identities change seldom, and are looked up once
// a connection.
type hosts struct {
	store *policy.IdentityStore
	held  map[string]heldHosts
}

type heldHosts struct {
	version string
	hosts   *cilium.NetworkPolicyHosts
}

func newHosts(store *policy.IdentityStore) *hosts {
	return &hosts{store: store, held: map[string]heldHosts{}}
}

func (h *hosts) world(resources []*anypb.Any) error {
	held := map[string]heldHosts{}
	for i, r := range resources {
		resource := &cilium.NetworkPolicyHosts{}
		if err := decodeResource(r, HostsTypeURL, resource); err != nil {
			return fmt.Errorf("resource %d %w", i, err)
		}
		held[fmt.Sprint(i)] = heldHosts{hosts: resource}
	}
	return h.replace(held)
}

func (h *hosts) change(changed []*discovery.Resource, removed []string) error {
	held := maps.Clone(h.held)
	for _, name := range removed {
		delete(held, name)
	}
	for _, r := range changed {
		resource := &cilium.NetworkPolicyHosts{}
		if err := decodeResource(r.GetResource(), HostsTypeURL, resource); err != nil {
			return fmt.Errorf("resource %q %w", r.GetName(), err)
		}
		held[r.GetName()] = heldHosts{r.GetVersion(), resource}
	}
	return h.replace(held)
}

func (h *hosts) replace(held map[string]heldHosts) error {
	table := &policy.Identities{}
	for _, resource := range held {
		id := resource.hosts.GetPolicy()
		if id == 0 || id > math.MaxUint32 {
			return fmt.Errorf("policy: %d is no identity, want a number from 1 to %d", id, uint32(math.MaxUint32))
		}
		for _, prefix := range resource.hosts.GetHostAddresses() {
			if err := table.Add(prefix, uint32(id)); err != nil {
				return fmt.Errorf("host_addresses of identity %d: %w", id, err)
			}
		}
	}
	h.store.Replace(table)
	h.held = held
	return nil
}

func (h *hosts) versions() map[string]string {
	versions := make(map[string]string, len(h.held))
	for name, held := range h.held {
		versions[name] = held.version
	}
	return versions
}
