package policy

import (
	"encoding/binary"
	"slices"
)

// mergeRules puts rules together that differ in their names and L7 alternatives only, if these can be merged. The rules are
// in the order of evaluation, which stays: inside one precedence and kind it does not matter which of them comes first.
func (c *compilation) mergeRules(rules []rule) []rule {
	groups := map[string]int{}
	var lists [][]rule
	for i := range rules {
		if !rules[i].mergeable() {
			lists = append(lists, rules[i:i+1])
			continue
		}
		c.key = rules[i].appendMergeKey(c.key[:0])
		at, known := groups[string(c.key)]
		if !known {
			groups[string(c.key)] = len(lists)
			lists = append(lists, rules[i:i+1:i+1])
			continue
		}
		lists[at] = append(lists[at], rules[i])
	}
	merged := make([]rule, 0, len(lists))
	for _, group := range lists {
		merged = append(merged, c.mergeGroup(group)...)
	}
	return merged
}

// mergeable reports whether a rule may be merged with others.
func (r *rule) mergeable() bool { return len(r.l7) > 0 && len(r.serverNames) == 0 && !r.foreign }

// appendMergeKey appends what is the same for rules that can be merged.
func (r *rule) appendMergeKey(key []byte) []byte {
	for _, number := range []uint32{r.precedence, r.passPrecedence, uint32(r.kind), r.proxyID} {
		key = binary.AppendUvarint(key, uint64(number))
	}
	key = appendText(key, r.parser)
	for _, id := range r.remotes {
		key = binary.AppendUvarint(key, uint64(id))
	}
	return key
}

// acts reports whether the rule may change requests.
func (r rule) acts() bool {
	return slices.ContainsFunc(r.l7, func(l7 L7NetworkPolicyRule) bool {
		actor, ok := l7.(Actor)
		return ok && actor.Acts()
	})
}

func (c *compilation) mergeGroup(group []rule) []rule {
	first, ok := group[0].merger()
	if len(group) == 1 || !ok {
		return group
	}
	together := group[0]
	if together.finder = c.merge(first, group); together.finder == nil {
		return group
	}
	together.names = make([]string, len(group))
	for i := range group {
		together.names[i] = group[i].name
	}
	if together.kind == deny {
		together.reasons = make([]string, len(group))
		for i := range group {
			together.reasons[i] = group[i].reason
		}
	}
	return []rule{together}
}

func (r *rule) merger() (Merger, bool) {
	if len(r.l7) == 0 {
		return nil, false
	}
	m, ok := r.l7[0].(Merger)
	return m, ok
}
