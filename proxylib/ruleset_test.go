package proxylib

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/check.v1"
)

// shelf is a protocol for tests: requests have verbs, or a name for all of these, books, and weights, any number of
// each.
var shelf = Protocol{
	RuleKeys: []RuleKey{
		{Name: "verb", Field: 0, Alias: 3, Match: Exact, Doc: "its verb is this one", Values: map[string][]string{
			"take": {"take"}, "put": {"put"}, "any": {"take", "put"}, "never": nil,
		}},
		{Name: "book", Field: 1, Match: Exact, MaxLen: 8, Doc: "its books are this one"},
		{Name: "series", Field: 1, Match: Prefix, MaxLen: 8, Doc: "its books begin with this"},
		{Name: "pattern", Field: 1, Match: Regexp, Doc: "its books match this"},
		{Name: "weight", Field: 2, Match: AtMost, Min: 1, Doc: "it weighs no more than this"},
	},
	CheckRule: func(keys map[string]string) error {
		if keys["weight"] != "" && keys["verb"] == "" {
			return errors.New("key verb: is missing")
		}
		return nil
	},
	LogFields: []LogFieldDoc{{Name: "book", Doc: "the first book"}},
}

// loan is a request about books.
type loan struct {
	verbs, books []string
	weights      []int64
	// errand is a name for all verbs.
	errand string
}

func (l *loan) Value(field, at int) (Value, int) {
	switch field {
	case 0:
		return valueAt(l.verbs, at, func(verb string) Value { return Text([]byte(verb)) })
	case 1:
		return valueAt(l.books, at, func(book string) Value { return Text([]byte(book)) })
	case 2:
		return valueAt(l.weights, at, Number)
	}
	return Text([]byte(l.errand)), 0
}

func valueAt[T any](list []T, at int, value func(T) Value) (Value, int) {
	switch {
	case at >= len(list):
		return NoValue, 0
	case at+1 == len(list):
		return value(list[at]), 0
	}
	return value(list[at]), at + 1
}

type RuleSetSuite struct{}

var _ = check.Suite(&RuleSetSuite{})

func (s *RuleSetSuite) TestARuleMatchesWhenAllItsKeysDo(c *check.C) {
	for _, t := range []struct {
		rule map[string]string
		loan loan
		want bool
	}{
		{nil, loan{verbs: []string{"burn"}}, true},
		{map[string]string{"verb": "take"}, loan{verbs: []string{"take"}}, true},
		{map[string]string{"verb": "take"}, loan{verbs: []string{"put"}}, false},
		{map[string]string{"verb": "any"}, loan{verbs: []string{"put"}}, true},
		{map[string]string{"verb": "never"}, loan{verbs: []string{"never"}}, false},
		{map[string]string{"book": "emma"}, loan{books: []string{"emma"}}, true},
		{map[string]string{"book": "emma"}, loan{books: []string{"emma", "ivanhoe"}}, false},
		{map[string]string{"book": "emma"}, loan{}, false},
		{map[string]string{"series": "dune"}, loan{books: []string{"dune 1", "dune 2"}}, true},
		{map[string]string{"series": "dune"}, loan{books: []string{"dune 1", "emma"}}, false},
		{map[string]string{"series": "dune"}, loan{}, false},
		{map[string]string{"pattern": "[12]$"}, loan{books: []string{"dune 1", "dune 2"}}, true},
		{map[string]string{"pattern": "[12]$"}, loan{books: []string{"dune 3"}}, false},
		{map[string]string{"series": "dune", "pattern": "[12]$", "verb": "any"}, loan{verbs: []string{"put"}, books: []string{"dune 2"}}, true},
		{map[string]string{"series": "dune", "pattern": "[12]$", "verb": "any"}, loan{verbs: []string{"put"}, books: []string{"emma 2"}}, false},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: []string{"take"}, weights: []int64{5}}, true},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: []string{"take"}, weights: []int64{6}}, false},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: []string{"take"}, weights: []int64{5, 6}}, false},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: []string{"take"}}, false},
		{map[string]string{"verb": "", "book": "", "series": "", "pattern": "", "weight": ""}, loan{verbs: []string{"burn"}}, true},
		{map[string]string{"verb": "take", "book": "", "weight": ""}, loan{verbs: []string{"take"}, weights: []int64{6}}, true},
		{map[string]string{"verb": "take", "book": "", "weight": ""}, loan{verbs: []string{"put"}}, false},
		{map[string]string{"verb": "take"}, loan{verbs: []string{"burn", "put"}, errand: "take"}, true},
		{map[string]string{"verb": "take"}, loan{verbs: []string{"take"}, errand: "burn"}, true},
		{map[string]string{"verb": "any"}, loan{verbs: []string{"take", "put"}, errand: "burn"}, true},
		{map[string]string{"verb": "take"}, loan{verbs: []string{"take", "put"}, errand: "burn"}, false},
	} {
		set, err := shelf.Compile([]map[string]string{t.rule})
		c.Assert(err, check.IsNil)
		c.Check(set.Matches(&t.loan), check.Equals, t.want, check.Commentf("%v %v", t.rule, t.loan))
		c.Check(set.Matches("take"), check.Equals, false)
	}
}

