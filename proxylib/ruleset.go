package proxylib

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy"
)

// RuleSet is what the L7 rules of one policy rule are compiled to: alternatives, of which one has to match. Rules are
// found by what they compare the request with, so that many cost hardly more than a few. It is immutable and may be
// used from several threads at once.
type RuleSet struct {
	rules []conditions
	// owners are, where several policy rules have been merged, the one that each rule belongs to; nil: all belong to the first.
	owners []int32
	// any is the owner of a rule that has no condition, -1 if all have.
	any int
	// scan are the rules that cannot be found by a value; they are tried one by one.
	scan    []int32
	indexes []fieldIndex
}

// conditions is a rule: all of them have to hold. Those on one field are neighbours.
type conditions []condition

// sameField returns how many conditions at the front are on the same field.
func (r conditions) sameField() int {
	n := 1
	for n < len(r) && r[n].key.Field == r[0].key.Field {
		n++
	}
	return n
}

// hold reports whether all conditions hold for a value.
func (r conditions) hold(value Value) bool {
	for i := range r {
		if !r[i].holds(value) {
			return false
		}
	}
	return true
}

// scanned is the number of rules up to which trying them one by one is faster than to look for them.
const scanned = 4

// Compile compiles L7 rules, each given by what is written for its keys. A key whose value is empty is not a condition;
// where that is not wanted, [policy.Compiler] refuses it. The error says which rule and key is wrong.
func (p *Protocol) Compile(rules []map[string]string) (*RuleSet, error) {
	set := &RuleSet{any: -1}
	if len(rules) == 0 {
		set.any = 0
	}
	for i, keys := range rules {
		rule, err := p.compileRule(keys)
		if err != nil {
			return nil, policy.InEntry(i, err)
		}
		if len(rule) == 0 {
			set.any = 0
		}
		set.rules = append(set.rules, rule)
	}
	set.index()
	return set, nil
}

// Merge implements [policy.Merger] for lists of one RuleSet each.
func (s *RuleSet) Merge(rules [][]L7NetworkPolicyRule) policy.Finder {
	merged := &RuleSet{any: -1}
	for owner, list := range rules {
		set, ok := list[0].(*RuleSet)
		if !ok || len(list) > 1 {
			return nil
		}
		if set.any >= 0 && merged.any < 0 {
			merged.any = owner
		}
		for _, rule := range set.rules {
			merged.rules = append(merged.rules, rule)
			merged.owners = append(merged.owners, int32(owner))
		}
	}
	merged.index()
	return merged
}

func (p *Protocol) compileRule(keys map[string]string) (conditions, error) {
	var rule conditions
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		key := p.key(name)
		if key == nil || key.Implied {
			return nil, &policy.Error{Key: name, Err: fmt.Errorf("is unknown, use %s", either(p.keyNames()))}
		}
		if keys[name] == "" {
			continue
		}
		c, err := newCondition(key, keys[name])
		if err != nil {
			return nil, &policy.Error{Key: name, Err: err}
		}
		rule = append(rule, c)
	}
	if err := contradiction(rule); err != nil {
		return nil, err
	}
	if p.Imply != nil && len(rule) > 0 {
		for name, text := range p.Imply(p.ownKeys(keys)) {
			c, err := newCondition(p.key(name), text)
			if err != nil {
				return nil, &policy.Error{Key: name, Err: err}
			}
			rule = append(rule, c)
		}
	}
	slices.SortStableFunc(rule, func(a, b condition) int { return cmp.Compare(a.key.Field, b.key.Field) })
	if own := p.ownKeys(keys); p.CheckRule != nil && len(own) > 0 {
		if err := p.CheckRule(own); err != nil {
			return nil, err
		}
	}
	return rule, nil
}

// ownKeys returns the keys that have a value and are not those of the framework.
func (p *Protocol) ownKeys(keys map[string]string) map[string]string {
	own := maps.Clone(keys)
	maps.DeleteFunc(own, func(name, value string) bool { return value == "" || p.key(name).Field < 0 })
	return own
}

// Matches implements [L7NetworkPolicyRule] for a [Subject]: some rule holds for every value of each field. Nothing else
// matches.
func (s *RuleSet) Matches(l7 any) bool { return s.Find(l7) >= 0 }

// MatchesPart implements [policy.PartMatcher] for a [Subject]: some rule holds for some value of each field.
func (s *RuleSet) MatchesPart(l7 any) bool { return s.FindPart(l7) >= 0 }

// Find implements [policy.Finder]: it returns of which of the merged rules an alternative matches, or -1.
func (s *RuleSet) Find(l7 any) int { return s.find(l7, false) }

// FindPart implements [policy.Finder]: it returns of which of the merged rules an alternative matches a part, or -1.
func (s *RuleSet) FindPart(l7 any) int { return s.find(l7, true) }

func (s *RuleSet) find(l7 any, part bool) int {
	subject, ok := l7.(Subject)
	if !ok {
		return -1
	}
	if s.any >= 0 {
		return s.any
	}
	if owner := s.firstOf(s.scan, subject, part, nil); owner >= 0 {
		return owner
	}
	for i := range s.indexes {
		if owner := s.findBy(&s.indexes[i], subject, part); owner >= 0 {
			return owner
		}
	}
	return -1
}

