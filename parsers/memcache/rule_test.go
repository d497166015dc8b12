package memcache

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
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

// read makes the request of a command line, or of "opcode extras key" with numbers in base 16 and extras in zeros.
func read(t *testing.T, text string) *request {
	t.Helper()
	if hex, binary := strings.CutPrefix(text, "0x"); binary {
		var op byte
		var key string
		if _, err := fmt.Sscanf(hex+" .", "%x %s", &op, &key); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		o := layouts[op]
		f, err := decodeFrame(encode(op, strings.Repeat("\x00", int(o.extras)), strings.TrimSuffix(key, "."), ""))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return &f.request
	}
	var l line
	if err := l.decode([]byte(text+"\r\n"), false, new([]byte)); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return &l.request
}

func TestRulesMatchWhatTheirKeysSay(t *testing.T) {
	for _, c := range []struct {
		rule    string
		matches []string
		others  []string
	}{
		{"", []string{"get a", "flush_all", "watch", "set k 0 0 1", "mg a", "me a", "mn", "0x00 a", "0x21 PLAIN"}, nil},
		{"command=get", []string{"get a", "gets a b", "mg a v", "0x00 a", "0x09 a", "0x0c a", "0x0d a"},
			[]string{"gat 1 a", "bget a", "set a 0 0 1", "stats", "mg a T5", "mg a N5", "mg a E5", "me a", "0x1d a"}},
		{"command=gat", []string{"gat 1 a", "gats 1 a", "mg a T5", "0x1d a", "0x1e a", "0x23 a", "0x24 a"},
			[]string{"get a", "touch a 1", "mg a N5", "mg a", "0x1c a"}},
		{"command=set", []string{"set k 0 0 1", "ms k 1", "ms k 1 MS", "0x01 k", "0x11 k"},
			[]string{"add k 0 0 1", "cas k 0 0 1 1", "ms k 1 ME", "0x02 k"}},
		{"command=append", []string{"append k 0 0 1", "ms k 1 MA", "0x0e k", "0x19 k"}, []string{"prepend k 0 0 1",
			"ms k 1 MA N5"}},
		{"command=storage",
			[]string{"set k 0 0 1", "cas k 0 0 1 1", "append k 0 0 1", "incr k 1", "ms k 1 MP N5", "ma k N5", "0x0e k",
				"0x0f k", "0x19 k", "0x1a k", "0x16 k"},
			[]string{"delete k", "touch k 1", "get k", "ma k T5", "md k", "0x04 k"}},
		{"command=writeGroup",
			[]string{"set k 0 0 1", "delete k", "touch k 1", "decr k 1", "ma k T5", "md k I", "0x14 k", "0x1c k"},
			[]string{"get k", "flush_all", "gat 1 k", "mg k T5", "0x08", "0x1d k"}},
		{"command=readonly",
			[]string{"get k", "gets k", "bget k", "mg k v", "me k", "mn", "version", "quit", "0x0a", "0x0b", "0x07", "0x0d k"},
			[]string{"gat 1 k", "mg k T5", "mg k N5", "stats", "set k 0 0 1", "touch k 1", "flush_all", "0x10", "0x1d k"}},
		{"command=admin",
			[]string{"stats", "flush_all", "verbosity 1", "cache_memlimit 1", "slabs automove 0", "lru mode flat",
				"lru_crawler metadump all", "watch", "shutdown", "extstore x", "refresh_certs", "misbehave", "debugtime",
				"debugitem", "0x10", "0x10 items", "0x18"},
			[]string{"get k", "version", "quit", "mn", "me k"}},
		{"command=mg", []string{"mg a", "mg a T5 N5 E1"}, []string{"get a", "ms a 1", "gat 5 a"}},
		{"command=ms", []string{"ms a 1 ME", "ms a 1 MA N5"}, []string{"set a 0 0 1", "mg a"}},
		{"command=md", []string{"md a x"}, []string{"delete a"}},
		{"command=ma", []string{"ma a MD T5 N5"}, []string{"incr a 1"}},
		{"command=me", []string{"me a"}, []string{"mg a"}},
		{"command=mn", []string{"mn"}, []string{"0x0a", "version"}},
		{"command=noop", []string{"mn", "0x0a"}, []string{"get a", "version"}},
		{"command=flush_all", []string{"flush_all", "flush_all 5", "0x08", "0x18"}, []string{"get flush_all"}},
		{"command=stats", []string{"stats", "0x10", "0x10 reset"}, []string{"version"}},
		{"command=verbosity", []string{"verbosity 1"}, []string{"version"}},
		{"command=sasl-auth", []string{"0x21 PLAIN"}, []string{"0x20", "0x22 PLAIN"}},
		{"command=rget keyPrefix=a", nil, []string{"get a", "0x00 a"}},
		{"command=tap-flush", nil, []string{"flush_all", "0x08"}},
		{"command=get keyExact=a", []string{"get a", "get a a", "0x00 a", "mg YQ== b"},
			[]string{"get b", "get a b", "get aa", "0x00 aa"}},
		{"command=get keyPrefix=pub/", []string{"get pub/1", "gets pub/1 pub/2"},
			[]string{"get pub", "get pub/1 x", "get xpub/", "mg cHVi b", "0x00 pub"}},
		{"command=get keyRegex=^a.*z$", []string{"get az", "get abz"}, []string{"get a", "get abz ab"}},
		{"command=get keyExact= keyPrefix= keyRegex= maxKeys=", []string{"get a", "get a b"}, []string{"set a 0 0 1", "version"}},
		{"command=get keyExact= keyPrefix=a", []string{"get a"}, []string{"get b"}},
		{"command= keyExact=", []string{"get a", "set a 0 0 1", "version", "flush_all"}, nil},
		{"command=get keyRegex=b", []string{"get abc"}, []string{"get a"}},
		{"command=get keyPrefix=a keyRegex=z$", []string{"get az"}, []string{"get a", "get z"}},
		{"command=get keyExact=ab keyPrefix=a keyRegex=b", []string{"get ab"}, []string{"get a"}},
		{"command=gat keyPrefix=a", []string{"gat 5 a"}, []string{"gat 5 b"}},
		{"command=readonly keyPrefix=a", []string{"get a", "me a"}, []string{"get b", "version", "mn", "0x0a"}},
		{"command=set maxValueBytes=5", []string{"set a 0 0 5", "ms a 0", "0x01 a"}, []string{"set a 0 0 6", "ms a 6"}},
		{"maxValueBytes=0", []string{"set a 0 0 0", "get a"}, []string{"set a 0 0 1"}},
		{"command=get maxKeys=2", []string{"get a", "get a b", "mg a"}, []string{"get a b c"}},
		{"command=get maxKeys=2 keyPrefix=a", []string{"get a ab"}, []string{"get a b", "get a a a"}},
		{"ttlMax=60",
			[]string{"set a 0 60 1", "set a 0 -1 1", "touch a 1", "gat 60 a", "get a", "append a 0 0 1", "incr a 1", "flush_all",
				"ms a 1 T60", "ms a 1 MA", "mg a", "mg a T60 N60", "ma a T60", "md a"},
			[]string{"set a 0 0 1", "set a 0 61 1", "touch a 0", "gat 61 a", "ms a 1", "ms a 1 T0", "ms a 1 MA N61", "mg a T61",
				"mg a T60 N61", "ma a N0", "md a I T61", "touch a 2592000", "touch a 2592001", "0x01 a", "0x05 a",
				"0x1d a"}},
	} {
		r, err := registration.Complete().Compile([]map[string]string{keys(c.rule)})
		if err != nil {
			t.Errorf("rule %q: %v", c.rule, err)
			continue
		}
		for i, text := range append(c.matches, c.others...) {
			if want := i < len(c.matches); r.Matches(read(t, text)) != want {
				t.Errorf("rule %q and %q: want %v", c.rule, text, want)
			}
		}
	}
}

