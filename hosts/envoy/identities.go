package envoy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// identities finds the security identity of an address: that of the longest prefix that covers it. It is immutable.
type identities struct {
	// byPrefix holds masked prefixes, lengths their lengths, the longest first.
	byPrefix map[netip.Prefix]uint32
	lengths  []int
}

func newIdentities(list []identity) (*identities, error) {
	t := &identities{byPrefix: make(map[netip.Prefix]uint32, len(list))}
	for i, entry := range list {
		if err := t.add(entry); err != nil {
			return nil, fmt.Errorf("identities[%d]: %w", i, err)
		}
	}
	slices.SortFunc(t.lengths, func(a, b int) int { return b - a })
	return t, nil
}

func (t *identities) add(entry identity) error {
	prefix, err := parsePrefix(entry.CIDR)
	if err != nil {
		return fmt.Errorf("cidr: %q is no prefix: give one like 10.0.0.0/8", entry.CIDR)
	}
	if prefix != prefix.Masked() {
		return fmt.Errorf("cidr: %s has bits set behind its length: give %s", prefix, prefix.Masked())
	}
	if entry.Identity == 0 {
		return fmt.Errorf("identity: of %s is 0, which stands for unknown: give another, or leave the entry out", prefix)
	}
	if _, taken := t.byPrefix[prefix]; taken {
		return fmt.Errorf("cidr: %s is given twice", prefix)
	}
	t.byPrefix[prefix] = entry.Identity
	if !slices.Contains(t.lengths, prefix.Bits()) {
		t.lengths = append(t.lengths, prefix.Bits())
	}
	return nil
}

// parsePrefix takes a bare address for a prefix of full length.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// of returns the identity of an address, 0 where none is known.
func (t *identities) of(addr netip.Addr) uint32 {
	for _, bits := range t.lengths {
		prefix, err := addr.Prefix(bits)
		if err != nil {
			continue
		}
		if number, ok := t.byPrefix[prefix]; ok {
			return number
		}
	}
	return 0
}
