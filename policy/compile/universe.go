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

// universe is everyone that has a number, the label sets of endpoints and the prefixes that policies name, and whoever
// has an eye on them.
type universe struct {
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
	// ofPrefixes are the clauses that depend on the prefixes that are known, ofSets those that depend on all label sets.
	ofPrefixes, ofSets set[liveClause]
	serial             uint64
	dirty              dirt
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

func newUniverse(numbers *identity.Numbers) *universe {
	u := &universe{
		numbers: numbers, sets: map[identity.ID]*labelSet{}, setsBy: map[pair]set[labelSet]{},
		endpoints: map[string]liveEndpoint{}, owners: map[netip.Addr]*identity.Endpoint{}, names: map[string][]string{},
		prefixes: map[netip.Prefix]*livePrefix{}, selectors: map[string]*liveSelector{},
		selectorsBy: map[pair]set[liveSelector]{}, general: set[liveSelector]{}, ofPrefixes: set[liveClause]{},
		ofSets: set[liveClause]{},
	}
	u.dirty.clear()
	u.usePrefix(identity.EveryIPv4, 1)
	u.usePrefix(identity.EveryIPv6, 1)
	return u
}

// check refuses a change that cannot be made: an address of two endpoints, or numbers that have run out. After it the
// numbers of all that the change names are known.
func (u *universe) check(change Change) error {
	claims := map[netip.Addr]*identity.Endpoint{}
	// In order, so that equal changes give equal numbers.
	for _, key := range slices.Sorted(maps.Keys(change.Endpoints)) {
		e := change.Endpoints[key]
		if e == nil {
			continue
		}
		if _, err := u.numbers.OfEndpoint(e); err != nil {
			return fmt.Errorf("endpoint %s: %w", key, err)
		}
		for _, a := range e.Addresses {
			other := claims[a]
			if owner := u.owners[a]; other == nil && owner != nil {
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
			if _, err := u.numbers.OfPrefix(prefix); err != nil {
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

// usePrefix counts users of a prefix, which is known as long as it has some.
func (u *universe) usePrefix(p netip.Prefix, users int) {
	known := u.prefixes[p]
	if known == nil {
		id, err := u.numbers.OfPrefix(p)
		if err != nil {
			panic(fmt.Sprintf("compile: prefix %s has not been checked: %v", p, err))
		}
		known = &livePrefix{id: id}
		u.prefixes[p] = known
		u.touchPrefix(known.id)
	}
	if known.users += users; known.users == 0 {
		delete(u.prefixes, p)
		u.touchPrefix(known.id)
	}
}

func (u *universe) touchPrefix(id identity.ID) {
	u.dirty.hosts[id] = true
	u.dirty.clauses(u.ofPrefixes)
}

// learn puts a policy in force.
func (u *universe) learn(p *cnp.Policy) *livePolicy {
	live := &livePolicy{policy: p}
	for _, prefix := range prefixesOf(p) {
		u.usePrefix(prefix, 1)
	}
	for i := range p.Rules {
		u.serial++
		rule := &liveRule{policy: p, index: i, serial: u.serial, subject: u.selector(p.Rules[i].Subject)}
		rule.subject.subjects.add(rule)
		for j := range p.Rules[i].Clauses {
			rule.clauses = append(rule.clauses, u.clause(rule, &p.Rules[i].Clauses[j]))
		}
		u.touchSubjects(rule)
		live.rules = append(live.rules, rule)
	}
	return live
}

func (u *universe) clause(rule *liveRule, clause *cnp.Clause) *liveClause {
	c := &liveClause{rule: rule, clause: clause, name: RuleName(rule.policy, clause.Place), anyone: clause.Peers.Anyone}
	for _, s := range clause.Peers.Endpoints {
		selector := u.selector(s)
		selector.peers.add(c)
		c.peers = append(c.peers, selector)
	}
	if len(clause.Peers.CIDRs)+len(clause.Peers.Entities) > 0 {
		u.ofPrefixes.add(c)
	}
	if slices.Contains(clause.Peers.Entities, cnp.EntityCluster) {
		u.ofSets.add(c)
	}
	return c
}

// forget takes a policy out of force.
func (u *universe) forget(p *livePolicy) {
	for _, rule := range p.rules {
		u.touchSubjects(rule)
		for _, c := range rule.clauses {
			delete(u.ofPrefixes, c)
			delete(u.ofSets, c)
			for _, s := range c.peers {
				delete(s.peers, c)
				u.release(s)
			}
		}
		delete(rule.subject.subjects, rule)
		u.release(rule.subject)
	}
	for _, prefix := range prefixesOf(p.policy) {
		u.usePrefix(prefix, -1)
	}
}

func (u *universe) touchSubjects(rule *liveRule) {
	for s := range rule.subject.sets {
		u.dirty.sets.add(s)
	}
}

// selector returns the selector that all who select the same share.
func (u *universe) selector(s identity.Selector) *liveSelector {
	text := s.String()
	if known := u.selectors[text]; known != nil {
		return known
	}
	live := &liveSelector{
		text: text, selector: s, sets: set[labelSet]{}, subjects: set[liveRule]{}, peers: set[liveClause]{},
	}
	u.selectors[text] = live
	need, needs := neededPair(s)
	if needs {
		if u.selectorsBy[need] == nil {
			u.selectorsBy[need] = set[liveSelector]{}
		}
		u.selectorsBy[need].add(live)
		for candidate := range u.setsBy[need] {
			match(live, candidate)
		}
		return live
	}
	u.general.add(live)
	for _, candidate := range u.sets {
		match(live, candidate)
	}
	return live
}

// match notes whether a selector selects a set.
func match(s *liveSelector, candidate *labelSet) bool {
	if !s.selector.Matches(candidate.labels) {
		return false
	}
	s.sets.add(candidate)
	candidate.selectors.add(s)
	return true
}

// neededPair finds a label with a value without which a selector selects nobody. That of the namespace, which many
// have, is the last choice.
func neededPair(s identity.Selector) (need pair, needs bool) {
	for _, r := range s {
		if r.Operator == identity.In && len(r.Values) == 1 && (!needs || need[0] == identity.NamespaceLabel) {
			need, needs = pair{r.Label, r.Values[0]}, true
		}
	}
	return need, needs
}

// release releases a selector that nobody uses any more.
func (u *universe) release(s *liveSelector) {
	if len(s.subjects)+len(s.peers) > 0 {
		return
	}
	delete(u.selectors, s.text)
	delete(u.general, s)
	if need, needs := neededPair(s.selector); needs {
		if delete(u.selectorsBy[need], s); len(u.selectorsBy[need]) == 0 {
			delete(u.selectorsBy, need)
		}
	}
	for candidate := range s.sets {
		delete(candidate.selectors, s)
	}
}

// addEndpoint adds an endpoint whose addresses nobody has.
func (u *universe) addEndpoint(e *identity.Endpoint) {
	id, err := u.numbers.OfEndpoint(e)
	if err != nil {
		panic(fmt.Sprintf("compile: endpoint %s has not been checked: %v", e.Key(), err))
	}
	members := u.sets[id]
	if members == nil {
		members = u.addSet(id, e)
	}
	key := e.Key()
	members.endpoints[key] = e
	u.endpoints[key] = liveEndpoint{e, members}
	u.dirty.endpoints[key], u.dirty.hosts[id] = e, true
	for _, a := range e.Addresses {
		u.owners[a] = e
		u.touchOwned(a)
	}
}

// removeEndpoint removes an endpoint, if there is one of that key, and returns it.
func (u *universe) removeEndpoint(key string) *identity.Endpoint {
	e, there := u.endpoints[key]
	if !there {
		return nil
	}
	for _, a := range e.Addresses {
		delete(u.owners, a)
		u.touchOwned(a)
	}
	delete(u.endpoints, key)
	u.dirty.endpoints[key], u.dirty.hosts[e.set.id] = nil, true
	if delete(e.set.endpoints, key); len(e.set.endpoints) == 0 {
		u.removeSet(e.set)
	}
	return e.Endpoint
}

// touchOwned marks the prefix that is an address alone, which is bound to it only as long as no endpoint has it.
func (u *universe) touchOwned(a netip.Addr) {
	if p := u.prefixes[netip.PrefixFrom(a, a.BitLen())]; p != nil {
		u.dirty.hosts[p.id] = true
	}
}

// addSet adds the label set of an endpoint, the first that has it.
func (u *universe) addSet(id identity.ID, e *identity.Endpoint) *labelSet {
	s := &labelSet{
		id: id, labels: e.Identified(), reserved: e.Reserved(), endpoints: map[string]*identity.Endpoint{},
		selectors: set[liveSelector]{},
	}
	u.sets[id] = s
	u.dirty.sets.add(s)
	for name, value := range s.labels {
		p := pair{name, value}
		if u.setsBy[p] == nil {
			u.setsBy[p] = set[labelSet]{}
		}
		u.setsBy[p].add(s)
		u.show(s, u.selectorsBy[p])
	}
	u.show(s, u.general)
	u.dirty.clauses(u.ofSets)
	return s
}

// show shows a new set to selectors.
func (u *universe) show(s *labelSet, selectors set[liveSelector]) {
	for selector := range selectors {
		if match(selector, s) {
			u.dirty.selector(selector)
		}
	}
}

func (u *universe) removeSet(s *labelSet) {
	delete(u.sets, s.id)
	delete(u.dirty.sets, s)
	for name, value := range s.labels {
		p := pair{name, value}
		if delete(u.setsBy[p], s); len(u.setsBy[p]) == 0 {
			delete(u.setsBy, p)
		}
	}
	for selector := range s.selectors {
		delete(selector.sets, s)
		u.dirty.selector(selector)
	}
	u.dirty.clauses(u.ofSets)
}

// identities lists who is known, by number.
func (u *universe) identities() []Identity {
	list := make([]Identity, 0, len(u.sets)+len(u.prefixes))
	for _, s := range u.sets {
		i := Identity{ID: s.id, Labels: s.labels}
		for key := range s.endpoints {
			i.Endpoints = append(i.Endpoints, key)
		}
		slices.Sort(i.Endpoints)
		list = append(list, i)
	}
	for prefix, p := range u.prefixes {
		list = append(list, Identity{ID: p.id, Prefix: prefix})
	}
	slices.SortFunc(list, func(a, b Identity) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
