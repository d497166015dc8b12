package policy

import (
	"cmp"
	"slices"
)

// portTable holds the rules of one direction, by ranges of ports that do not overlap, in ascending order.
type portTable []portRange

type portRange struct {
	first, last uint16
	rules       *PortRules
}

func (t portTable) lookup(port uint16) *PortRules {
	i, found := slices.BinarySearchFunc(t, port, func(r portRange, port uint16) int {
		if r.last < port {
			return -1
		}
		return max(0, cmp.Compare(r.first, port))
	})
	if !found {
		return nil
	}
	return t[i].rules
}

// audit makes all rules those of a policy that only watches.
func (t portTable) audit() {
	for i := range t {
		t[i].rules.audit = true
	}
}

// portEntry is one PortNetworkPolicy, compiled.
type portEntry struct {
	first, last uint16
	rules       []rule
	// unknown is the parser that a rule names and that does not exist, so nothing may pass; empty if there is none.
	unknown string
}

// split cuts the ports that the entries cover into ranges to each of which the same entries apply.
func split(entries []portEntry, c *compilation) (portTable, error) {
	var table portTable
	for _, first := range cuts(entries) {
		last := 65535
		rules := &PortRules{}
		for _, e := range entries {
			if int(e.first) > first {
				last = min(last, int(e.first)-1)
			}
			if int(e.first) > first || int(e.last) < first {
				continue
			}
			last = min(last, int(e.last))
			rules.rules = append(rules.rules, e.rules...)
			rules.closed = rules.closed || e.unknown != ""
		}
		if err := rules.order(); err != nil {
			return nil, err
		}
		if rules.acts = slices.ContainsFunc(rules.rules, rule.acts); !rules.acts {
			rules.rules = c.mergeRules(rules.rules)
		}
		rules.denies = slices.ContainsFunc(rules.rules, func(r rule) bool { return r.kind == deny })
		rules.remote = newRemoteIndex(rules.rules)
		for i := range rules.rules {
			// The index knows them now.
			rules.rules[i].remotes = nil
		}
		if rules.closed || rules.decides() {
			table = append(table, portRange{uint16(first), uint16(last), rules})
		}
	}
	return table, nil
}

// cuts lists, in ascending order, the ports at which the set of entries that apply changes.
func cuts(entries []portEntry) []int {
	var ports []int
	for _, e := range entries {
		ports = append(ports, int(e.first))
		if e.last < 65535 {
			ports = append(ports, int(e.last)+1)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}
