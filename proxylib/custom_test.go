package proxylib

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// suffixed is a protocol with a comparison of its own, and with a condition that rules have unless they say otherwise.
var suffixed = Protocol{
	Name: "suffixed", New: func(*Connection) Parser { return nil },
	RuleKeys: []RuleKey{
		{Name: "ending", Field: 1, Match: Custom, Compile: func(written string) (func([]byte) bool, error) {
			if strings.Contains(written, "*") {
				return nil, errors.New("has a star, leave it out")
			}
			return func(value []byte) bool { return bytes.HasSuffix(value, []byte(written)) }, nil
		}},
		{Name: "script", Field: 2, Match: Exact, Values: map[string][]string{"trusted": {"no", "yes"}}},
		{Name: "plain", Field: 2, Match: Exact, Values: map[string][]string{"yes": {"no"}}, Implied: true},
	},
	Imply: func(keys map[string]string) map[string]string {
		if keys["script"] == "" {
			return map[string]string{"plain": "yes"}
		}
		return nil
	},
}

// suffixedRequest has a text, and says whether it is a script.
type suffixedRequest struct{ text, script string }

func (r suffixedRequest) Value(field, _ int) (Value, int) {
	if field == 1 {
		return Text([]byte(r.text)), 0
	}
	return Text([]byte(r.script)), 0
}

func TestACustomKeyHoldsWhereItsComparisonDoes(t *testing.T) {
	set, err := suffixed.Complete().Compile([]map[string]string{{"ending": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if !set.Matches(suffixedRequest{"ab", "no"}) || set.Matches(suffixedRequest{"ba", "no"}) {
		t.Error("only texts that end in b must match")
	}
	if _, err = suffixed.Complete().Compile([]map[string]string{{"ending": "*"}}); err == nil || !strings.Contains(err.Error(), "ending: has a star") {
		t.Errorf("what the comparison refuses must be refused, with its name: %v", err)
	}
}

func TestARuleDemandsWhatItImplies(t *testing.T) {
	p := suffixed.Complete()
	for _, c := range []struct {
		rule    map[string]string
		script  string
		matches bool
	}{
		{map[string]string{"ending": "b"}, "no", true},
		{map[string]string{"ending": "b"}, "yes", false},
		{map[string]string{"ending": "b", "script": "trusted"}, "yes", true},
		{map[string]string{}, "yes", true},
	} {
		set, err := p.Compile([]map[string]string{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		if set.Matches(suffixedRequest{"ab", c.script}) != c.matches {
			t.Errorf("rule %v, script %s: must match: %v", c.rule, c.script, c.matches)
		}
	}
}

func TestAnImpliedKeyIsNotForAuthors(t *testing.T) {
	p := suffixed.Complete()
	if _, err := p.Compile([]map[string]string{{"plain": "yes"}}); err == nil || strings.Contains(err.Error(), "plain or") {
		t.Errorf("an implied key must be refused, and not be proposed: %v", err)
	}
	if strings.Contains(p.RuleKeyTable(), "plain") {
		t.Error("an implied key must not be documented")
	}
}

func TestAKeyThatStandsForManyValuesHoldsForEach(t *testing.T) {
	values := map[string][]string{"all": nil}
	for c := 'a'; c <= 'z'; c++ {
		values["all"] = append(values["all"], string(c))
	}
	p := Protocol{
		Name: "many", New: func(*Connection) Parser { return nil },
		RuleKeys: []RuleKey{{Name: "text", Field: 1, Match: Exact, Values: values}},
	}
	set, err := p.Complete().Compile([]map[string]string{{"text": "all"}})
	if err != nil {
		t.Fatal(err)
	}
	for c := 'a'; c <= 'z'; c++ {
		if !set.Matches(suffixedRequest{text: string(c)}) {
			t.Errorf("%c must match", c)
		}
	}
	if set.Matches(suffixedRequest{text: "aa"}) {
		t.Error("another text must not match")
	}
}
