package compile

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// set is a set of pointers.
type set[T any] map[*T]struct{}

func (s set[T]) add(item *T) { s[item] = struct{}{} }

// livePolicy is a policy that is in force.
type livePolicy struct {
	policy *cnp.Policy
	rules  []*liveRule
}

// liveRule is a rule, with the endpoints that it is for.
type liveRule struct {
	policy *cnp.Policy
	// index is the rule's place in its policy, serial a number that no other rule has.
	index   int
	serial  uint64
	subject *liveSelector
	clauses []*liveClause
}

// liveClause is a clause whose peers are known by number.
type liveClause struct {
	rule   *liveRule
	clause *cnp.Clause
	name   string
	peers  []*liveSelector
	anyone bool
	// ids are valid if resolved is set.
	ids      []uint32
	resolved bool
}

// liveSelector is a selector with what it selects, shared by all its users.
type liveSelector struct {
	text     string
	selector identity.Selector
	sets     set[labelSet]
	subjects set[liveRule]
	peers    set[liveClause]
	// ids are the identities in ascending order; valid if sorted is set.
	ids    []uint32
	sorted bool
}

// identities lists the identities that the selector selects, in ascending order.
func (s *liveSelector) identities() []uint32 {
	if !s.sorted {
		s.ids = make([]uint32, 0, len(s.sets))
		for set := range s.sets {
			s.ids = append(s.ids, uint32(set.id))
		}
		slices.Sort(s.ids)
		s.sorted = true
	}
	return s.ids
}

// labelSet is one identity of endpoints.
type labelSet struct {
	id        identity.ID
	labels    identity.Labels
	reserved  bool
	endpoints map[string]*identity.Endpoint
	selectors set[liveSelector]
	ports     *portPolicies
}

// first is the first endpoint, for messages.
func (s *labelSet) first() string {
	first := ""
	for key := range s.endpoints {
		if first == "" || key < first {
			first = key
		}
	}
	return first
}

// orderedRules lists the rules that select the set, always in the same order.
func (s *labelSet) orderedRules() []*liveRule {
	var rules []*liveRule
	for selector := range s.selectors {
		for rule := range selector.subjects {
			rules = append(rules, rule)
		}
	}
	slices.SortFunc(rules, func(a, b *liveRule) int {
		return cmp.Or(cmp.Compare(a.policy.Key(), b.policy.Key()), cmp.Compare(a.index, b.index))
	})
	return rules
}

// keyOf is the same for the same rules.
func keyOf(rules []*liveRule) string {
	key := make([]byte, 0, 8*len(rules))
	for _, r := range rules {
		key = binary.BigEndian.AppendUint64(key, r.serial)
	}
	return string(key)
}

// dirtySet is what a change affects and must be built again.
type dirtySet struct {
	sets set[labelSet]
	// endpoints are by key; nil is one that is gone.
	endpoints map[string]*identity.Endpoint
	hosts     map[identity.ID]bool
}

func (d *dirtySet) clear() {
	*d = dirtySet{set[labelSet]{}, map[string]*identity.Endpoint{}, map[identity.ID]bool{}}
}

// orderedSets lists the sets by their numbers.
func (d *dirtySet) orderedSets() []*labelSet {
	return slices.SortedFunc(maps.Keys(d.sets), func(a, b *labelSet) int { return cmp.Compare(a.id, b.id) })
}

// clause marks all that depends on a clause.
func (d *dirtySet) clause(c *liveClause) {
	c.resolved = false
	for s := range c.rule.subject.sets {
		d.sets.add(s)
	}
}

// selector marks all that depends on what a selector selects.
func (d *dirtySet) selector(s *liveSelector) {
	s.sorted = false
	d.clauses(s.peers)
}

func (d *dirtySet) clauses(list set[liveClause]) {
	for c := range list {
		d.clause(c)
	}
}
