// Package policy compiles the network policies that NPDS delivers into immutable snapshots, and decides requests.
//
// The meaning of a policy is that of the resource cilium.NetworkPolicy: a flow is looked up by the endpoint's IP
// address, the direction and the destination port; the rules of every port entry that covers the port apply, those of
// higher precedence first, inside one precedence deny before allow before pass. What no rule allows is denied.
package policy

import (
	"fmt"
	"maps"
	"net/netip"
	"sync/atomic"
)

// Snapshot is a whole policy, compiled and immutable. It may be used from several threads at once. The zero value
// denies everything.
type Snapshot struct {
	// shards hold the endpoints by their addresses. A change copies those that it touches.
	shards [shardCount]map[string]*endpoint
	// unknown counts the port entries that name a parser which does not exist, by that name.
	unknown map[string]int
}

const shardCount = 256

// shardOf spreads addresses by the hash FNV-1a.
func shardOf(name string) uint8 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return uint8(h ^ h>>8 ^ h>>16 ^ h>>24)
}

func (s *Snapshot) find(name string) *endpoint { return s.shards[shardOf(name)][name] }

// put adds an endpoint to a snapshot that is being made.
func (s *Snapshot) put(name string, e *endpoint) {
	shard := &s.shards[shardOf(name)]
	if *shard == nil {
		*shard = map[string]*endpoint{}
	}
	(*shard)[name] = e
}

// Change returns a snapshot in which the endpoints with the given addresses are gone and those of another snapshot are
// added. The error names an address that would be there twice.
func (s *Snapshot) Change(gone []string, added *Snapshot) (*Snapshot, error) {
	changed := *s
	changed.unknown = maps.Clone(s.unknown)
	var own [shardCount]bool
	shard := func(i uint8) map[string]*endpoint {
		if !own[i] {
			own[i] = true
			changed.shards[i] = maps.Clone(s.shards[i])
		}
		if changed.shards[i] == nil {
			changed.shards[i] = map[string]*endpoint{}
		}
		return changed.shards[i]
	}
	for _, name := range gone {
		m := shard(shardOf(name))
		changed.count(name, m[name], -1)
		delete(m, name)
	}
	for i, endpoints := range added.shards {
		for name, e := range endpoints {
			m := shard(uint8(i))
			if m[name] != nil {
				return nil, fmt.Errorf("endpoint_ips: %s is given twice", name)
			}
			m[name] = e
			changed.count(name, e, 1)
		}
	}
	return &changed, nil
}

// endpoint is the policy of one endpoint.
type endpoint struct {
	ingress, egress portTable
	// elsewhere are the rules of ports that have none.
	elsewhere *PortRules
	// unknown is nil where all parsers exist.
	unknown *unknownParsers
}

// Endpoints returns the number of endpoint addresses that have a policy.
func (s *Snapshot) Endpoints() int {
	n := 0
	for _, shard := range s.shards {
		n += len(shard)
	}
	return n
}

// Lookup returns the rules for a destination port of the endpoint that has the IP address policyName. Where the
// endpoint has no policy they are nil, which denies.
func (s *Snapshot) Lookup(policyName string, ingress bool, port uint16) *PortRules {
	e := s.find(policyName)
	if e == nil {
		addr, err := netip.ParseAddr(policyName)
		if err != nil {
			return nil
		}
		if e = s.find(addr.Unmap().String()); e == nil {
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
