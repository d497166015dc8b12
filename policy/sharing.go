package policy

import (
	"encoding/binary"
	"errors"
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// compilation is what the rules of one update share. Many endpoints often have the same L7 rules: those that can be
// merged are compiled once, and so is what they are merged to.
type compilation struct {
	parsers RuleParsers
	// emptyValues: the value of a key may be empty.
	emptyValues bool
	parsed      map[string][]L7NetworkPolicyRule
	// unknown counts the port entries of the endpoint at hand that name a parser which does not exist, by that name; nil
	// if there are none.
	unknown map[string]int
	// numbers distinguish rules that are shared.
	numbers map[L7NetworkPolicyRule]uint64
	finders map[string]Finder
	// key and words are buffers for the keys of look-ups, which so allocate nothing.
	key   []byte
	words []string
}

func newCompilation(parsers RuleParsers) *compilation {
	return &compilation{
		parsers: parsers, parsed: map[string][]L7NetworkPolicyRule{}, numbers: map[L7NetworkPolicyRule]uint64{},
		finders: map[string]Finder{},
	}
}

// parse compiles entries of L7 rules, or those for Kafka, which r holds. The error of the rule
// parser comes first: an unknown key is the worse mistake.
func (c *compilation) parse(
	name string, r *cilium.PortNetworkPolicyRule, entries []*cilium.L7NetworkPolicyRule,
) ([]L7NetworkPolicyRule, error) {
	rules, err := c.parseOnce(name, r)
	if err == nil && !c.emptyValues {
		err = checkValues(entries)
	}
	return rules, err
}

var errEmptyValue = errors.New("is empty; leave the key out to match anything")

// checkValues refuses empty values.
func checkValues(entries []*cilium.L7NetworkPolicyRule) error {
	for i, entry := range entries {
		for key, value := range entry.GetRule() {
			if value == "" {
				return InEntry(i, &Error{Key: key, Err: errEmptyValue})
			}
		}
	}
	return nil
}

// parseOnce compiles the L7 rules of a rule. Equal ones become the same compiled ones, if these can be
// merged. Others may be of any kind, also one that depends on more than the L7 part, and are compiled each time.
func (c *compilation) parseOnce(name string, r *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
	if err := c.l7Key(name, r); err != nil {
		return nil, err
	}
	if rules, known := c.parsed[string(c.key)]; known {
		return rules, nil
	}
	key := string(c.key)
	rules, err := parseAll(r, c.parsers[name])
	if err == nil && len(rules) == 1 && shareable(rules[0]) {
		c.parsed[key] = rules
		c.numbers[rules[0]] = uint64(len(c.numbers) + 1)
	}
	return rules, err
}

// notice counts a port entry if it names a parser that does not exist.
func (c *compilation) notice(e portEntry) {
	if e.unknown == "" {
		return
	}
	if c.unknown == nil {
		c.unknown = map[string]int{}
	}
	c.unknown[e.unknown]++
}

// l7Key makes the key the same for the same parser and L7 part, and another for any other.
func (c *compilation) l7Key(name string, r *cilium.PortNetworkPolicyRule) (err error) {
	c.key = appendText(c.key[:0], name)
	if r.GetL7Rules() == nil {
		c.key = append(c.key, 0)
		c.key, err = proto.MarshalOptions{Deterministic: true}.MarshalAppend(c.key, &cilium.PortNetworkPolicyRule{L7: r.GetL7()})
		return err
	}
	c.key = append(c.key, 1)
	c.keyOf(r.GetL7Rules().GetL7AllowRules())
	c.keyOf(r.GetL7Rules().GetL7DenyRules())
	return nil
}

func (c *compilation) keyOf(list []*cilium.L7NetworkPolicyRule) {
	c.key = binary.AppendUvarint(c.key, uint64(len(list)))
	for _, l7 := range list {
		c.words = c.words[:0]
		for word := range l7.GetRule() {
			c.words = append(c.words, word)
		}
		slices.Sort(c.words)
		c.key = appendText(c.key, l7.GetName())
		c.key = binary.AppendUvarint(c.key, uint64(len(c.words)))
		for _, word := range c.words {
			c.key = appendText(appendText(c.key, word), l7.GetRule()[word])
		}
	}
}

// appendText appends a text so that what follows is not mistaken for a part of it.
func appendText(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

// shareable reports whether a rule is a pointer to one that can be merged.
func shareable(rule L7NetworkPolicyRule) bool {
	_, ok := rule.(Merger)
	return ok && reflect.TypeOf(rule).Kind() == reflect.Pointer
}

// merge merges the alternatives of several rules, which first can, or returns nil.
func (c *compilation) merge(first Merger, rules []rule) Finder {
	c.key = c.key[:0]
	for i := range rules {
		number := uint64(0)
		if list := rules[i].l7; len(list) == 1 && shareable(list[0]) {
			number = c.numbers[list[0]]
		}
		if number == 0 {
			return first.Merge(alternatives(rules))
		}
		c.key = binary.AppendUvarint(c.key, number)
	}
	if finder, known := c.finders[string(c.key)]; known {
		return finder
	}
	key := string(c.key)
	finder := first.Merge(alternatives(rules))
	c.finders[key] = finder
	return finder
}

func alternatives(rules []rule) [][]L7NetworkPolicyRule {
	lists := make([][]L7NetworkPolicyRule, len(rules))
	for i := range rules {
		lists[i] = rules[i].l7
	}
	return lists
}