// findBy looks rules up by the values of a field: for a part by all of them, else by the first, since every other one has
// to meet the same conditions.
func (s *RuleSet) findBy(index *fieldIndex, subject Subject, part bool) int {
	value, next := fieldValue(subject, index.field, 0)
	if !part {
		return s.lookUp(index, value, subject, nil)
	}
	for {
		at := found{index.field, value}
		if owner := s.lookUp(index, value, subject, &at); owner >= 0 || next == 0 {
			return owner
		}
		value, next = following(subject, index.field, next)
	}
}

// lookUp returns the owner of a rule that the value leads to and that holds, or -1. at is the value if a part of the
// request is enough, else nil.
func (s *RuleSet) lookUp(index *fieldIndex, value Value, subject Subject, at *found) int {
	part := at != nil
	switch {
	case len(value.text) > 0:
	case value.isUnknown():
		return s.firstOf(index.rules, subject, part, at)
	default:
		return -1
	}
	if owner := s.firstOf(index.exact[string(value.text)], subject, part, at); owner >= 0 {
		return owner
	}
	for p := index.prefixes.find(value.text); p >= 0; p = index.prefixes[p].shorter {
		prefix := &index.prefixes[p]
		if !hasPrefix(value.text, prefix.text) {
			continue
		}
		if owner := s.firstOf(prefix.rules, subject, part, at); owner >= 0 {
			return owner
		}
	}
	return -1
}

// firstOf returns the owner of the first rule that holds, or -1.
func (s *RuleSet) firstOf(rules []int32, subject Subject, part bool, at *found) int {
	for _, i := range rules {
		rule := s.rules[i]
		if part && !rule.holdForPart(subject, at) || !part && !rule.holdForAll(subject) {
			continue
		}
		if s.owners == nil {
			return 0
		}
		return int(s.owners[i])
	}
	return -1
}

// index makes the rules findable, each by the condition that the fewest rules share.
func (s *RuleSet) index() {
	if s.any >= 0 {
		return
	}
	sharing := map[place]int{}
	for _, rule := range s.rules {
		for i := range rule {
			for _, at := range rule[i].foundAt() {
				sharing[at]++
			}
		}
	}
	for i, rule := range s.rules {
		by := rule.rarest(sharing)
		if by == nil || len(s.rules) <= scanned {
			s.scan = append(s.scan, int32(i))
			continue
		}
		index := s.indexOf(by.key.Field)
		index.rules = append(index.rules, int32(i))
		for _, text := range by.texts {
			index.add(by.match, text, int32(i))
		}
	}
	for i := range s.indexes {
		s.indexes[i].prefixes.link()
	}
}

// place is where rules are found.
type place struct {
	field int
	match Match
	text  string
}

func (c *condition) foundAt() []place {
	if !c.indexed() {
		return nil
	}
	places := make([]place, len(c.texts))
	for i, text := range c.texts {
		places[i] = place{c.key.Field, c.match, text}
	}
	return places
}

// rarest is the condition whose fullest place is shared by the fewest rules; nil if none can be found by a value.
func (r conditions) rarest(sharing map[place]int) *condition {
	var best *condition
	fewest := 0
	for i := range r {
		if !r[i].indexed() {
			continue
		}
		fullest := 0
		for _, at := range r[i].foundAt() {
			fullest = max(fullest, sharing[at])
		}
		if best == nil || fullest < fewest {
			best, fewest = &r[i], fullest
		}
	}
	return best
}

func (s *RuleSet) indexOf(field int) *fieldIndex {
	i := slices.IndexFunc(s.indexes, func(x fieldIndex) bool { return x.field == field })
	if i < 0 {
		i = len(s.indexes)
		s.indexes = append(s.indexes, fieldIndex{field: field, exact: map[string][]int32{}})
	}
	return &s.indexes[i]
}

// fieldIndex finds rules by the value of one field.
type fieldIndex struct {
	field    int
	rules    []int32
	exact    map[string][]int32
	prefixes prefixes
}

func (x *fieldIndex) add(match Match, text string, rule int32) {
	if match == Exact {
		x.exact[text] = append(x.exact[text], rule)
		return
	}
	x.prefixes.add(text, rule)
}

// prefixes are sorted by their texts. Each knows the longest of the others that it begins with: those that a value
// begins with are on the chain from the last one that is not after it.
type prefixes []prefix

type prefix struct {
	text  string
	rules []int32
	// shorter is the place of the longest prefix that text begins with, -1 if there is none.
	shorter int
}

func comparePrefix(p prefix, text string) int { return strings.Compare(p.text, text) }

func (p *prefixes) add(text string, rule int32) {
	at, known := slices.BinarySearchFunc(*p, text, comparePrefix)
	if !known {
		*p = slices.Insert(*p, at, prefix{text: text})
	}
	(*p)[at].rules = append((*p)[at].rules, rule)
}

func (p prefixes) link() {
	for i := range p {
		p[i].shorter = -1
		for j := i - 1; j >= 0; j = p[j].shorter {
			if strings.HasPrefix(p[i].text, p[j].text) {
				p[i].shorter = j
				break
			}
		}
	}
}

// find returns the place of the last prefix that is not after value, or -1.
func (p prefixes) find(value []byte) int {
	low, high := 0, len(p)
	for low < high {
		if middle := (low + high) / 2; p[middle].text <= string(value) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}

func hasPrefix(value []byte, text string) bool {
	return len(value) >= len(text) && string(value[:len(text)]) == text
}
