package decompile

import (
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/identity"
)

// prefixes are what NPHDS binds to identities. The zero value binds nothing.
type prefixes struct {
	identities policy.Identities
	// bound are the prefixes without a policy, in ascending order, so that one that contains others goes first.
	bound []boundPrefix
}

type boundPrefix struct {
	prefix netip.Prefix
	id     uint32
}

func (p *prefixes) add(hosts []*cilium.NetworkPolicyHosts) error {
	for i, h := range hosts {
		if id := h.GetPolicy(); id == 0 || id > math.MaxUint32 {
			return fmt.Errorf("hosts[%d].policy: %d is not an identity", i, id)
		}
		for j, text := range h.GetHostAddresses() {
			if err := p.identities.Add(text, uint32(h.GetPolicy())); err != nil {
				return fmt.Errorf("hosts[%d].host_addresses[%d]: %w", i, j, err)
			}
			prefix, err := policy.ParsePrefix(text)
			if err != nil {
				return fmt.Errorf("hosts[%d].host_addresses[%d]: %w", i, j, err)
			}
			p.bound = append(p.bound, boundPrefix{prefix, uint32(h.GetPolicy())})
		}
	}
	slices.SortFunc(p.bound, func(a, b boundPrefix) int { return a.prefix.Compare(b.prefix) })
	return nil
}

// of returns the identity of an address, 0 if none is known.
func (p *prefixes) of(addr netip.Addr) uint32 { return p.identities.Of(addr) }

// leaveOut leaves out what is the address of an endpoint alone.
func (p *prefixes) leaveOut(endpoints map[netip.Addr]bool) {
	p.bound = slices.DeleteFunc(p.bound, func(b boundPrefix) bool {
		return b.prefix.IsSingleIP() && endpoints[b.prefix.Addr()]
	})
}

// has reports whether someone without a policy has the identity.
func (p *prefixes) has(id uint32) bool {
	return slices.ContainsFunc(p.bound, func(b boundPrefix) bool { return b.id == id })
}

// outside reports whether every address is bound, and the identities are those of everyone without a policy.
func (p *prefixes) outside(ids []uint32) bool {
	everyone := 0
	for _, b := range p.bound {
		if !slices.Contains(ids, b.id) {
			return false
		}
		if b.prefix == identity.EveryIPv4 || b.prefix == identity.EveryIPv6 {
			everyone++
		}
	}
	return everyone == 2
}

// cidrSet writes the prefixes of identities, without those inside that others have.
func (p *prefixes) cidrSet(ids []uint32) (list []any) {
	// above are the prefixes that contain the current one, each with its entry.
	type outer struct {
		netip.Prefix
		entry object
	}
	var above []outer
	for _, b := range p.bound {
		for len(above) > 0 && !contains(above[len(above)-1].Prefix, b.prefix) {
			above = above[:len(above)-1]
		}
		var entry object
		if len(above) > 0 {
			entry = above[len(above)-1].entry
		}
		switch named := slices.Contains(ids, b.id); {
		case named && entry == nil:
			entry = object{"cidr": b.prefix.String()}
			list = append(list, entry)
		case !named && entry != nil:
			except, _ := entry["except"].([]string)
			entry["except"], entry = append(except, b.prefix.String()), nil
		}
		above = append(above, outer{b.prefix, entry})
	}
	return list
}

func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
