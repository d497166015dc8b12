package httprule

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// requests is the number of random requests; the long run is go test ./policy/httprule -run Judge -requests 1000000.
var requests = flag.Int("requests", 40_000, "number of random requests that are compared with the judge")

// dice makes rules and requests of few words, so that they meet.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

var (
	paths   = []string{"/", "/a", "/ab", "/a/b", "/a?x", "/public", "/public/x", "/v1/x", "/v2", "/A", "/a/../b", "*"}
	texts   = []string{"", "a", "b", "ab", "abc", "A", "7", "12", "x,y"}
	values  = append([]string{"\xff", "a\xffb", "c\xff", "+7", "5"}, texts...)
	names   = []string{":path", ":method", ":authority", "Host", "x-a", "X-B", "x-c"}
	lines   = []string{"x-a", "x-b", "x-c"}
	secrets = map[string]string{"ns/one": "abc", "ns/empty": "", "ns/two": "b"}
	regexes = []string{
		"/a", "/a.*", ".*", "/(public|a)(/.*)?", "GET|POST", "(?i)get", "^/v[0-9]+.*$", "a|b", "/a/?", "a+", "[ab]c?", "/public.*", "(/a|/ab)", "a.", `\d+`,
		"/v(1|2).*", "", "()", "GET", ".", "/a(?:b|/b)", "(a)(b)?", "/[a-c]", "(?:/public/.*|/a)",
	}
)

func (d dice) regex() *cilium.RegexMatcher {
	for {
		if text := d.of(regexes...); text != "" {
			return &cilium.RegexMatcher{Regex: text}
		}
	}
}

func (d dice) text() string {
	if d.IntN(2) == 0 {
		return d.of(paths...)
	}
	return d.of(texts...)
}

func (d dice) filled() string {
	for {
		if text := d.text(); text != "" {
			return text
		}
	}
}

func (d dice) matcher() *cilium.HeaderMatcher {
	h := &cilium.HeaderMatcher{Name: d.of(names...), InvertMatch: d.IntN(6) == 0, TreatMissingHeaderAsEmpty: d.IntN(6) == 0}
	switch d.IntN(10) {
	case 0:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_PresentMatch{PresentMatch: d.IntN(2) == 0}
	case 1:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_ExactMatch{ExactMatch: d.text()}
	case 2:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_PrefixMatch{PrefixMatch: d.filled()}
	case 3:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_SuffixMatch{SuffixMatch: d.filled()}
	case 4:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_ContainsMatch{ContainsMatch: d.filled()}
	case 5:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_RangeMatch{RangeMatch: &cilium.Int64Range{Start: 5, End: 12}}
	case 6:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_StringMatch{StringMatch: d.stringMatcher()}
	case 7, 8:
		h.HeaderMatchSpecifier = &cilium.HeaderMatcher_SafeRegexMatch{SafeRegexMatch: d.regex()}
	}
	return h
}

func (d dice) stringMatcher() *cilium.StringMatcher {
	s := &cilium.StringMatcher{IgnoreCase: d.IntN(2) == 0}
	switch d.IntN(5) {
	case 0:
		s.MatchPattern = &cilium.StringMatcher_Prefix{Prefix: d.filled()}
	case 1:
		s.MatchPattern = &cilium.StringMatcher_Suffix{Suffix: d.filled()}
	case 2:
		s.MatchPattern = &cilium.StringMatcher_Contains{Contains: d.filled()}
	case 3:
		s.IgnoreCase, s.MatchPattern = false, &cilium.StringMatcher_SafeRegex{SafeRegex: d.regex()}
	default:
		s.MatchPattern = &cilium.StringMatcher_Exact{Exact: d.text()}
	}
	return s
}

// typical is a rule as people write it: a method, a path, a host.
func (d dice) typical() *cilium.HttpNetworkPolicyRule {
	h := &cilium.HttpNetworkPolicyRule{}
	for _, name := range []string{":path", ":method"} {
		if d.IntN(4) > 0 {
			h.Headers = append(h.Headers, &cilium.HeaderMatcher{Name: name, HeaderMatchSpecifier: &cilium.HeaderMatcher_SafeRegexMatch{SafeRegexMatch: d.regex()}})
		}
	}
	return h
}

func (d dice) httpRule(acts bool) *cilium.HttpNetworkPolicyRule {
	h := &cilium.HttpNetworkPolicyRule{}
	if d.IntN(2) == 0 {
		h = d.typical()
	}
	for range d.IntN(3) {
		h.Headers = append(h.Headers, d.matcher())
	}
	for acts && d.IntN(2) == 0 {
		h.HeaderMatches = append(h.HeaderMatches, &cilium.HeaderMatch{
			Name: d.of("x-a", "X-B", "x-c"), Value: d.of("", "a", "b", "abc"), ValueSdsSecret: d.of("", "", "ns/one", "ns/empty", "ns/two", "ns/none"),
			MatchAction: cilium.HeaderMatch_MatchAction(d.IntN(3)), MismatchAction: cilium.HeaderMatch_MismatchAction(d.IntN(5)),
		})
	}
	return h
}

