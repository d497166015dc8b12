package policy

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// compilation is what the rules of one update share. Many endpoints often have the same L7 rules: those that can be
// merged are compiled once, and so is what they are merged to.
type compilation struct {
	parsers RuleParsers
	parsed  map[string][]L7NetworkPolicyRule
	// numbers tell rules that are shared apart.
	numbers map[L7NetworkPolicyRule]int
	finders map[string]Finder
}

func newCompilation(parsers RuleParsers) *compilation {
	return &compilation{
		parsers: parsers, parsed: map[string][]L7NetworkPolicyRule{}, numbers: map[L7NetworkPolicyRule]int{},
		finders: map[string]Finder{},
	}
}

// sharing is a rule parser that answers equal L7 rules with the same compiled ones. Rules that can not be merged may be
// of any kind, also one that looks at more than the L7 part, and are compiled each time.
func (c *compilation) sharing(name string, parse RuleParser) RuleParser {
	return func(r *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		l7 := &cilium.PortNetworkPolicyRule{L7Proto: name, L7: r.GetL7()}
		text, err := proto.MarshalOptions{Deterministic: true}.Marshal(l7)
		if err != nil {
			return nil, err
		}
		if rules, known := c.parsed[string(text)]; known {
			return rules, nil
		}
		rules, err := parse(r)
		if err == nil && len(rules) == 1 && shareable(rules[0]) {
			c.parsed[string(text)] = rules
			c.numbers[rules[0]] = len(c.numbers) + 1
		}
		return rules, err
	}
}

// shareable tells whether a rule is a pointer to one that can be merged.
func shareable(rule L7NetworkPolicyRule) bool {
	_, ok := rule.(Merger)
	return ok && strings.HasPrefix(fmt.Sprintf("%T", rule), "*")
}

// merge merges the alternatives of several rules, which first can, or answers nil.
func (c *compilation) merge(first Merger, alternatives [][]L7NetworkPolicyRule) Finder {
	var key strings.Builder
	for _, list := range alternatives {
		number := 0
		if len(list) == 1 && shareable(list[0]) {
			number = c.numbers[list[0]]
		}
		if number == 0 {
			return first.Merge(alternatives)
		}
		fmt.Fprint(&key, number, " ")
	}
	if finder, known := c.finders[key.String()]; known {
		return finder
	}
	finder := first.Merge(alternatives)
	c.finders[key.String()] = finder
	return finder
}
