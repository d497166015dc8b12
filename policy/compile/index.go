package compile

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// pair is a label with a value.
type pair [2]string

// index holds the identities, which are label sets of endpoints and prefixes that policies name, and the selectors and
// clauses that depend on them.
type index struct {
	numbers   *identity.Numbers
	sets      map[identity.ID]*labelSet
	setsBy    map[pair]set[labelSet]
	endpoints map[string]liveEndpoint
	owners    map[netip.Addr]*identity.Endpoint
	// names are those of the resources of each endpoint.
	names     map[string][]string
	prefixes  map[netip.Prefix]*livePrefix
	selectors map[string]*liveSelector
	// selectorsBy are the selectors that need a label with a value, general those that need none.
	selectorsBy map[pair]set[liveSelector]
	general     set[liveSelector]
	// ofPrefixes are the clauses that depend on all known prefixes, ofSets those that depend on all label sets.
	ofPrefixes, ofSets set[liveClause]
	serial             uint64
	dirty              dirtySet
}

type liveEndpoint struct {
	*identity.Endpoint
	set *labelSet
}

// livePrefix is a prefix with the number of those who name it.
type livePrefix struct {
	id    identity.ID
	users int
}

func newIndex(numbers *identity.Numbers) *index {
	x := &index{
		numbers: numbers, sets: map[identity.ID]*labelSet{}, setsBy: map[pair]set[labelSet]{},
		endpoints: map[string]liveEndpoint{}, owners: map[netip.Addr]*identity.Endpoint{}, names: map[string][]string{},
		prefixes: map[netip.Prefix]*livePrefix{}, selectors: map[string]*liveSelector{},
		selectorsBy: map[pair]set[liveSelector]{}, general: set[liveSelector]{}, ofPrefixes: set[liveClause]{},
		ofSets: set[liveClause]{},
	}
	x.dirty.clear()
	x.usePrefix(identity.EveryIPv4, 1)
	x.usePrefix(identity.EveryIPv6, 1)
	return x
}

// check refuses a change that cannot be made: an address of two endpoints, or no number left. After it everything that the
// change names has a number.
func (x *index) check(change Change) error {
	claims := map[netip.Addr]*identity.Endpoint{}
	// In order, so that equal changes give equal numbers.
	for _, key := range slices.Sorted(maps.Keys(change.Endpoints)) {
		e := change.Endpoints[key]
		if e == nil {
			continue
		}
		if _, err := x.numbers.OfEndpoint(e); err != nil {
			return fmt.Errorf("endpoint %s: %w", key, err)
		}
		for _, a := range e.Addresses {
			other := claims[a]
			if owner := x.owners[a]; other == nil && owner != nil {
				if _, changes := change.Endpoints[owner.Key()]; !changes {
					other = owner
				}
			}
			if other != nil {
				first, second := min(key, other.Key()), max(key, other.Key())
				return fmt.Errorf("address %s is of endpoint %s and of endpoint %s", a, first, second)
			}
			claims[a] = e
		}
	}
	for _, key := range slices.Sorted(maps.Keys(change.Policies)) {
		p := change.Policies[key]
		if p == nil {
			continue
		}
		for _, prefix := range prefixesOf(p) {
			if _, err := x.numbers.OfPrefix(prefix); err != nil {
				return fmt.Errorf("policy %s: %w", key, err)
			}
		}
	}
	return nil
}

// prefixesOf lists the prefixes that a policy names, also those that are excepted: an address has the identity of the
// longest prefix that holds it, so an excepted prefix needs one of its own.
func prefixesOf(p *cnp.Policy) []netip.Prefix {
	var all []netip.Prefix
	for i := range p.Rules {
		for j := range p.Rules[i].Clauses {
			for _, c := range p.Rules[i].Clauses[j].Peers.CIDRs {
				all = append(append(all, c.Prefix), c.Except...)
			}
		}
	}
	return all
}