func (s *RuleSetSuite) TestWhatCanNotMatchIsRefused(c *check.C) {
	for _, t := range []struct {
		rule map[string]string
		want string
	}{
		{map[string]string{"colour": "red"}, "rule 1: key colour: is unknown, use verb, book, series, pattern or weight"},
		{map[string]string{"colour": ""}, "rule 1: key colour: is unknown, use verb, book, series, pattern or weight"},
		{map[string]string{"verb": "", "weight": "1"}, "rule 1: key verb: is missing"},
		{map[string]string{"verb": "burn"}, `rule 1: key verb: "burn" is unknown, use any, never, put or take`},
		{map[string]string{"pattern": "("}, "rule 1: key pattern: error parsing regexp.*"},
		{map[string]string{"weight": "light"}, `rule 1: key weight: "light" is not a number, use decimal digits`},
		{map[string]string{"weight": "-1"}, `rule 1: key weight: "-1" is not a number, use decimal digits`},
		{map[string]string{"weight": "0"}, `rule 1: key weight: 0 allows nothing, use a number from 1`},
		{map[string]string{"book": "war and peace"}, "rule 1: key book: has 13 bytes, but no value is longer than 8"},
		{map[string]string{"book": "emma", "series": "dune"}, `rule 1: book "emma" does not go with series, so nothing can match`},
		{map[string]string{"book": "emma", "pattern": "^d"}, `rule 1: book "emma" does not go with pattern, so nothing can match`},
		{map[string]string{"weight": "1"}, "rule 1: key verb: is missing"},
	} {
		_, err := shelf.Compile([]map[string]string{{"verb": "any"}, t.rule})
		c.Check(err, check.ErrorMatches, t.want)
	}
}

func (s *RuleSetSuite) TestAnExpressionForALiteralTextMeansTheSameAsBefore(c *check.C) {
	for _, t := range []struct {
		expr string
		want Match
	}{
		{"^dune", Prefix}, {"^dune.*", Prefix}, {"^dune$", Exact}, {`^dune\z`, Exact}, {`\Adu\.ne`, Prefix},
		{"dune", Regexp}, {"^dune|emma", Regexp}, {"(?i)^dune", Regexp}, {"(?m)^dune$", Regexp}, {"^dune.+", Regexp},
		{"^d[u]ne", Prefix}, {"^\uFFFD", Regexp}, {"^", Regexp}, {"^dune?", Regexp}, {"^(dune)", Regexp}, {"^dune$x", Regexp},
	} {
		condition, err := newCondition(shelf.key("pattern"), t.expr)
		c.Assert(err, check.IsNil)
		c.Check(condition.match, check.Equals, t.want, check.Commentf(t.expr))
		for _, value := range []string{
			"", "dune", "dune 2", "Dune", "x\ndune", "dune\n", "du.ne", "my dune", "dun", "emma", "\xff", "\uFFFDx",
		} {
			c.Check(condition.holdsText([]byte(value)), check.Equals, condition.expr.MatchString(value),
				check.Commentf("%s %q", t.expr, value))
		}
	}
}

