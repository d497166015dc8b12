package filterconfig

import (
	"fmt"
	"math"

	"github.com/proxylib/proxylib/policy"
)

// NewIdentities makes the table of the configuration.
func NewIdentities(list []Identity) (*policy.Identities, error) {
	t := &policy.Identities{}
	for i, entry := range list {
		if entry.Identity < 0 || entry.Identity > math.MaxUint32 {
			return nil, fmt.Errorf("identities[%d]: identity: %d is out of range: give at most %d", i, entry.Identity, uint32(math.MaxUint32))
		}
		switch {
		case entry.URISAN != "" && entry.CIDR != "":
			return nil, fmt.Errorf("identities[%d]: both cidr and uri_san are given: make two entries of it", i)
		case entry.URISAN == "":
			if err := t.Add(entry.CIDR, uint32(entry.Identity)); err != nil {
				return nil, fmt.Errorf("identities[%d]: cidr: %w", i, err)
			}
		}
		if entry.Identity == 0 {
			return nil, fmt.Errorf("identities[%d]: identity: of %s is 0, which stands for unknown: give another, or leave the entry out",
				i, entry.CIDR+entry.URISAN)
		}
	}
	return t, nil
}

// URISANs returns the identities of clients by the URI in their certificates; nil if there are none.
func URISANs(list []Identity) map[string]uint32 {
	var sans map[string]uint32
	for _, entry := range list {
		if entry.URISAN == "" {
			continue
		}
		if sans == nil {
			sans = map[string]uint32{}
		}
		sans[entry.URISAN] = uint32(entry.Identity)
	}
	return sans
}