// usePrefix adds to the number of users of a prefix, which is known as long as it has users.
func (x *index) usePrefix(p netip.Prefix, users int) {
	known := x.prefixes[p]
	if known == nil {
		id, err := x.numbers.OfPrefix(p)
		if err != nil {
			panic(fmt.Sprintf("compile: prefix %s has not been checked: %v", p, err))
		}
		known = &livePrefix{id: id}
		x.prefixes[p] = known
		x.markPrefix(known.id)
	}
	if known.users += users; known.users == 0 {
		delete(x.prefixes, p)
		x.markPrefix(known.id)
	}
}

func (x *index) markPrefix(id identity.ID) {
	x.dirty.hosts[id] = true
	x.dirty.clauses(x.ofPrefixes)
}

// addPolicy adds a policy.
func (x *index) addPolicy(p *cnp.Policy) *livePolicy {
	live := &livePolicy{policy: p}
	for _, prefix := range prefixesOf(p) {
		x.usePrefix(prefix, 1)
	}
	for i := range p.Rules {
		x.serial++
		rule := &liveRule{policy: p, index: i, serial: x.serial, subject: x.selector(p.Rules[i].Subject)}
		rule.subject.subjects.add(rule)
		for j := range p.Rules[i].Clauses {
			rule.clauses = append(rule.clauses, x.clause(rule, &p.Rules[i].Clauses[j]))
		}
		x.markSubjects(rule)
		live.rules = append(live.rules, rule)
	}
	return live
}

func (x *index) clause(rule *liveRule, clause *cnp.Clause) *liveClause {
	c := &liveClause{rule: rule, clause: clause, name: RuleName(rule.policy, clause.Place), anyone: clause.Peers.Anyone}
	for _, s := range clause.Peers.Endpoints {
		selector := x.selector(s)
		selector.peers.add(c)
		c.peers = append(c.peers, selector)
	}
	if len(clause.Peers.CIDRs)+len(clause.Peers.Entities) > 0 {
		x.ofPrefixes.add(c)
	}
	if slices.Contains(clause.Peers.Entities, cnp.EntityCluster) {
		x.ofSets.add(c)
	}
	return c
}

// removePolicy removes a policy.
func (x *index) removePolicy(p *livePolicy) {
	for _, rule := range p.rules {
		x.markSubjects(rule)
		for _, c := range rule.clauses {
			delete(x.ofPrefixes, c)
			delete(x.ofSets, c)
			for _, s := range c.peers {
				delete(s.peers, c)
				x.release(s)
			}
		}
		delete(rule.subject.subjects, rule)
		x.release(rule.subject)
	}
	for _, prefix := range prefixesOf(p.policy) {
		x.usePrefix(prefix, -1)
	}
}

func (x *index) markSubjects(rule *liveRule) {
	for s := range rule.subject.sets {
		x.dirty.sets.add(s)
	}
}

// selector returns the one selector of all rules and peers that select the same.
func (x *index) selector(s identity.Selector) *liveSelector {
	text := s.String()
	if known := x.selectors[text]; known != nil {
		return known
	}
	live := &liveSelector{
		text: text, selector: s, sets: set[labelSet]{}, subjects: set[liveRule]{}, peers: set[liveClause]{},
	}
	x.selectors[text] = live
	need, needs := neededPair(s)
	if needs {
		if x.selectorsBy[need] == nil {
			x.selectorsBy[need] = set[liveSelector]{}
		}
		x.selectorsBy[need].add(live)
		for candidate := range x.setsBy[need] {
			match(live, candidate)
		}
		return live
	}
	x.general.add(live)
	for _, candidate := range x.sets {
		match(live, candidate)
	}
	return live
}

// match connects a selector and a set if it selects that, and reports whether it does.
func match(s *liveSelector, candidate *labelSet) bool {
	if !s.selector.Matches(candidate.labels) {
		return false
	}
	s.sets.add(candidate)
	candidate.selectors.add(s)
	return true
}

// neededPair finds a label with a value that every endpoint of a selector has. That of the namespace, which many
// have, is used only if there is no other.
func neededPair(s identity.Selector) (need pair, needs bool) {
	for _, r := range s {
		if r.Operator == identity.In && len(r.Values) == 1 && (!needs || need[0] == identity.NamespaceLabel) {
			need, needs = pair{r.Label, r.Values[0]}, true
		}
	}
	return need, needs
}

