// Package policy compiles the network policies that NPDS delivers into immutable snapshots, and decides requests.
//
// The meaning of a policy is that of the resource cilium.NetworkPolicy: a flow is looked up by the endpoint's IP
// address, the direction and the destination port; the rules of every port entry that covers the port apply, those of
// higher precedence first, inside one precedence deny before allow before pass. What no rule allows is denied.
package policy

import (
	"net/netip"
	"sync/atomic"
)

// Snapshot is a whole policy, compiled and immutable. It may be used from several threads at once. The zero value
// denies everything.
type Snapshot struct {
	endpoints map[string]*endpoint
}

// endpoint is the policy of one endpoint.
type endpoint struct {
	ingress, egress portTable
	// elsewhere are the rules of ports that have none.
	elsewhere *PortRules
}

// Endpoints returns the number of endpoint addresses that have a policy.
func (s *Snapshot) Endpoints() int { return len(s.endpoints) }

// Lookup returns the rules for a destination port of the endpoint that has the IP address policyName. Where there are
// none it may be nil, which denies.
func (s *Snapshot) Lookup(policyName string, ingress bool, port uint16) *PortRules {
	e := s.endpoints[policyName]
	if e == nil {
		addr, err := netip.ParseAddr(policyName)
		if err != nil {
			return nil
		}
		if e = s.endpoints[addr.Unmap().String()]; e == nil {
			return nil
		}
	}
	table := e.egress
	if ingress {
		table = e.ingress
	}
	if rules := table.lookup(port); rules != nil {
		return rules
	}
	return e.elsewhere
}

// Store holds the snapshot in force. The zero value denies everything. It may be used from several threads at once.
type Store struct{ current atomic.Pointer[Snapshot] }

// nothing is the snapshot of a store that has none: immutable, and empty.
var nothing Snapshot

// Current returns the snapshot in force; never nil.
func (s *Store) Current() *Snapshot {
	if p := s.current.Load(); p != nil {
		return p
	}
	return &nothing
}

// Replace puts a snapshot in force. Requests that are decided from then on see it, on old connections too.
func (s *Store) Replace(p *Snapshot) { s.current.Store(p) }
