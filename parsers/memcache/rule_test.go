package memcache

import (
	"regexp"
	"strings"
	"testing"
)

// keys makes a rule of "command=get keyPrefix=a".
func keys(text string) map[string]string {
	m := map[string]string{}
	for _, pair := range strings.Fields(text) {
		key, value, _ := strings.Cut(pair, "=")
		m[key] = value
	}
	return m
}

func TestRulesMatchWhatTheirKeysSay(t *testing.T) {
	for _, c := range []struct {
		rule    string
		matches []string
		others  []string
	}{
		{"", []string{"get a", "flush_all", "watch", "set k 0 0 1"}, nil},
		{"command=", []string{"get a", "stats"}, nil},
		{"command=get", []string{"get a", "gets a b"}, []string{"gat 1 a", "bget a", "set a 0 0 1", "stats"}},
		{"command=gat", []string{"gat 1 a", "gats 1 a"}, []string{"get a", "touch a 1"}},
		{"command=set", []string{"set k 0 0 1"}, []string{"add k 0 0 1", "cas k 0 0 1 1"}},
		{"command=storage", []string{"set k 0 0 1", "cas k 0 0 1 1", "append k 0 0 1", "incr k 1"},
			[]string{"delete k", "touch k 1", "get k"}},
		{"command=writeGroup", []string{"set k 0 0 1", "delete k", "touch k 1", "decr k 1"},
			[]string{"get k", "flush_all", "gat 1 k"}},
		{"command=flush_all", []string{"flush_all", "flush_all 5"}, []string{"get flush_all"}},
		{"command=verbosity", []string{"verbosity 1"}, []string{"version"}},
		{"command=noop", nil, []string{"get a", "version"}},
		{"command=get keyExact=a", []string{"get a", "get a a"}, []string{"get b", "get a b", "get aa"}},
		{"command=get keyPrefix=pub/", []string{"get pub/1", "gets pub/1 pub/2"}, []string{"get pub", "get pub/1 x", "get xpub/"}},
		{"command=get keyRegex=^a.*z$", []string{"get az", "get abz"}, []string{"get a", "get abz ab"}},
		{"command=get keyRegex=b", []string{"get abc"}, []string{"get a"}},
		{"command=get keyPrefix=a keyRegex=z$", []string{"get az"}, []string{"get a", "get z"}},
		{"command=get keyExact=ab keyPrefix=a keyRegex=b", []string{"get ab"}, []string{"get a"}},
		{"command=gat keyPrefix=a", []string{"gat 5 a"}, []string{"gat 5 b"}},
	} {
		r, err := parseRule(keys(c.rule))
		if err != nil {
			t.Errorf("rule %q: %v", c.rule, err)
			continue
		}
		for i, text := range append(c.matches, c.others...) {
			var q line
			if err := q.decode([]byte(text+"\r\n"), new([]byte)); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if want := i < len(c.matches); r.Matches(&q.request) != want {
				t.Errorf("rule %q and %q: want %v", c.rule, text, want)
			}
		}
	}
}

func TestARuleMatchesNothingButRequests(t *testing.T) {
	if (&rule{acts: ^acts(0)}).Matches("get a") {
		t.Error("matched a value that is no request")
	}
}

func TestMistakesInARuleAreRefused(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{"command=gett", `key command: "gett" is unknown`},
		{"command=GET", `key command: "GET" is unknown`},
		{"command=gets", `key command: "gets" is unknown`},
		{"comand=get", `key comand: is unknown`},
		{"opCode=1", `key opCode: is unknown`},
		{"keyExact=a", `key command: is missing`},
		{"command= keyPrefix=a", `key command: is missing`},
		{"command=get keyExact=", `key keyExact: is empty`},
		{"command=get keyPrefix=", `key keyPrefix: is empty`},
		{"command=get keyRegex=", `key keyRegex: is empty`},
		{"command=get keyRegex=(", `key keyRegex: error parsing regexp`},
		{"command=stats keyPrefix=a", `key command: stats has no keys`},
		{"command=flush_all keyExact=a", `key command: flush_all has no keys`},
		{"command=get keyExact=b keyPrefix=a", `key keyExact: does not begin with keyPrefix`},
	} {
		_, err := parseRule(keys(c.rule))
		if err == nil || !regexp.MustCompile("^"+strings.ReplaceAll(c.want, "(", `\(`)).MatchString(err.Error()) {
			t.Errorf("rule %q: error %v, want %s", c.rule, err, c.want)
		}
	}
}
