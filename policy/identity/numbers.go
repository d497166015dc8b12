package identity

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// ID is the number of an identity. 0 is unknown, and no rule that names identities matches it.
type ID uint32

// The reserved identities.
const (
	Host          ID = 1
	World         ID = 2
	Unmanaged     ID = 3
	Health        ID = 4
	Init          ID = 5
	RemoteNode    ID = 6
	KubeAPIServer ID = 7
	Ingress       ID = 8
	WorldIPv4     ID = 9
	WorldIPv6     ID = 10
)

// The numbers of label sets begin at the first, those of prefixes at the second and reach to the end.
const (
	firstOfLabels   = 256
	firstOfPrefixes = 1 << 24
	endOfPrefixes   = 1 << 32
)

var reservedByName = map[string]ID{
	"host": Host, "world": World, "unmanaged": Unmanaged, "health": Health, "init": Init, "remote-node": RemoteNode,
	"kube-apiserver": KubeAPIServer, "ingress": Ingress, "world-ipv4": WorldIPv4, "world-ipv6": WorldIPv6,
}

// ReservedID returns the identity that a reserved name, such as "host", stands for.
func ReservedID(name string) (ID, bool) {
	id, known := reservedByName[name]
	return id, known
}

// ReservedName returns the name of a reserved identity, empty for others.
func ReservedName(id ID) string {
	for name, reserved := range reservedByName {
		if reserved == id {
			return name
		}
	}
	return ""
}

// ReservedNames lists the reserved names in alphabetical order.
func ReservedNames() []string { return slices.Sorted(maps.Keys(reservedByName)) }

// OfWorld reports whether an identity is of those that are outside: it stands for prefixes, not for addresses of its own.
func OfWorld(id ID) bool { return id == World || id == WorldIPv4 || id == WorldIPv6 }

// EveryIPv4 and EveryIPv6 are the prefixes whose identities are WorldIPv4 and WorldIPv6.
var (
	EveryIPv4 = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	EveryIPv6 = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
)

// Number is an identity with what it stands for: "labels:…" or "cidr:…". It is what must be stored.
type Number struct {
	ID  ID
	Key string
}

// Numbers gives numbers to label sets and prefixes. A number is given once: what it stood for may be gone, but a
// client that has not heard of it must not take someone else for it. It belongs to one goroutine at a time.
type Numbers struct {
	byKey  map[string]ID
	ranges [2]numberRange
	added  []Number
}

// numberRange gives the numbers to keys of one kind.
type numberRange struct {
	kind             string
	first, next, end uint64
}

const (
	labelsKey = "labels:"
	prefixKey = "cidr:"
)

// NewNumbers continues from the numbers that were stored.
func NewNumbers(stored []Number) (*Numbers, error) {
	n := &Numbers{byKey: make(map[string]ID, len(stored)), ranges: [2]numberRange{
		{labelsKey, firstOfLabels, firstOfLabels, firstOfPrefixes},
		{prefixKey, firstOfPrefixes, firstOfPrefixes, endOfPrefixes},
	}}
	taken := make(map[ID]bool, len(stored))
	for _, k := range stored {
		r, err := n.rangeOf(k.Key)
		if err != nil {
			return nil, err
		}
		id := uint64(k.ID)
		if _, twice := n.byKey[k.Key]; twice || taken[k.ID] || id < r.first || id >= r.end {
			return nil, fmt.Errorf("identity %d (%s): is stored twice, or was never assigned", k.ID, k.Key)
		}
		n.byKey[k.Key], taken[k.ID] = k.ID, true
		r.next = max(r.next, id+1)
	}
	return n, nil
}

func (n *Numbers) rangeOf(key string) (*numberRange, error) {
	for i := range n.ranges {
		if strings.HasPrefix(key, n.ranges[i].kind) {
			return &n.ranges[i], nil
		}
	}
	return nil, fmt.Errorf("identity %q: is of no kind that is known", key)
}

// OfEndpoint returns the identity of an endpoint.
func (n *Numbers) OfEndpoint(e *Endpoint) (ID, error) {
	id, reserved, err := e.reserved()
	if err != nil || reserved {
		return id, err
	}
	return n.of(labelsKey + e.Identified().String())
}

// OfPrefix returns the identity of a prefix.
func (n *Numbers) OfPrefix(p netip.Prefix) (ID, error) {
	switch p {
	case EveryIPv4:
		return WorldIPv4, nil
	case EveryIPv6:
		return WorldIPv6, nil
	}
	return n.of(prefixKey + p.String())
}

func (n *Numbers) of(key string) (ID, error) {
	if id, known := n.byKey[key]; known {
		return id, nil
	}
	r, err := n.rangeOf(key)
	if err != nil {
		return 0, err
	}
	if r.next == r.end {
		return 0, errors.New("there are no numbers left for identities")
	}
	id := ID(r.next)
	r.next++
	n.byKey[key] = id
	n.added = append(n.added, Number{id, key})
	return id, nil
}

// Added returns the numbers that were given since they were last stored.
func (n *Numbers) Added() []Number { return n.added }

// Stored notes that what [Numbers.Added] returned is stored.
func (n *Numbers) Stored() { n.added = nil }

// OfPrefix reports whether an identity was given to a prefix.
func OfPrefix(id ID) bool { return id >= firstOfPrefixes }
