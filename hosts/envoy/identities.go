package envoy

import (
	"fmt"

	"github.com/proxylib/proxylib/policy"
)

// newIdentities makes the table of the configuration.
func newIdentities(list []identity) (*policy.Identities, error) {
	t := &policy.Identities{}
	for i, entry := range list {
		if err := t.Add(entry.CIDR, entry.Identity); err != nil {
			return nil, fmt.Errorf("identities[%d]: cidr: %w", i, err)
		}
		if entry.Identity == 0 {
			return nil, fmt.Errorf("identities[%d]: identity: of %s is 0, which stands for unknown: give another, or leave the entry out",
				i, entry.CIDR)
		}
	}
	return t, nil
}
