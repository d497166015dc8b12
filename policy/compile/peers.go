package compile

import (
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// resolve finds the identities of a clause's peers, unless they are known.
func (x *index) resolve(c *liveClause) {
	if c.resolved {
		return
	}
	c.resolved = true
	peers := &c.clause.Peers
	if len(c.peers) == 1 && len(peers.CIDRs) == 0 && len(peers.Entities) == 0 {
		c.ids = c.peers[0].identities()
		return
	}
	var ids []uint32
	for _, s := range c.peers {
		ids = append(ids, s.identities()...)
	}
	for i := range peers.CIDRs {
		ids = append(ids, x.ofCIDR(&peers.CIDRs[i])...)
	}
	for _, name := range peers.Entities {
		ids = append(ids, x.ofEntity(name)...)
	}
	slices.Sort(ids)
	c.ids = slices.Compact(ids)
}

func (x *index) ofCIDR(c *cnp.CIDR) []uint32 {
	var ids []uint32
	for prefix, p := range x.prefixes {
		excepted := slices.ContainsFunc(c.Except, func(e netip.Prefix) bool { return contains(e, prefix) })
		if contains(c.Prefix, prefix) && !excepted {
			ids = append(ids, uint32(p.id))
		}
	}
	return ids
}

// contains reports whether all of the inner prefix is inside the outer one.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// ofEntity lists the identities of an entity.
func (x *index) ofEntity(name string) []uint32 {
	switch name {
	case cnp.EntityCluster:
		ids := []uint32{
			uint32(identity.Host), uint32(identity.Unmanaged), uint32(identity.Health), uint32(identity.Init),
			uint32(identity.RemoteNode), uint32(identity.KubeAPIServer), uint32(identity.Ingress),
		}
		for id := range x.sets {
			ids = append(ids, uint32(id))
		}
		return ids
	case "world":
		return append(x.inside(identity.EveryIPv4, identity.EveryIPv6), uint32(identity.World))
	case "world-ipv4":
		return x.inside(identity.EveryIPv4)
	case "world-ipv6":
		return x.inside(identity.EveryIPv6)
	}
	id, known := identity.ReservedID(name)
	if !known {
		return nil
	}
	return []uint32{uint32(id)}
}

func (x *index) inside(outer ...netip.Prefix) []uint32 {
	var ids []uint32
	for _, o := range outer {
		ids = append(ids, x.ofCIDR(&cnp.CIDR{Prefix: o})...)
	}
	return ids
}
