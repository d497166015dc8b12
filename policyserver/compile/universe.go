package compile

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/identity"
)

// universe is everyone that has a number: the label sets of endpoints, and the prefixes that policies name.
type universe struct {
	sets []labelSet
	// byLabel lists the sets, by index, that carry a label with a value.
	byLabel  map[[2]string][]int
	prefixes []numberedPrefix
	owners   map[netip.Addr]*identity.Endpoint
	// found remembers the identities that selectors select, by their text.
	found map[string][]uint32
}

// labelSet is one identity of endpoints.
type labelSet struct {
	id        identity.ID
	labels    identity.Labels
	reserved  bool
	endpoints []*identity.Endpoint
}

type numberedPrefix struct {
	id     identity.ID
	prefix netip.Prefix
}

func newUniverse(
	policies []*cnp.Policy, endpoints []*identity.Endpoint, numbers *identity.Numbers,
) (*universe, error) {
	u := &universe{
		byLabel: map[[2]string][]int{}, found: map[string][]uint32{},
		owners: make(map[netip.Addr]*identity.Endpoint, len(endpoints)),
	}
	index := map[identity.ID]int{}
	for _, e := range endpoints {
		if err := u.own(e); err != nil {
			return nil, err
		}
		id, err := numbers.OfEndpoint(e)
		if err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", e.Key(), err)
		}
		i, known := index[id]
		if !known {
			i = len(u.sets)
			index[id] = i
			u.addSet(labelSet{id: id, labels: e.Identified(), reserved: e.Reserved()})
		}
		u.sets[i].endpoints = append(u.sets[i].endpoints, e)
	}
	return u, u.addPrefixes(policies, numbers)
}

// own makes an endpoint the owner of its addresses.
func (u *universe) own(e *identity.Endpoint) error {
	for _, a := range e.Addresses {
		if other := u.owners[a]; other != nil {
			return fmt.Errorf("address %s is of endpoint %s and of endpoint %s", a, other.Key(), e.Key())
		}
		u.owners[a] = e
	}
	return nil
}

func (u *universe) addSet(s labelSet) {
	for name, value := range s.labels {
		key := [2]string{name, value}
		u.byLabel[key] = append(u.byLabel[key], len(u.sets))
	}
	u.sets = append(u.sets, s)
}

// addPrefixes gives a number to every prefix that a policy names, also to those that are excepted: an address has the
// identity of the longest prefix that holds it, so an excepted prefix needs one of its own.
func (u *universe) addPrefixes(policies []*cnp.Policy, numbers *identity.Numbers) error {
	known := map[netip.Prefix]bool{}
	add := func(p netip.Prefix) error {
		if known[p] {
			return nil
		}
		known[p] = true
		id, err := numbers.OfPrefix(p)
		u.prefixes = append(u.prefixes, numberedPrefix{id, p})
		return err
	}
	all := []netip.Prefix{identity.EveryIPv4, identity.EveryIPv6}
	for _, p := range policies {
		for i := range p.Rules {
			for j := range p.Rules[i].Clauses {
				for _, c := range p.Rules[i].Clauses[j].Peers.CIDRs {
					all = append(append(all, c.Prefix), c.Except...)
				}
			}
		}
	}
	for _, p := range all {
		if err := add(p); err != nil {
			return err
		}
	}
	return nil
}

// matching lists the sets, by index and in ascending order, that a selector selects.
func (u *universe) matching(s identity.Selector) []int {
	var found []int
	for _, i := range u.candidates(s) {
		if s.Matches(u.sets[i].labels) {
			found = append(found, i)
		}
	}
	return found
}

// candidates lists the sets among which those that a selector selects are.
func (u *universe) candidates(s identity.Selector) []int {
	var fewest []int
	found := false
	for _, r := range s {
		if r.Operator != identity.In || len(r.Values) != 1 {
			continue
		}
		if list := u.byLabel[[2]string{r.Label, r.Values[0]}]; !found || len(list) < len(fewest) {
			fewest, found = list, true
		}
	}
	if found {
		return fewest
	}
	all := make([]int, len(u.sets))
	for i := range all {
		all[i] = i
	}
	return all
}

