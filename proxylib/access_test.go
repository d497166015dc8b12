package proxylib

import "testing"

// classed is a request of a class.
type classed struct {
	word   string
	access Access
}

func (c classed) Value(int, int) (Value, int) { return Text([]byte(c.word)), 0 }
func (c classed) AccessClass() Access         { return c.access }

// unclassed is a request that does not say what it does.
type unclassed string

func (u unclassed) Value(int, int) (Value, int) { return Text([]byte(u)), 0 }

// written is a request as tools ask about it: nothing is known but its access, if it is not unknown.
type written struct{ access Value }

func (w written) WholeSubject() {}

func (w written) Value(field, _ int) (Value, int) {
	if field == fieldAccess {
		return w.access, 0
	}
	return UnknownValue, 0
}

var classifying = Protocol{
	Name: "test.classifying", New: func(*Connection) Parser { return idle{} },
	RuleKeys: []RuleKey{{Name: "word", Match: Exact, Doc: "it is this word"}},
	Access:   []AccessDoc{{Read, "`see`"}, {Write, "`do`"}, {Admin, "everything else"}},
}

type idle struct{}

func (idle) OnData(bool, bool, [][]byte) (OpType, int) { return NOP, 0 }

func init() {
	Register(classifying)
	Register(Protocol{Name: "test.unclassifying", New: classifying.New})
	Register(Protocol{Name: "test.login", New: classifying.New, Access: classifying.Access, Login: true,
		RuleKeys: classifying.RuleKeys,
		CheckRule: func(keys map[string]string) error {
			for name := range keys {
				if name != "word" {
					panic("CheckRule is asked about " + name)
				}
			}
			return nil
		}})
}

var requests = map[string]Subject{
	"read": classed{"a", Read}, "write": classed{"a", Write}, "admin": classed{"a", Admin}, "other": classed{"a", 0},
	"beyond": classed{"a", 9}, "unclassed": unclassed("a"),
}

func TestARuleThatAllowsAnAccessIncludesLesserOnesAndOneThatDeniesItGreaterOnes(t *testing.T) {
	for _, c := range []struct {
		access         string
		allows, denies []string
	}{
		{"read", []string{"read"}, []string{"read", "write", "admin", "other", "beyond", "unclassed"}},
		{"write", []string{"read", "write"}, []string{"write", "admin", "other", "beyond", "unclassed"}},
		{"admin", []string{"read", "write", "admin", "other", "beyond", "unclassed"}, []string{"admin", "other", "beyond", "unclassed"}},
	} {
		for _, others := range []int{0, 10} {
			// More rules are indexed instead of tried one by one.
			rules := []map[string]string{{"access": c.access, "word": "a"}}
			for range others {
				rules = append(rules, map[string]string{"access": c.access, "word": "b"})
			}
			set, err := classifying.Complete().Compile(rules)
			if err != nil {
				t.Fatal(err)
			}
			for name, request := range requests {
				if got, want := set.Matches(request), contains(c.allows, name); got != want {
					t.Errorf("%d rules that allow %s, %s request: %v, want %v", len(rules), c.access, name, got, want)
				}
				if got, want := set.MatchesPart(request), contains(c.denies, name); got != want {
					t.Errorf("%d rules that deny %s, %s request: %v, want %v", len(rules), c.access, name, got, want)
				}
			}
		}
	}
}

func contains(list []string, one string) bool {
	for _, s := range list {
		if s == one {
			return true
		}
	}
	return false
}

func TestCompletingAProtocolTwiceChangesNothing(t *testing.T) {
	once := Registered("test.login")
	twice := once.Complete()
	if len(twice.RuleKeys) != len(once.RuleKeys) || len(twice.LogFields) != len(once.LogFields) {
		t.Errorf("got %d keys and %d fields, want %d and %d", len(twice.RuleKeys), len(twice.LogFields), len(once.RuleKeys), len(once.LogFields))
	}
}

// holed is a request with an absent value between others.
type holed struct{}

func (holed) Value(_, at int) (Value, int) {
	return []Value{Text([]byte("a")), NoValue, Text([]byte("a"))}[at], []int{1, 2, 0}[at]
}

func TestAnAbsentValueAmongOthersIsNotAllowedAndHidesNoneOfThem(t *testing.T) {
	for _, others := range []int{0, 10} {
		rules := []map[string]string{{"word": "a"}}
		for i := range others {
			rules = append(rules, map[string]string{"word": string(rune('b' + i))})
		}
		set, err := classifying.Complete().Compile(rules)
		if err != nil {
			t.Fatal(err)
		}
		if set.Matches(holed{}) || !set.MatchesPart(holed{}) {
			t.Errorf("%d rules: matches %v, a part %v", len(rules), set.Matches(holed{}), set.MatchesPart(holed{}))
		}
	}
}

func TestToolsAskAboutAccessTheyKnowAndAccessTheyDoNot(t *testing.T) {
	set, err := classifying.Complete().Compile([]map[string]string{{"access": "write"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request       written
		matches, part bool
	}{
		"read": {written{Text([]byte("read"))}, true, false}, "write": {written{Text([]byte("write"))}, true, true},
		"admin": {written{Text([]byte("admin"))}, false, true}, "unknown": {written{UnknownValue}, true, true},
		"none": {written{NoValue}, false, false},
	} {
		if got := set.Matches(c.request); got != c.matches {
			t.Errorf("%s: matches %v", name, got)
		}
		if got := set.MatchesPart(c.request); got != c.part {
			t.Errorf("%s: matches a part %v", name, got)
		}
	}
}

func TestWordsForAccessAreChecked(t *testing.T) {
	_, err := classifying.Complete().Compile([]map[string]string{{"access": "all"}})
	if err == nil || err.Error() != `rule 0: key access: "all" is unknown, use admin, read or write` {
		t.Error(err)
	}
	if _, err := (&classifying).Compile([]map[string]string{{"access": "read"}}); err == nil {
		t.Error("a protocol that is not complete has the key access")
	}
}
