package policy

import (
	"iter"
	"maps"
	"net/netip"
)

// Snapshot is a whole policy, compiled and immutable. It may be used from several threads at once. The zero value
// denies everything.
type Snapshot struct {
	// shards hold the endpoints by their addresses. A change copies those that it changes.
	shards [shardCount]map[string]*Endpoint
	// unknown counts the port entries that name a parser which does not exist, by that name.
	unknown map[string]int
	// everywhere, if not nil, is the policy of every endpoint; see [Everywhere].
	everywhere *Endpoint
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

func (s *Snapshot) find(name string) *Endpoint { return s.shards[shardOf(name)][name] }

// put adds an endpoint to a snapshot that is being made.
func (s *Snapshot) put(name string, e *Endpoint) {
	shard := &s.shards[shardOf(name)]
	if *shard == nil {
		*shard = map[string]*Endpoint{}
	}
	(*shard)[name] = e
}

// Change returns a snapshot from which the endpoints with the addresses gone are removed, and to which others are added by
// their addresses. One that is added takes the place of one that is there.
func (s *Snapshot) Change(gone []string, added map[string]*Endpoint) *Snapshot {
	changed := *s
	changed.unknown = maps.Clone(s.unknown)
	var own [shardCount]bool
	shard := func(address string) map[string]*Endpoint {
		i := shardOf(address)
		if !own[i] {
			own[i] = true
			changed.shards[i] = maps.Clone(s.shards[i])
		}
		if changed.shards[i] == nil {
			changed.shards[i] = map[string]*Endpoint{}
		}
		return changed.shards[i]
	}
	remove := func(address string) {
		m := shard(address)
		changed.count(address, m[address], -1)
		delete(m, address)
	}
	for _, address := range gone {
		remove(address)
	}
	for address, e := range added {
		remove(address)
		shard(address)[address] = e
		changed.count(address, e, 1)
	}
	return &changed
}

// NewSnapshot returns a snapshot of endpoints by their addresses.
func NewSnapshot(endpoints map[string]*Endpoint) *Snapshot {
	return new(Snapshot).Change(nil, endpoints)
}

// Endpoint returns the policy that is found by an address in the form of [Endpoint.Addresses], or nil.
func (s *Snapshot) Endpoint(address string) *Endpoint { return s.find(address) }

// All returns the policies of all endpoints, each by each of its addresses.
func (s *Snapshot) All() iter.Seq2[string, *Endpoint] {
	return func(yield func(string, *Endpoint) bool) {
		for _, endpoints := range s.shards {
			for address, e := range endpoints {
				if !yield(address, e) {
					return
				}
			}
		}
	}
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
	e := s.of(policyName)
	if e == nil {
		return nil
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

// of returns the policy of the endpoint with an IP address, or nil.
func (s *Snapshot) of(policyName string) *Endpoint {
	if s.everywhere != nil {
		return s.everywhere
	}
	if e := s.find(policyName); e != nil {
		return e
	}
	addr, err := netip.ParseAddr(policyName)
	if err != nil {
		return nil
	}
	return s.find(addr.Unmap().String())
}