// release removes a selector without users.
func (x *index) release(s *liveSelector) {
	if len(s.subjects)+len(s.peers) > 0 {
		return
	}
	delete(x.selectors, s.text)
	delete(x.general, s)
	if need, needs := neededPair(s.selector); needs {
		if delete(x.selectorsBy[need], s); len(x.selectorsBy[need]) == 0 {
			delete(x.selectorsBy, need)
		}
	}
	for candidate := range s.sets {
		delete(candidate.selectors, s)
	}
}

// addEndpoint adds an endpoint whose addresses no other has.
func (x *index) addEndpoint(e *identity.Endpoint) {
	id, err := x.numbers.OfEndpoint(e)
	if err != nil {
		panic(fmt.Sprintf("compile: endpoint %s has not been checked: %v", e.Key(), err))
	}
	members := x.sets[id]
	if members == nil {
		members = x.addSet(id, e)
	}
	key := e.Key()
	members.endpoints[key] = e
	x.endpoints[key] = liveEndpoint{e, members}
	x.dirty.endpoints[key], x.dirty.hosts[id] = e, true
	for _, a := range e.Addresses {
		x.owners[a] = e
		x.markAddress(a)
	}
}

// removeEndpoint removes and returns the endpoint with a key; nil if there is none.
func (x *index) removeEndpoint(key string) *identity.Endpoint {
	e, there := x.endpoints[key]
	if !there {
		return nil
	}
	for _, a := range e.Addresses {
		delete(x.owners, a)
		x.markAddress(a)
	}
	delete(x.endpoints, key)
	x.dirty.endpoints[key], x.dirty.hosts[e.set.id] = nil, true
	if delete(e.set.endpoints, key); len(e.set.endpoints) == 0 {
		x.removeSet(e.set)
	}
	return e.Endpoint
}

// markAddress marks the prefix that is an address alone, which is bound to it only as long as no endpoint has it.
func (x *index) markAddress(a netip.Addr) {
	if p := x.prefixes[netip.PrefixFrom(a, a.BitLen())]; p != nil {
		x.dirty.hosts[p.id] = true
	}
}

// addSet adds the label set of an endpoint, the first that has it.
func (x *index) addSet(id identity.ID, e *identity.Endpoint) *labelSet {
	s := &labelSet{
		id: id, labels: e.Identified(), reserved: e.Reserved(), endpoints: map[string]*identity.Endpoint{},
		selectors: set[liveSelector]{},
	}
	x.sets[id] = s
	x.dirty.sets.add(s)
	for name, value := range s.labels {
		p := pair{name, value}
		if x.setsBy[p] == nil {
			x.setsBy[p] = set[labelSet]{}
		}
		x.setsBy[p].add(s)
		x.matchAll(s, x.selectorsBy[p])
	}
	x.matchAll(s, x.general)
	x.dirty.clauses(x.ofSets)
	return s
}

// matchAll matches a new set with selectors.
func (x *index) matchAll(s *labelSet, selectors set[liveSelector]) {
	for selector := range selectors {
		if match(selector, s) {
			x.dirty.selector(selector)
		}
	}
}

func (x *index) removeSet(s *labelSet) {
	delete(x.sets, s.id)
	delete(x.dirty.sets, s)
	for name, value := range s.labels {
		p := pair{name, value}
		if delete(x.setsBy[p], s); len(x.setsBy[p]) == 0 {
			delete(x.setsBy, p)
		}
	}
	for selector := range s.selectors {
		delete(selector.sets, s)
		x.dirty.selector(selector)
	}
	x.dirty.clauses(x.ofSets)
}

// identities lists the identities in the order of their numbers.
func (x *index) identities() []Identity {
	list := make([]Identity, 0, len(x.sets)+len(x.prefixes))
	for _, s := range x.sets {
		i := Identity{ID: s.id, Labels: s.labels}
		for key := range s.endpoints {
			i.Endpoints = append(i.Endpoints, key)
		}
		slices.Sort(i.Endpoints)
		list = append(list, i)
	}
	for prefix, p := range x.prefixes {
		list = append(list, Identity{ID: p.id, Prefix: prefix})
	}
	slices.SortFunc(list, func(a, b Identity) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
