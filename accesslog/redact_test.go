package accesslog

import (
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// seenFields keeps the fields of the last entry, which is valid during the call.
type seenFields struct {
	l7, reply map[string]string
	user      string
}

func (s *seenFields) Log(e Entry) {
	*s = seenFields{user: e.Flow.User()}
	if g, ok := e.L7.(*Generic); ok {
		s.l7 = maps.Collect(g.Fields())
	}
	if e.Exchange != nil && e.Exchange.Reply != nil {
		s.reply = maps.Collect(e.Exchange.Reply.Fields())
	}
}

var redactKey = []byte("0123456789abcdef")

func redactor(t *testing.T, to Logger, key []byte, rules map[string]Redaction) *Redactor {
	t.Helper()
	r, err := NewRedactor(to, rules, key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRedactedFieldsReachNoReader(t *testing.T) {
	var seen seenFields
	r := redactor(t, &seen, redactKey, map[string]Redaction{"key": Hash, "text": Cut, "secret": Drop, "user": Cut})
	flow := NewFlow(FlowInfo{}).WithUser("alexander")
	entry := func(key string) Entry {
		return Entry{
			Flow:     &flow,
			L7:       NewGeneric("p").Add("command", "get").Add("key", key).Add("text", "äöü and more").Add("secret", "s").Add("bytes", "5"),
			Exchange: &Exchange{Reply: NewGeneric("p").Add("status", "hit").Add("key", key)},
		}
	}
	r.Log(entry("a/b"))
	hash := seen.l7["key"]
	if len(hash) != 16 || hash != seen.reply["key"] {
		t.Errorf("hash %q, of the reply %q", hash, seen.reply["key"])
	}
	want := map[string]string{"command": "get", "key": hash, "text": "äöü ...", "bytes": "5"}
	if !maps.Equal(seen.l7, want) || seen.reply["status"] != "hit" || seen.user != "alex..." {
		t.Errorf("%+v, want %v", seen, want)
	}
	r.Log(entry("a/b"))
	same := seen.l7["key"]
	r.Log(entry("a/c"))
	if same != hash || seen.l7["key"] == hash {
		t.Errorf("hashes %s, %s, of another value %s", hash, same, seen.l7["key"])
	}
	redactor(t, &seen, []byte("another key of this"), map[string]Redaction{"key": Hash}).Log(entry("a/b"))
	if seen.l7["key"] == hash || seen.l7["secret"] != "s" {
		t.Errorf("with another key %+v", seen)
	}
}

func TestShortValuesAreCutToHalf(t *testing.T) {
	var seen seenFields
	r := redactor(t, &seen, redactKey, map[string]Redaction{"v": Cut})
	for value, want := range map[string]string{"": "...", "a": "...", "ab": "a...", "abcdefgh": "abcd...", "abcdefghij": "abcd..."} {
		if r.Log(Entry{L7: NewGeneric("p").Add("v", value)}); seen.l7["v"] != want {
			t.Errorf("%q: %q, want %q", value, seen.l7["v"], want)
		}
	}
}

func TestAMistakeInARedactionIsNamed(t *testing.T) {
	if _, err := NewRedactor(nil, map[string]Redaction{"key": "hide"}, redactKey); err == nil ||
		err.Error() != `"key": "hide" is unknown: give "hash", "cut" or "drop"` {
		t.Error(err)
	}
	if _, err := NewRedactor(nil, nil, []byte("short")); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Error(err)
	}
}

// seenHTTP keeps the entry of HTTP that came last, as readers see it.
type seenHTTP struct{ wire []byte }

func (s *seenHTTP) Log(e Entry) { s.wire = e.Append(nil) }

func TestRedactedPartsOfRequestsOfHTTPReachNoReader(t *testing.T) {
	var seen seenHTTP
	r := redactor(t, &seen, redactKey, map[string]Redaction{"path": Hash, "x-user": Cut, "x-key": Drop, "method": Drop, "host": Cut})
	log := func(path string) *cilium.HttpLogEntry {
		t.Helper()
		r.Log(Entry{
			L7: &HTTP{
				Protocol: cilium.HttpProtocol_HTTP2, Scheme: "https", Host: "shop.example", Path: path, Method: "GET", Status: 200,
				Headers: []HTTPHeader{{"x-user", "alexander"}, {"x-key", "swordfish"}, {"accept", "*"}}, Missing: []HTTPHeader{{"x-key", "swordfish"}},
				Rejected: []HTTPHeader{{"x-user", "alexander"}},
			},
			Exchange: &Exchange{Reply: NewGeneric("http").Add("x-key", "swordfish").Add("x-reply", "yes")},
		})
		e := &cilium.LogEntry{}
		if err := proto.Unmarshal(seen.wire, e); err != nil || e.GetHttp() == nil {
			t.Fatalf("%v, %v", e, err)
		}
		if fields := e.GetExchange().GetReplyFields(); len(fields) != 1 || fields["x-reply"] != "yes" {
			t.Errorf("the reply has %v", fields)
		}
		return e.GetHttp()
	}
	first, second, again := log("/a?secret"), log("/b?secret"), log("/a?secret")
	if first.Path != again.Path || first.Path == second.Path || len(first.Path) != 16 {
		t.Errorf("hashes %q, %q, of another path %q", first.Path, again.Path, second.Path)
	}
	want := &cilium.HttpLogEntry{
		HttpProtocol: cilium.HttpProtocol_HTTP2, Scheme: "https", Host: "shop...", Path: first.Path, Status: 200,
		Headers:         []*cilium.KeyValue{{Key: "x-user", Value: "alex..."}, {Key: "accept", Value: "*"}},
		RejectedHeaders: []*cilium.KeyValue{{Key: "x-user", Value: "alex..."}},
	}
	if !proto.Equal(first, want) {
		t.Errorf("got  %v\nwant %v", first, want)
	}
}

func TestALongValueHasTheSameHashInEveryEntry(t *testing.T) {
	var seen seenHTTP
	r := redactor(t, &seen, redactKey, map[string]Redaction{"path": Hash, "x-key": Hash})
	long := "/" + strings.Repeat("é\x00", MaxValue)
	var hashes []string
	for _, text := range []string{long, long[:MaxValue+1], "/" + long} {
		r.Log(Entry{L7: &HTTP{Path: text}, Exchange: &Exchange{Reply: NewGeneric("http").Add("x-key", text)}})
		e := &cilium.LogEntry{}
		if err := proto.Unmarshal(seen.wire, e); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, e.GetHttp().Path, e.GetExchange().GetReplyFields()["x-key"])
	}
	if len(hashes[0]) != 16 || hashes[1] != hashes[0] || hashes[2] != hashes[0] || hashes[3] != hashes[0] || hashes[4] == hashes[0] || hashes[5] != hashes[4] {
		t.Errorf("got %q", hashes)
	}
}

func TestRulesForHTTPCoverEverySpellingOfAName(t *testing.T) {
	for _, rules := range []map[string]Redaction{
		{"X-Key": Drop, "path": Drop, "Host": Drop}, {"x-key": Drop, ":path": Drop, ":authority": Drop}, {"X-KEY": Cut, "x-key": Drop, "Path": Drop, "host": Drop},
	} {
		var seen seenHTTP
		redactor(t, &seen, redactKey, rules).Log(Entry{
			L7: &HTTP{
				Host: "secret", Path: "/secret", Headers: []HTTPHeader{{"x-key", "secret"}}, Missing: []HTTPHeader{{":authority", "secret"}},
				Rejected: []HTTPHeader{{":path", "/secret"}},
			},
			Exchange: &Exchange{Reply: NewGeneric("http").Add("x-key", "secret").Add("x-reply", "yes")},
		})
		if text := string(seen.wire); strings.Contains(text, "secret") || !strings.Contains(text, "x-reply") {
			t.Errorf("%v: got %q", rules, text)
		}
	}
}
