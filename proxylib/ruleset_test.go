package proxylib

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/check.v1"
)

// shelf is a declaration for tests: requests have one verb, any number of books, and a weight.
var shelf = Declaration{
	RuleKeys: []RuleKey{
		{Name: "verb", Field: 0, Match: Exact, Doc: "its verb is this one", Values: map[string][]string{
			"take": {"take"}, "put": {"put"}, "any": {"take", "put"}, "never": nil,
		}},
		{Name: "book", Field: 1, Match: Exact, MaxLen: 8, Doc: "its books are this one"},
		{Name: "series", Field: 1, Match: Prefix, MaxLen: 8, Doc: "its books begin with this"},
		{Name: "pattern", Field: 1, Match: Regexp, Doc: "its books match this"},
		{Name: "weight", Field: 2, Match: AtMost, Doc: "it weighs no more than this"},
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
	verb   string
	books  []string
	weight int64
}

func (l *loan) Every(field int, c *Condition) bool {
	switch field {
	case 0:
		return c.Holds([]byte(l.verb))
	case 2:
		return c.HoldsNumber(l.weight)
	}
	for _, book := range l.books {
		if !c.Holds([]byte(book)) {
			return false
		}
	}
	return len(l.books) > 0
}

func (l *loan) Value(field int) []byte {
	switch {
	case field == 0:
		return []byte(l.verb)
	case field == 1 && len(l.books) > 0:
		return []byte(l.books[0])
	}
	return nil
}

type RuleSetSuite struct{}

var _ = check.Suite(&RuleSetSuite{})

func (s *RuleSetSuite) TestARuleMatchesWhenAllItsKeysDo(c *check.C) {
	for _, t := range []struct {
		rule map[string]string
		loan loan
		want bool
	}{
		{nil, loan{verb: "burn"}, true},
		{map[string]string{"verb": "take"}, loan{verb: "take"}, true},
		{map[string]string{"verb": "take"}, loan{verb: "put"}, false},
		{map[string]string{"verb": "any"}, loan{verb: "put"}, true},
		{map[string]string{"verb": "never"}, loan{verb: "never"}, false},
		{map[string]string{"book": "emma"}, loan{books: []string{"emma"}}, true},
		{map[string]string{"book": "emma"}, loan{books: []string{"emma", "ivanhoe"}}, false},
		{map[string]string{"book": "emma"}, loan{}, false},
		{map[string]string{"series": "dune"}, loan{books: []string{"dune 1", "dune 2"}}, true},
		{map[string]string{"series": "dune"}, loan{books: []string{"dune 1", "emma"}}, false},
		{map[string]string{"series": "dune"}, loan{}, false},
		{map[string]string{"pattern": "[12]$"}, loan{books: []string{"dune 1", "dune 2"}}, true},
		{map[string]string{"pattern": "[12]$"}, loan{books: []string{"dune 3"}}, false},
		{map[string]string{"series": "dune", "pattern": "[12]$", "verb": "any"}, loan{verb: "put", books: []string{"dune 2"}}, true},
		{map[string]string{"series": "dune", "pattern": "[12]$", "verb": "any"}, loan{verb: "put", books: []string{"emma 2"}}, false},
		{map[string]string{"verb": "", "book": "", "series": "", "pattern": "", "weight": ""}, loan{verb: "burn"}, true},
		{map[string]string{"verb": "take", "book": "", "weight": ""}, loan{verb: "take", weight: 6}, true},
		{map[string]string{"verb": "take", "book": "", "weight": ""}, loan{verb: "put"}, false},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verb: "take", weight: 5}, true},
		{map[string]string{"verb": "take", "weight": "5"}, loan{verb: "take", weight: 6}, false},
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
		{map[string]string{"weight": "light"}, `rule 1: key weight: "light" is no number, use decimal digits`},
		{map[string]string{"weight": "-1"}, `rule 1: key weight: "-1" is no number, use decimal digits`},
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
			c.Check(condition.Holds([]byte(value)), check.Equals, condition.expr.MatchString(value),
				check.Commentf("%s %q", t.expr, value))
		}
	}
}

// randomRule is a rule that may be compiled; its words are so few that rules and loans meet.
func randomRule(r *rand.Rand) map[string]string {
	word := func() string { return strings.Repeat("a", r.IntN(3)) + []string{"a", "b"}[r.IntN(2)] }
	rule := map[string]string{}
	for key, text := range map[string]string{
		"verb": []string{"take", "put", "any", "never"}[r.IntN(4)], "book": word(), "series": word(),
		"pattern": []string{"", "^"}[r.IntN(2)] + word() + []string{"", "$"}[r.IntN(2)],
	} {
		if r.IntN(2) == 0 {
			rule[key] = text
		}
	}
	return rule
}

func randomLoan(r *rand.Rand) *loan {
	l := &loan{verb: []string{"take", "put", "burn"}[r.IntN(3)]}
	for range r.IntN(4) {
		l.books = append(l.books, strings.Repeat("a", r.IntN(4))+[]string{"", "b", "bb"}[r.IntN(3)])
	}
	return l
}

func (s *RuleSetSuite) TestManyRulesMatchAsTheyDoOneByOne(c *check.C) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var rules []map[string]string
		var alone []*RuleSet
		for range 1 + r.IntN(30) {
			rule := randomRule(r)
			set, err := shelf.Compile([]map[string]string{rule})
			if err != nil || len(rule) == 0 {
				continue
			}
			rules, alone = append(rules, rule), append(alone, set)
		}
		if len(rules) == 0 {
			continue
		}
		together, err := shelf.Compile(rules)
		c.Assert(err, check.IsNil)
		var lists [][]L7NetworkPolicyRule
		for _, set := range alone {
			lists = append(lists, []L7NetworkPolicyRule{set})
		}
		merged := alone[0].Merge(lists)
		for range 20 {
			l := randomLoan(r)
			want := false
			for _, set := range alone {
				want = want || set.Matches(l)
			}
			c.Assert(together.Matches(l), check.Equals, want, check.Commentf("%v\n%v", rules, l))
			owner := merged.Find(l)
			c.Assert(owner >= 0, check.Equals, want)
			c.Assert(owner < 0 || alone[owner].Matches(l), check.Equals, true)
		}
	}
}

func (s *RuleSetSuite) TestDocumentationComesFromTheDeclaration(c *check.C) {
	c.Check(shelf.RuleKeyTable(), check.Matches, "(?s).*\n\\| `series` \\| its books begin with this \\|\n.*")
	c.Check(shelf.LogFieldTable(), check.Equals, "| field | value |\n|---|---|\n| `book` | the first book |\n")
}

// bound is a loan with its values made before, as parsers have them.
type bound struct{ verb, book []byte }

func (b *bound) Every(field int, c *Condition) bool { return c.Holds(b.Value(field)) }

func (b *bound) Value(field int) []byte {
	if field == 0 {
		return b.verb
	}
	return b.book
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
