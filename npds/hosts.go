package npds

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// prefixField is the field of a resource with the prefixes that it is about.
const prefixField = "host_addresses"

// hosts is the consumer of NPHDS. A change makes the whole table again: identities change seldom, and are looked up once
// a connection. A resource that is refused always leaves the identities of its addresses as they were: one without
// identity would no longer be concerned by the rules that deny it something.
type hosts struct {
	store *policy.IdentityStore
	// bound are the identities in force by prefix, byID by number. They are those of a state of the world.
	bound  map[string]*bound
	byID   map[uint32]*bound
	ledger *ledger[*bound]
}

// bound is an identity with its prefixes.
type bound struct {
	id       uint32
	prefixes []string
}

func newHosts(store *policy.IdentityStore) *hosts {
	return &hosts{store: store, ledger: newLedger[*bound](prefixField, true)}
}

func (h *hosts) world(resources []*anypb.Any) outcome {
	offers := make([]*offer[*bound], len(resources))
	for i, r := range resources {
		offers[i] = unnamed[*bound](i)
		h.bind(offers[i], r)
	}
	after, refused := newWorld(prefixField, offers, h, true)
	result := worldOutcome(len(offers), refused, len(h.bound), len(after))
	h.bound, h.byID = after, make(map[uint32]*bound, len(offers))
	for _, b := range after {
		h.byID[b.id] = b
	}
	table := &policy.Identities{}
	for prefix, b := range after {
		add(table, prefix, b)
	}
	h.store.Replace(table)
	return result
}

func (h *hosts) change(changed []changedResource, removed []string) outcome {
	offers := make([]*offer[*bound], len(changed))
	for i, r := range changed {
		offers[i] = named[*bound](r)
		h.bind(offers[i], r.resource)
	}
	d, refused := h.ledger.update(offers, removed)
	table := &policy.Identities{}
	for prefix, r := range h.ledger.owners {
		add(table, prefix, r.value)
	}
	h.store.Replace(table)
	return outcome{
		refused: refused, outstanding: h.ledger.outstanding(), of: len(offers), applied: d.some() || len(refused) == 0,
	}
}

// add adds a prefix that has been checked, and is there once.
func add(table *policy.Identities, prefix string, b *bound) {
	if err := table.Add(prefix, b.id); err != nil {
		panic(err)
	}
}

// held implements [sharer].
func (h *hosts) held(do func(held)) {
	for _, r := range h.ledger.held {
		do(held{name: r.name, version: r.version, raw: r.value.encode(r.keys)})
	}
	prefixes := map[*bound][]string{}
	for prefix, b := range h.bound {
		prefixes[b] = append(prefixes[b], prefix)
	}
	for b, keys := range prefixes {
		do(held{raw: b.encode(keys)})
	}
}

// encode returns an identity as a resource, for the prefixes for which it is in force.
func (b *bound) encode(prefixes []string) []byte {
	// A message of texts that were checked can be encoded.
	raw, _ := proto.Marshal(&cilium.NetworkPolicyHosts{Policy: uint64(b.id), HostAddresses: prefixes})
	return raw
}

// restore implements [sharer].
func (h *hosts) restore(all []held) (refused refusals) {
	*h = *newHosts(h.store)
	table := &policy.Identities{}
	h.bound, h.byID = map[string]*bound{}, map[uint32]*bound{}
	for i, one := range all {
		o := unnamed[*bound](i)
		o.name, o.version = one.name, one.version
		if h.bind(o, &anypb.Any{TypeUrl: HostsTypeURL, Value: one.raw}); o.err != nil {
			refused = append(refused, refusal{o.label, o.field, o.err})
			continue
		}
		for _, prefix := range o.keys {
			add(table, prefix, o.value)
		}
		if o.name != "" {
			h.ledger.enter(o)
			continue
		}
		h.byID[o.value.id] = o.value
		for _, prefix := range o.keys {
			h.bound[prefix] = o.value
		}
	}
	h.store.Replace(table)
	return refused
}

func (h *hosts) restart() map[string]string { return h.ledger.restart() }

// bind checks a resource.
func (h *hosts) bind(o *offer[*bound], r *anypb.Any) {
	resource := &cilium.NetworkPolicyHosts{}
	var wrong error
	o.decode(r, HostsTypeURL, resource, func() {
		id := resource.GetPolicy()
		if id == 0 || id > math.MaxUint32 {
			wrong = fmt.Errorf("policy: %d is not an identity, want a number from 1 to %d", id, uint32(math.MaxUint32))
		}
		b := &bound{id: uint32(id)}
		for _, text := range resource.GetHostAddresses() {
			prefix, err := policy.ParsePrefix(text)
			if err == nil {
				b.prefixes = append(b.prefixes, prefix.String())
			} else if wrong == nil {
				wrong = fmt.Errorf("host_addresses of identity %d: %w", id, err)
			}
		}
		slices.Sort(b.prefixes)
		b.prefixes = slices.Compact(b.prefixes)
		o.keys, o.value, o.identified = b.prefixes, b, id != 0 && id <= math.MaxUint32
		if o.name == "" && o.identified {
			o.label = fmt.Sprintf("hosts of identity %d", id)
		}
	}, func() error {
		if wrong != nil {
			return fmt.Errorf("%s: %w", o.label, wrong)
		}
		return nil
	})
	if before := h.byID[uint32(resource.GetPolicy())]; o.err != nil && o.identified && before != nil {
		o.keys = append(slices.Clone(o.keys), before.prefixes...)
	}
}

// find implements [inForce].
func (h *hosts) find(prefix string) (*bound, []string, bool) {
	if b := h.bound[prefix]; b != nil {
		return b, b.prefixes, true
	}
	return nil, nil, false
}

// each implements [inForce].
func (h *hosts) each(do func(string, *bound)) {
	for prefix, b := range h.bound {
		do(prefix, b)
	}
}