func (s *RuleSetSuite) TestARuleMatchesAPartWhenAllItsKeysHoldForIt(c *check.C) {
	take := []string{"take"}
	for _, t := range []struct {
		rule map[string]string
		loan loan
		want bool
	}{
		{nil, loan{}, true},
		{map[string]string{"book": "emma"}, loan{books: []string{"dune 1", "emma"}}, true},
		{map[string]string{"book": "emma"}, loan{books: []string{"dune 1", "dune 2"}}, false},
		{map[string]string{"book": "emma"}, loan{}, false},
		{map[string]string{"pattern": ".*"}, loan{}, false},
		{map[string]string{"series": "dune", "pattern": "2$"}, loan{books: []string{"dune 1", "emma 2"}}, false},
		{map[string]string{"series": "dune", "pattern": "2$"}, loan{books: []string{"dune 1", "dune 2"}}, true},
		{map[string]string{"verb": "put", "book": "emma"}, loan{verbs: []string{"take", "put"}, books: []string{"x", "emma"}}, true},
		{map[string]string{"verb": "put", "book": "emma"}, loan{verbs: take, books: []string{"x", "emma"}}, false},
		{map[string]string{"verb": "put"}, loan{verbs: take, errand: "put"}, true},
		{map[string]string{"verb": "take"}, loan{verbs: take, errand: "put"}, true},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: take, weights: []int64{6, 5}}, true},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: take, weights: []int64{6, 7}}, false},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verbs: take}, false},
	} {
		set, err := shelf.Compile([]map[string]string{t.rule})
		c.Assert(err, check.IsNil)
		c.Check(set.MatchesPart(&t.loan), check.Equals, t.want, check.Commentf("%v %v", t.rule, t.loan))
		c.Check(set.MatchesPart("take"), check.Equals, false)
	}
}

// randomRule is a rule that may be compiled; its words are so few that rules and loans meet.
func randomRule(r *rand.Rand) map[string]string {
	word := func() string { return strings.Repeat("a", r.IntN(3)) + []string{"a", "b"}[r.IntN(2)] }
	rule := map[string]string{}
	for key, text := range map[string]string{
		"verb": []string{"take", "put", "any", "never"}[r.IntN(4)], "book": word(), "series": word(),
		"pattern": []string{"", "^"}[r.IntN(2)] + word() + []string{"", "$"}[r.IntN(2)], "weight": strconv.Itoa(r.IntN(3)),
	} {
		if r.IntN(2) == 0 {
			rule[key] = text
		}
	}
	return rule
}

func randomLoan(r *rand.Rand) *loan {
	verb := func() string { return []string{"take", "put", "burn"}[r.IntN(3)] }
	l := &loan{verbs: []string{verb()}}
	if r.IntN(3) == 0 {
		l.verbs = append(l.verbs, verb())
	}
	if r.IntN(4) == 0 {
		l.errand = verb()
	}
	for range r.IntN(4) {
		l.books = append(l.books, strings.Repeat("a", r.IntN(4))+[]string{"a", "b", "bb"}[r.IntN(3)])
	}
	for range r.IntN(3) {
		l.weights = append(l.weights, int64(r.IntN(4)))
	}
	return l
}

// keyHolds reports what a key of a rule says of one value, by the words of the documentation.
func keyHolds(key, text, value string) bool {
	switch key {
	case "verb":
		return slices.Contains(shelf.RuleKeys[0].Values[text], value)
	case "book":
		return value == text
	case "series":
		return strings.HasPrefix(value, text)
	case "pattern":
		return regexp.MustCompile(text).MatchString(value)
	}
	limit, _ := strconv.Atoi(text)
	weight, _ := strconv.Atoi(value)
	return weight <= limit
}

// valuesOf returns the values that keys of a rule are about, by the numbers of their fields.
func (l *loan) valuesOf() [3][]string {
	values := [3][]string{l.verbs, l.books, nil}
	for _, weight := range l.weights {
		values[2] = append(values[2], fmt.Sprint(weight))
	}
	return values
}

// allows is the model of a rule that allows: each key holds for every value, or for the name for all.
func (l *loan) allows(rule map[string]string) bool {
	for key, text := range rule {
		values := l.valuesOf()[shelf.key(key).Field]
		every := len(values) > 0
		for _, value := range values {
			every = every && keyHolds(key, text, value)
		}
		if !every && !(key == "verb" && l.errand != "" && keyHolds(key, text, l.errand)) {
			return false
		}
	}
	return true
}

