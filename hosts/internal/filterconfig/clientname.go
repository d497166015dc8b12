package filterconfig

import (
	"fmt"
	"strings"
)

// The values of ClientName. A key follows the last one.
const (
	NameCertificate = "certificate"
	NameForwarded   = "forwarded"
	nameFilterState = "filter_state:"
)

func (s *Settings) checkClientName() error {
	if s.ClientName != NameCertificate && s.ClientName != NameForwarded && s.FilterStateKey() == "" {
		return fmt.Errorf("client_name: %q is unknown: give %q, %q or %q", s.ClientName, NameCertificate, NameForwarded, nameFilterState+"KEY")
	}
	return nil
}

// FilterStateKey is the key of the filter state that the name of a client is in; empty if it is elsewhere.
func (s *Settings) FilterStateKey() string {
	key, found := strings.CutPrefix(s.ClientName, nameFilterState)
	if !found {
		return ""
	}
	return key
}
