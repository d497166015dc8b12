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
		if err := t.Add(entry.CIDR, uint32(entry.Identity)); err != nil {
			return nil, fmt.Errorf("identities[%d]: cidr: %w", i, err)
		}
		if entry.Identity == 0 {
			return nil, fmt.Errorf("identities[%d]: identity: of %s is 0, which stands for unknown: give another, or leave the entry out",
				i, entry.CIDR)
		}
	}
	return t, nil
}