// peers lists the identities of peers, in ascending order.
func (u *universe) peers(p *cnp.Peers) []uint32 {
	if len(p.Endpoints) == 1 && len(p.CIDRs) == 0 && len(p.Entities) == 0 {
		return u.ofSelector(p.Endpoints[0])
	}
	var ids []uint32
	for _, s := range p.Endpoints {
		ids = append(ids, u.ofSelector(s)...)
	}
	for i := range p.CIDRs {
		ids = append(ids, u.ofCIDR(&p.CIDRs[i])...)
	}
	for _, name := range p.Entities {
		ids = append(ids, u.ofEntity(name)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (u *universe) ofSelector(s identity.Selector) []uint32 {
	key := s.String()
	ids, known := u.found[key]
	if !known {
		for _, i := range u.matching(s) {
			ids = append(ids, uint32(u.sets[i].id))
		}
		slices.Sort(ids)
		u.found[key] = ids
	}
	return ids
}

func (u *universe) ofCIDR(c *cnp.CIDR) []uint32 {
	var ids []uint32
	for _, p := range u.prefixes {
		excepted := slices.ContainsFunc(c.Except, func(e netip.Prefix) bool { return contains(e, p.prefix) })
		if contains(c.Prefix, p.prefix) && !excepted {
			ids = append(ids, uint32(p.id))
		}
	}
	return ids
}

// contains tells whether all of the inner prefix is inside the outer one.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// ofEntity lists the identities behind a name.
func (u *universe) ofEntity(name string) []uint32 {
	switch name {
	case cnp.EntityCluster:
		ids := []uint32{
			uint32(identity.Host), uint32(identity.Unmanaged), uint32(identity.Health), uint32(identity.Init),
			uint32(identity.RemoteNode), uint32(identity.KubeAPIServer), uint32(identity.Ingress),
		}
		for i := range u.sets {
			ids = append(ids, uint32(u.sets[i].id))
		}
		return ids
	case "world":
		return append(u.inside(identity.EveryIPv4, identity.EveryIPv6), uint32(identity.World))
	case "world-ipv4":
		return u.inside(identity.EveryIPv4)
	case "world-ipv6":
		return u.inside(identity.EveryIPv6)
	}
	id, known := identity.ReservedID(name)
	if !known {
		return nil
	}
	return []uint32{uint32(id)}
}

func (u *universe) inside(outer ...netip.Prefix) []uint32 {
	var ids []uint32
	for _, o := range outer {
		ids = append(ids, u.ofCIDR(&cnp.CIDR{Prefix: o})...)
	}
	return ids
}

// hosts binds addresses to identities. A prefix that is the address of an endpoint is the endpoint's. Resources that
// are as before are taken from there.
func (u *universe) hosts(before map[identity.ID]*cilium.NetworkPolicyHosts) map[identity.ID]*cilium.NetworkPolicyHosts {
	addresses := map[identity.ID][]string{}
	for i := range u.sets {
		for _, e := range u.sets[i].endpoints {
			for _, a := range e.Addresses {
				addresses[u.sets[i].id] = append(addresses[u.sets[i].id], a.String())
			}
		}
	}
	for _, p := range u.prefixes {
		if !p.prefix.IsSingleIP() || u.owners[p.prefix.Addr()] == nil {
			addresses[p.id] = append(addresses[p.id], p.prefix.String())
		}
	}
	hosts := make(map[identity.ID]*cilium.NetworkPolicyHosts, len(addresses))
	for id, list := range addresses {
		if old := before[id]; old != nil && slices.Equal(old.GetHostAddresses(), list) {
			hosts[id] = old
			continue
		}
		hosts[id] = &cilium.NetworkPolicyHosts{Policy: uint64(id), HostAddresses: list}
	}
	return hosts
}

// identities lists who is known, by number.
func (u *universe) identities() []Identity {
	var list []Identity
	for i := range u.sets {
		identified := Identity{ID: u.sets[i].id, Labels: u.sets[i].labels}
		for _, e := range u.sets[i].endpoints {
			identified.Endpoints = append(identified.Endpoints, e.Key())
		}
		list = append(list, identified)
	}
	for _, p := range u.prefixes {
		list = append(list, Identity{ID: p.id, Prefix: p.prefix})
	}
	slices.SortFunc(list, func(a, b Identity) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
