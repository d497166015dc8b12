package compile

import (
	"net/netip"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/identity"
)

// IdentityOf returns the identity that an address has: that of the longest prefix which holds it. It goes through every
// host, so it is for people's questions, not for traffic.
func (r *Result) IdentityOf(addr netip.Addr) identity.ID {
	best, longest := identity.ID(0), -1
	for id, host := range r.Hosts {
		for _, text := range host.GetHostAddresses() {
			prefix, ok := policy.PrefixOrAddress(text)
			if ok && prefix.Contains(addr) && prefix.Bits() > longest {
				best, longest = id, prefix.Bits()
			}
		}
	}
	return best
}
