package compile

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/identity"
)

// rebuildHosts binds the addresses that a change affects to identities. A prefix that is the address of an endpoint
// is the endpoint's.
func (x *index) rebuildHosts() map[identity.ID]*cilium.NetworkPolicyHosts {
	changed := map[identity.ID]*cilium.NetworkPolicyHosts{}
	for id := range x.dirty.hosts {
		changed[id] = nil
		if s := x.sets[id]; s != nil {
			changed[id] = s.host()
		}
	}
	// A prefix is not found by its number, but prefixes are few, and those that change fewer.
	if !slices.ContainsFunc(slices.Collect(maps.Keys(changed)), ofPrefix) {
		return changed
	}
	for prefix, p := range x.prefixes {
		if x.dirty.hosts[p.id] && (!prefix.IsSingleIP() || x.owners[prefix.Addr()] == nil) {
			changed[p.id] = &cilium.NetworkPolicyHosts{Policy: uint64(p.id), HostAddresses: []string{prefix.String()}}
		}
	}
	return changed
}

// ofPrefix reports whether an identity is that of a prefix.
func ofPrefix(id identity.ID) bool {
	return identity.OfPrefix(id) || id == identity.WorldIPv4 || id == identity.WorldIPv6
}

func (s *labelSet) host() *cilium.NetworkPolicyHosts {
	var addresses []netip.Addr
	for _, e := range s.endpoints {
		addresses = append(addresses, e.Addresses...)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	host := &cilium.NetworkPolicyHosts{Policy: uint64(s.id)}
	for _, a := range addresses {
		host.HostAddresses = append(host.HostAddresses, a.String())
	}
	return host
}