func (d dice) rules() (rules []*cilium.PortNetworkPolicyRule) {
	acts := d.IntN(2) == 0
	for n := range 1 + d.IntN(6) {
		r := &cilium.PortNetworkPolicyRule{Name: fmt.Sprint("rule-", n), Precedence: uint32(d.IntN(2)) * 10}
		passes := false
		switch d.IntN(8) {
		case 0:
			r.Verdict = &cilium.PortNetworkPolicyRule_Deny{Deny: true}
		case 1:
			r.Verdict, passes = &cilium.PortNetworkPolicyRule_PassPrecedence{}, true
		}
		for range d.IntN(2) {
			r.RemotePolicies = append(r.RemotePolicies, uint32(1+d.IntN(2)))
		}
		if d.IntN(8) > 0 {
			list := &cilium.HttpNetworkPolicyRules{}
			for range d.IntN(4) {
				list.HttpRules = append(list.HttpRules, d.httpRule(acts && !passes))
			}
			r.L7 = &cilium.PortNetworkPolicyRule_HttpRules{HttpRules: list}
		}
		rules = append(rules, r)
	}
	return rules
}

func (d dice) request() []Header {
	headers := []Header{{":method", d.of("GET", "POST", "get", "a")}, {":authority", d.of("a", "b", "a,b", "ab", "A", "")}}
	if d.IntN(10) > 0 {
		headers = append(headers, Header{":path", d.of(paths...)})
	}
	for range d.IntN(4) {
		headers = append(headers, Header{d.of(lines...), d.of(values...)})
	}
	return headers
}

type secretMap map[string]string

func (m secretMap) Secret(name string) (string, bool) {
	value, ok := m[name]
	return value, ok
}

func TestRulesDecideAsTheJudge(t *testing.T) {
	const perPolicy = 40
	seed := rand.Uint64()
	d := dice{rand.New(rand.NewPCG(seed, 1))}
	allowed, edited := 0, 0
	for range *requests / perPolicy {
		rules := d.rules()
		snapshot := compiled(t, rules)
		if snapshot == nil {
			continue
		}
		ports := snapshot.Lookup("10.0.0.1", true, 80)
		q := &Request{Secrets: secretMap(secrets)}
		for range perPolicy {
			headers, remote := d.request(), uint32(d.IntN(3))
			j := &judge{headers: slices.Clone(headers), secrets: secrets}
			want, name := j.decide(rules, remote)
			q.Reset()
			q.Headers = append(q.Headers, headers...)
			v := ports.Decide(&policy.Request{RemoteID: remote, Parser: policy.HTTP, L7: q})
			if v.Allowed == want && v.Rule != name && sameMeaning(rules, v.Rule, name, headers, remote) {
				name = v.Rule
			}
			got := fmt.Sprintf("%v %s %q %q %q", v.Allowed, v.Rule, q.Headers, q.Missing, q.Rejected)
			if expected := fmt.Sprintf("%v %s %q %q %q", want, name, j.headers, j.missing, j.rejected); got != expected {
				t.Fatalf("seed %d: %q from %d\n got %s\nwant %s\n%s", seed, headers, remote, got, expected, written(rules))
			}
			if again := carriedOut(headers, q.Edits); !slices.Equal(again, q.Headers) {
				t.Fatalf("seed %d: the edits %+v make %q of %q, want %q", seed, q.Edits, again, headers, q.Headers)
			}
			if want {
				allowed++
			}
			if len(q.Edits) > 0 {
				edited++
			}
		}
	}
	if allowed < *requests/10 || edited < *requests/50 {
		t.Errorf("of %d requests %d are allowed and %d changed, which shows little", *requests, allowed, edited)
	}
}

// sameMeaning reports whether it does not matter which of two rules decides: both cover the request, and are of one precedence
// and kind. Rules that change nothing are not asked in their order.
func sameMeaning(rules []*cilium.PortNetworkPolicyRule, a, b string, headers []Header, remote uint32) bool {
	var alike []*cilium.PortNetworkPolicyRule
	for _, r := range rules {
		if r.GetName() != a && r.GetName() != b {
			continue
		}
		j := &judge{headers: slices.Clone(headers), secrets: secrets}
		if len(r.GetRemotePolicies()) > 0 && !slices.Contains(r.GetRemotePolicies(), remote) || !j.covers(r, false) || len(j.missing)+len(j.rejected) > 0 {
			return false
		}
		alike = append(alike, r)
	}
	return len(alike) == 2 && alike[0].GetPrecedence() == alike[1].GetPrecedence() && rank(alike[0]) == rank(alike[1])
}

// carriedOut is what edits make of headers.
func carriedOut(headers []Header, edits []Edit) []Header {
	headers = slices.Clone(headers)
	for _, e := range edits {
		if e.Remove {
			headers = slices.DeleteFunc(headers, func(h Header) bool { return h.Name == e.Name })
			continue
		}
		headers = append(headers, e.Header)
	}
	return headers
}

func written(rules []*cilium.PortNetworkPolicyRule) string {
	var b strings.Builder
	for _, r := range rules {
		b.WriteString(prototext.Format(r) + "\n")
	}
	return b.String()
}

func resource(rules ...*cilium.PortNetworkPolicyRule) []*cilium.NetworkPolicy {
	return []*cilium.NetworkPolicy{{
		EndpointIps: []string{"10.0.0.1"}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: rules}},
	}}
}

// compiled compiles rules.
func compiled(t *testing.T, rules []*cilium.PortNetworkPolicyRule) *policy.Snapshot {
	t.Helper()
	snapshot, err := policy.Compile(resource(rules...), policy.Registered())
	if err != nil {
		t.Fatalf("%v\n%s", err, written(rules))
	}
	return snapshot
}