func TestARuleMatchesNothingButRequests(t *testing.T) {
	rules, err := registration.Complete().Compile([]map[string]string{nil})
	if err != nil || rules.Matches("get a") {
		t.Error("matched a value that is not a request")
	}
}

func TestMistakesInARuleAreRefused(t *testing.T) {
	long := strings.Repeat("k", 251)
	for _, c := range []struct{ rule, want string }{
		{"command=gett", `key command: "gett" is unknown`},
		{"command=GET", `key command: "GET" is unknown`},
		{"command=gets", `key command: "gets" is unknown`},
		{"comand=get", `key comand: is unknown`},
		{"opCode=1", `key opCode: is unknown`},
		{"keyExact=a", `key command: is missing`},
		{"command= keyPrefix=a", `key command: is missing`},
		{"command=get keyRegex=(", `key keyRegex: error parsing regexp`},
		{"command=get keyExact=" + long, `key keyExact: has 251 bytes, but no value is longer than 250`},
		{"command=get keyPrefix=" + long, `key keyPrefix: has 251 bytes, but no value is longer than 250`},
		{"command=get keyExact=a\x01", `key keyExact: has a space or a control character`},
		{"command=get keyPrefix=a\x7f", `key keyPrefix: has a space or a control character`},
		{"command=get keyExact=b keyPrefix=a", `keyExact "b" does not go with keyPrefix`},
		{"command=get keyExact=a keyRegex=b", `keyExact "a" does not go with keyRegex`},
		{"command=stats keyPrefix=a", `key command: stats has no keys`},
		{"command=flush_all keyExact=a", `key command: flush_all has no keys`},
		{"command=admin keyExact=a", `key command: admin has no keys`},
		{"command=version keyRegex=a", `key command: version has no keys`},
		{"command=noop keyPrefix=a", `key command: noop has no keys`},
		{"command=mn keyPrefix=a", `key command: mn has no keys`},
		{"command=sasl-auth keyPrefix=a", `key command: sasl-auth has no keys`},
		{"command=tap-flush keyPrefix=a", `key command: tap-flush has no keys`},
		{"command=set-vbucket keyPrefix=a", `key command: set-vbucket has no keys`},
		{"command=quit maxKeys=1", `key command: quit has no keys`},
		{"command=get maxValueBytes=1", `key maxValueBytes: get stores no values`},
		{"command=get ttlMax=1", `key ttlMax: get sets no expiration time`},
		{"maxValueBytes=-1", `key maxValueBytes: "-1" is not a number`},
		{"maxKeys=0", `key maxKeys: 0 allows nothing`},
		{"ttlMax=0", `key ttlMax: 0 allows nothing`},
		{"ttlMax=1h", `key ttlMax: "1h" is not a number`},
		{"ttlMax=9223372036854775808", `key ttlMax: "9223372036854775808" is not a number`},
	} {
		_, err := registration.Complete().Compile([]map[string]string{keys(c.rule)})
		if err == nil || !strings.HasPrefix(err.Error(), "rule 0: "+c.want) {
			t.Errorf("rule %q: error %v, want %s", c.rule, err, c.want)
		}
	}
	if _, err := registration.Complete().Compile([]map[string]string{{"command": "get", "keyExact": "a b"}}); err == nil {
		t.Error("a keyExact with a space was accepted")
	}
}

func TestTheREADMEDocumentsRulesAndLog(t *testing.T) { parsertest.Documented(t, Name) }
