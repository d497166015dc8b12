package httprule

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

func ruleOf(t testing.TB, text string) *cilium.PortNetworkPolicyRule {
	t.Helper()
	r := &cilium.PortNetworkPolicyRule{}
	if err := protojson.Unmarshal([]byte(text), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRulesThatCannotBeCarriedOutAreRefused(t *testing.T) {
	t.Parallel()
	header := func(text string) string { return `{"http_rules": {"http_rules": [{}, {"headers": [` + text + `]}]}}` }
	match := func(text string) string {
		return `{"http_rules": {"http_rules": [{"header_matches": [` + text + `]}]}}`
	}
	const first, second = "http_rules: envoy.http rule 0: ", "http_rules: envoy.http rule 1: key headers: "
	for _, test := range []struct{ rule, want string }{
		{header(`{}`), second + "name: is missing"},
		{header(`{"name": "a b"}`), second + `name: "a b" is not the name of a header`},
		{header(`{"name": "a", "safe_regex_match": {"regex": "a)(b"}}`), second + "a: error parsing regexp"},
		{header(`{"name": "a", "safe_regex_match": {}}`), second + "a: the regular expression is empty"},
		{header(`{"name": "a", "prefix_match": ""}`), second + "a: has an empty text"},
		{header(`{"name": "a", "string_match": {}}`), second + "a: string_match has no condition"},
		{header(`{"name": "a", "string_match": {"safe_regex": {"regex": "a"}, "ignore_case": true}}`), second + "a: ignore_case is not for"},
		{match(`{"name": "Content-Length", "mismatch_action": "REPLACE_ON_MISMATCH", "value": "1"}`), first + "key header_matches: content-length: cannot be changed"},
		{match(`{"name": "Host", "mismatch_action": "ADD_ON_MISMATCH", "value": "a"}`), first + "key header_matches: :authority: cannot be changed"},
		{match(`{"name": "a", "value": "b\r\nc: d", "mismatch_action": "ADD_ON_MISMATCH"}`), first + "key header_matches: a: value: has a control character"},
		{`{"l7_proto": "envoy.http", "l7_rules": {"l7_allow_rules": [{"rule": {"a": "b"}}]}}`, "want http_rules"},
		{strings.Replace(match(`{"name": "a", "match_action": "DELETE_ON_MATCH"}`), `{`, `{"pass_precedence": 0, `, 1),
			"header_matches: a rule with pass_precedence cannot have them"},
	} {
		_, err := policy.Compile(resource(ruleOf(t, test.rule)), policy.Registered())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.rule, err, test.want)
		}
	}
}

func TestAConditionThatIsNotKnownIsRefused(t *testing.T) {
	t.Parallel()
	r := ruleOf(t, `{"http_rules": {"http_rules": [{"headers": [{"name": "a", "string_match": {}}]}]}}`)
	// Field 8 of the string matcher, an extension.
	r.GetHttpRules().HttpRules[0].Headers[0].GetStringMatch().ProtoReflect().SetUnknown([]byte{8<<3 | 2, 0})
	if _, err := policy.Compile(resource(r), policy.Registered()); err == nil || !strings.Contains(err.Error(), "not known here") {
		t.Errorf("got %v", err)
	}
}

func TestRulesForHTTPSayNothingToParsersAndThoseOfParsersNothingToHTTP(t *testing.T) {
	t.Parallel()
	snapshot := compiled(t, []*cilium.PortNetworkPolicyRule{ruleOf(t, `{"name": "web", "http_rules": {"http_rules": [{}]}}`)})
	ports := snapshot.Lookup("10.0.0.1", true, 80)
	if v := ports.Decide(&policy.Request{Parser: "r2d2"}); v.Allowed {
		t.Errorf("a parser is allowed by %s", v.Rule)
	}
	if v := ports.Decide(&policy.Request{Parser: policy.HTTP, L7: &Request{}}); !v.Allowed || v.Rule != "web" {
		t.Errorf("got %+v", v)
	}
	foreign := policy.Registered()
	delete(foreign, policy.HTTP)
	snapshot, err := policy.Compile(resource(ruleOf(t, `{"http_rules": {"http_rules": [{"headers": [{}]}]}}`)), foreign)
	if err != nil {
		t.Fatalf("a host without HTTP refuses what is for another: %v", err)
	}
	if v := snapshot.Lookup("10.0.0.1", true, 80).Decide(&policy.Request{Parser: policy.HTTP, L7: &Request{}}); v.Allowed {
		t.Error("a rule that nobody has compiled allows")
	}
}

// shop has rules as people write them.
func shop(t testing.TB, n int) *policy.PortRules {
	var rules []*cilium.PortNetworkPolicyRule
	for i := range n {
		path := []string{"/item/%d", "/public/%d/.*", "/v[0-9]+/%d", "/(a|b)/%d"}[i%4]
		rules = append(rules, ruleOf(t, fmt.Sprintf(`{"name": "r%d", "http_rules": {"http_rules": [{"headers": [
			{"name": ":method", "safe_regex_match": {"regex": "GET|HEAD"}}, {"name": ":path", "safe_regex_match": {"regex": %q}}]}]}}`,
			i, fmt.Sprintf(path, i))))
	}
	snapshot, err := policy.Compile(resource(rules...), policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Lookup("10.0.0.1", true, 80)
}

func requestFor(path string) *Request {
	return &Request{Headers: []Header{{":method", "GET"}, {":path", path}, {":authority", "shop"}, {"user-agent", "x"}, {"accept", "*/*"}}}
}

func BenchmarkDecide(b *testing.B) {
	ports := shop(b, 100)
	for _, path := range []string{"/item/96", "/public/97/x", "/v12/98", "/none"} {
		r := policy.Request{Parser: policy.HTTP, L7: requestFor(path)}
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ports.Decide(&r)
			}
		})
	}
}
