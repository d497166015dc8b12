package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
)

// Identities finds the security identity of an address: that of the longest prefix that covers it. It is immutable once
// it is in use, and may be used from several threads at once. The zero value knows none.
type Identities struct {
	// byPrefix holds masked prefixes, lengths their lengths, the longest first.
	byPrefix map[netip.Prefix]uint32
	lengths  []int
}

// Add gives the addresses of a prefix, or one address, an identity. The error says what is wrong with them.
func (t *Identities) Add(text string, identity uint32) error {
	prefix, err := ParsePrefix(text)
	if err != nil {
		return err
	}
	if _, taken := t.byPrefix[prefix]; taken {
		return fmt.Errorf("%s is given twice", prefix)
	}
	if t.byPrefix == nil {
		t.byPrefix = map[netip.Prefix]uint32{}
	}
	t.byPrefix[prefix] = identity
	if !slices.Contains(t.lengths, prefix.Bits()) {
		t.lengths = append(t.lengths, prefix.Bits())
		slices.SortFunc(t.lengths, func(a, b int) int { return b - a })
	}
	return nil
}

// ParsePrefix returns the prefix that a text stands for; a bare address is a prefix of full length. The error says what is
// wrong with it.
func ParsePrefix(text string) (netip.Prefix, error) {
	prefix, ok := PrefixOrAddress(text)
	if !ok {
		return prefix, fmt.Errorf("%s is not a prefix: give one like 10.0.0.0/8", quote(text))
	}
	if prefix != prefix.Masked() {
		return prefix, fmt.Errorf("%s has host bits set: give %s", prefix, prefix.Masked())
	}
	return prefix, nil
}

// PrefixOrAddress returns the prefix that a text stands for, as it is written: host bits may be set. A bare address without
// a zone is a prefix of full length.
func PrefixOrAddress(text string) (prefix netip.Prefix, ok bool) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix, err == nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// Of returns the identity of an address, 0 where none is known.
func (t *Identities) Of(addr netip.Addr) uint32 {
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

// IdentityStore holds the identities in force. The zero value knows none. It may be used from several threads at once.
type IdentityStore struct{ current atomic.Pointer[Identities] }

// unknown are the identities of a store that has none: immutable, and empty.
var unknown Identities

// Current returns the identities in force; never nil.
func (s *IdentityStore) Current() *Identities {
	if t := s.current.Load(); t != nil {
		return t
	}
	return &unknown
}

// Replace puts identities in force, for connections that are made from then on.
func (s *IdentityStore) Replace(t *Identities) { s.current.Store(t) }