// denies is the model of a rule that denies: there is a part, a value of each field, for which all keys hold.
func (l *loan) denies(rule map[string]string) bool {
	values := l.valuesOf()
	if l.errand != "" {
		values[0] = append(slices.Clone(values[0]), l.errand)
	}
	for i := range values {
		if len(values[i]) == 0 {
			values[i] = []string{"absent"}
		}
	}
	for _, verb := range values[0] {
		for _, book := range values[1] {
			for _, weight := range values[2] {
				part, met := [3]string{verb, book, weight}, true
				for key, text := range rule {
					value := part[shelf.key(key).Field]
					met = met && value != "absent" && keyHolds(key, text, value)
				}
				if met {
					return true
				}
			}
		}
	}
	return false
}

func (s *RuleSetSuite) TestRulesFindWhatTheirModelFinds(c *check.C) {
	r := rand.New(rand.NewPCG(1, 2))
	matches := [2]int{}
	for range 1000 {
		var rules []map[string]string
		var lists [][]L7NetworkPolicyRule
		for range 1 + r.IntN(30) {
			rule := randomRule(r)
			set, err := shelf.Compile([]map[string]string{rule})
			if err != nil || len(rule) == 0 {
				continue
			}
			rules, lists = append(rules, rule), append(lists, []L7NetworkPolicyRule{set})
		}
		if len(rules) == 0 {
			continue
		}
		together, err := shelf.Compile(rules)
		c.Assert(err, check.IsNil)
		merged := lists[0][0].(*RuleSet).Merge(lists)
		for range 20 {
			l := randomLoan(r)
			for i, model := range []func(map[string]string) bool{l.allows, l.denies} {
				matched := [2]bool{together.Matches(l), together.MatchesPart(l)}[i]
				owner := [2]int{merged.Find(l), merged.FindPart(l)}[i]
				want := slices.ContainsFunc(rules, model)
				c.Assert(matched, check.Equals, want, check.Commentf("%d: %v\n%+v", i, rules, l))
				c.Assert(owner >= 0, check.Equals, want)
				c.Assert(owner < 0 || model(rules[owner]), check.Equals, true)
				if want {
					matches[i]++
				}
			}
		}
	}
	c.Check(matches[0] > 100 && matches[1] > matches[0], check.Equals, true, check.Commentf("%v", matches))
}

// backward is a Subject whose places do not ascend.
type backward struct{}

func (backward) Value(_, at int) (Value, int) { return Text([]byte("emma")), 2 - at/2 }

func (s *RuleSetSuite) TestASubjectThatNeverEndsIsFoundOut(c *check.C) {
	set, err := shelf.Compile([]map[string]string{{"book": "emma"}})
	c.Assert(err, check.IsNil)
	c.Check(func() { set.Matches(backward{}) }, check.PanicMatches, ".*ascending order")
}

func (s *RuleSetSuite) TestDocumentationComesFromTheProtocol(c *check.C) {
	c.Check(shelf.RuleKeyTable(), check.Matches, "(?s).*\n\\| `series` \\| its books begin with this \\|\n.*")
	c.Check(shelf.LogFieldTable(), check.Equals, "| field | value |\n|---|---|\n| `book` | the first book |\n")
}

// bound is a loan with its values made before, as parsers have them.
type bound struct{ verb, book []byte }

func (b *bound) Value(field, _ int) (Value, int) {
	if field == 0 {
		return Text(b.verb), 0
	}
	return Text(b.book), 0
}

func manyPrefixes(tb testing.TB, n int) *RuleSet {
	var rules []map[string]string
	for i := range n {
		rules = append(rules, map[string]string{"verb": "any", "series": strconv.Itoa(i*7919%100_000) + "/"})
	}
	set, err := shelf.Compile(rules)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func TestMatchingAllocatesNothing(t *testing.T) {
	set, subject := manyPrefixes(t, 1000), &bound{[]byte("put"), []byte("7919/x")}
	if allocs := testing.AllocsPerRun(100, func() {
		if !set.Matches(subject) {
			t.Fatal("no match")
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkRuleSet shows that many rules cost hardly more than a few.
func BenchmarkRuleSet(b *testing.B) {
	for _, n := range []int{1, 10, 1000, 10_000} {
		b.Run(fmt.Sprintf("prefixes=%d", n), func(b *testing.B) {
			set, subject := manyPrefixes(b, n), &bound{[]byte("put"), []byte("0/some/key")}
			b.ReportAllocs()
			for b.Loop() {
				if !set.Matches(subject) {
					b.Fatal("no match")
				}
			}
		})
	}
}
