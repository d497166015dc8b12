package policy

import "fmt"

// mergeRules puts rules together that differ in their names and L7 alternatives only, if these can be merged. The rules are
// in the order of evaluation, which stays: inside one precedence and kind it does not matter which of them comes first.
func (c *compilation) mergeRules(rules []rule) []rule {
	groups := map[string][]rule{}
	var order []string
	for i, r := range rules {
		key := r.mergeKey(i)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	merged := rules[:0:0]
	for _, key := range order {
		merged = append(merged, c.mergeGroup(groups[key])...)
	}
	return merged
}

// mergeKey is the same for rules that can be merged. i is the place of the rule, which makes the key of one that can not
// be merged its own.
func (r *rule) mergeKey(i int) string {
	if len(r.l7) == 0 || len(r.serverNames) > 0 || r.foreign {
		return fmt.Sprint(i)
	}
	return fmt.Sprint(r.precedence, r.passPrecedence, r.kind, r.proxyID, r.parser, r.remotes)
}

func (c *compilation) mergeGroup(group []rule) []rule {
	first, ok := group[0].merger()
	if len(group) == 1 || !ok {
		return group
	}
	var alternatives [][]L7NetworkPolicyRule
	together := group[0]
	for _, r := range group {
		alternatives = append(alternatives, r.l7)
		together.names = append(together.names, r.name)
	}
	if together.finder = c.merge(first, alternatives); together.finder == nil {
		return group
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
