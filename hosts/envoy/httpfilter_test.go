package envoy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/policy/httprule"
)

func openTestHTTP(t testing.TB, config string) *httpFilter {
	t.Helper()
	opener := newOpener(&recordedLog{level: logrus.ErrorLevel})
	f, err := openHTTP(filterName, []byte(config), false, true, nil, opener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.close(opener) })
	return f
}

// httpPolicyFile returns the path of a policy in which identity 7 may read, and everybody may ask for /.
func httpPolicyFile(t *testing.T) string {
	path, past := filepath.Join(t.TempDir(), "policy.yaml"), time.Now().Add(-time.Minute)
	const text = `resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules:
    - {name: readers, remote_policies: [7], http_rules: {http_rules: [{headers: [{name: ":method", exact_match: GET}]}]}}
    - {name: nobody, deny: true, http_rules: {http_rules: [{headers: [{name: ":authority", exact_match: nobody}]}]}}
    - {name: all, http_rules: {http_rules: [{headers: [{name: ":path", exact_match: /}]}]}}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	return path
}

func (f *httpFilter) decideOne(facts httpFacts, method, path string, hosts ...string) httpResult {
	k := f.takeScratch()
	defer f.giveScratch(k)
	k.request.Headers = append(k.request.Headers, httprule.Header{Name: ":method", Value: method}, httprule.Header{Name: ":path", Value: path})
	for _, host := range hosts {
		k.request.Headers = append(k.request.Headers, httprule.Header{Name: ":authority", Value: host})
	}
	return f.decide(&facts, k)
}

func TestAClientOfHTTPIsWhoItsPeerIs(t *testing.T) {
	config := fmt.Sprintf(`"policy": {"file": %q}, "identities": [{"cidr": "10.0.0.7", "identity": 7}]`, httpPolicyFile(t))
	direct := openTestHTTP(t, "{"+config+"}")
	envoy := openTestHTTP(t, `{"client_address": "envoy", `+config+"}")
	to := "10.0.0.1:80"
	for i, test := range []struct {
		filter  *httpFilter
		facts   httpFacts
		path    string
		allowed bool
	}{
		{direct, httpFacts{connection: 1, direct: "10.0.0.7:1", source: "10.0.0.8:0", destination: to}, "/x", true},
		{direct, httpFacts{connection: 2, direct: "10.0.0.8:1", source: "10.0.0.7:0", destination: to}, "/x", false},
		{direct, httpFacts{connection: 2, direct: "10.0.0.8:1", source: "10.0.0.7:0", destination: to}, "/", true},
		{direct, httpFacts{connection: 3, source: "10.0.0.7:1", destination: to}, "/x", false},
		{direct, httpFacts{connection: 3, direct: "10.0.0.7:1", destination: "10.0.0.2:80"}, "/", false},
		{direct, httpFacts{connection: 3, direct: "10.0.0.7:1"}, "/", false},
		{envoy, httpFacts{connection: 4, direct: "10.0.0.8:1", source: "10.0.0.7:0", destination: to}, "/x", true},
		// The address of one connection may differ from request to request.
		{envoy, httpFacts{connection: 4, direct: "10.0.0.8:1", source: "10.0.0.9:0", destination: to}, "/x", false},
		{envoy, httpFacts{connection: 4 + flowSlots, direct: "10.0.0.8:1", source: "10.0.0.7:0", destination: to}, "/x", true},
	} {
		if r := test.filter.decideOne(test.facts, "GET", test.path); r.allowed != test.allowed {
			t.Errorf("%d: %+v: got %+v", i, test.facts, r)
		}
	}
}

func TestEveryReadingOfAPathMustBeAllowed(t *testing.T) {
	const config = `"policy": {"allow": [{"path": "/public/.*"}]}`
	strict, plain := openTestHTTP(t, "{"+config+"}"), openTestHTTP(t, `{"paths": "as_sent", `+config+"}")
	if r := strict.decideOne(httpFacts{destination: "10.0.0.1:80"}, "GET", "/public/../x"); r.allowed || r.reason != "another reading of the path: no rule" {
		t.Errorf("got %+v", r)
	}
	if r := plain.decideOne(httpFacts{destination: "10.0.0.1:80"}, "GET", "/public/../x"); !r.allowed {
		t.Errorf("got %+v", r)
	}
	if r := strict.decideOne(httpFacts{destination: "10.0.0.1:80"}, "GET", "/public//x"); !r.allowed {
		t.Errorf("got %+v", r)
	}
}

func TestRulesThatDenyAreAskedAboutEveryReadingOfAHost(t *testing.T) {
	const config = `"policy": {"allow": [{}], "deny": [{"host": "admin[.]example"}, {"host": "shop[.]example", "path": "/secret"}]}`
	strict, plain := openTestHTTP(t, "{"+config+"}"), openTestHTTP(t, `{"paths": "as_sent", `+config+"}")
	facts := httpFacts{destination: "10.0.0.1:80"}
	const single, other = "the host is not a single one", "another reading of the host: deny rule inline"
	for _, test := range []struct{ path, host, reason string }{
		{"/", "", ""},
		{"/", "shop.example", ""},
		{"/", "SHOP.example:8080", ""},
		{"/", "[::1]:8080", ""},
		{"/", "admin.example", "deny rule inline"},
		{"/", "Admin.Example", other},
		{"/", "admin.example.", other},
		{"/", "admin.example:8080", other},
		{"/", "ADMIN.example.:80", other},
		{"/./secret", "shop.example:80", other},
		{"/", "shop.example,other.example", single},
		{"/", "user@shop.example", single},
	} {
		if r := strict.decideOne(facts, "GET", test.path, test.host); r.reason != test.reason || r.allowed != (test.reason == "") {
			t.Errorf("%s of %s: got %+v, want %s", test.path, test.host, r, test.reason)
		}
		if r := plain.decideOne(facts, "GET", test.path, test.host); r.allowed != (test.host != "admin.example") {
			t.Errorf("as sent, %s of %s: got %+v", test.path, test.host, r)
		}
	}
}

func TestSettingsOfHTTPAreRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		``:                                       `is empty: give a JSON object with at least "policy"`,
		`{}`:                                     "policy: give either",
		`{"policy": {"allow": []}}`:              "policy: allow: line 1: is an empty list, which says nothing: write [{}]",
		`{"policy": {"deny": [{}]}}`:             "policy: allow: is missing",
		`{"policy": {"allow": [{"paht": "/"}]}}`: "paht: is unknown, want one of",
		`{"policy": {"allow": "all"}, "parser": "r2d2"}`:                                                  "are for the network filter",
		`{"policy": {"allow": "all"}, "readonly": true}`:                                                  "are for the network filter",
		`{"policy": {"allow": "all"}, "limits": {"held_bytes": 1}}`:                                       "are for the network filter",
		`{"policy": {"allow": "all"}, "client_address": "xff"}`:                                           `client_address: "xff" is unknown`,
		`{"policy": {"allow": "all"}, "client_name": "filter_state:"}`:                                    `client_name: "filter_state:" is unknown`,
		`{"policy": {"allow": "all"}, "paths": "any"}`:                                                    `paths: "any" is unknown`,
		`{"policy": {"allow": "all"}, "metadata": "all"}`:                                                 `metadata: "all" is unknown`,
		`{"policy": {"allow": "all"}, "secrets": {"a/b": {}}}`:                                            `secrets: a/b: a secret is found either in a "file" or by "sds"`,
		`{"policy": {"allow": "all"}, "sercets": {}}`:                                                     "is not valid: ",
		`{"policy": {"allow": [{"headerMatches": [{"name": "host", "value": "a", "mismatch": "ADD"}]}]}}`: "header_matches: :authority: cannot be changed by a rule",
	} {
		if _, err := parseHTTP([]byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", config, err, want)
		}
	}
}

func TestTheEntryOfARequestSaysHowItEnded(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	f := openTestHTTP(t, fmt.Sprintf(`{"policy": {"allow": "all"}, "access_log": {"file": %q}}`, log))
	facts := httpFacts{connection: 1, direct: "10.0.0.8:1", destination: "10.0.0.1:80", protocol: "HTTP/2"}
	long := "/" + strings.Repeat("a", 5000)
	for path, end := range map[string]func(*httpStream){
		"/gone": func(s *httpStream) { s.logEnd(0, 1, 0) }, "/destroyed": func(*httpStream) {}, "/late": func(s *httpStream) { s.logEnd(504, 0, 2) },
		long: func(s *httpStream) { s.logEnd(200, 3, 4) },
	} {
		s := f.decideOne(facts, "GET", path).stream
		end(s)
		s.end()
	}
	text := ""
	eventually.Holds(t, "the log is complete", func() bool {
		content, _ := os.ReadFile(log)
		text = string(content)
		return strings.Count(text, "\n") == 4
	})
	for path, want := range map[string]string{
		`"/gone"`: `"status":"no reply","request_bytes":1,"reply_bytes":0`, `"/destroyed"`: `"status":"no reply","request_bytes":0`,
		`"/late"`: `"status":"error","request_bytes":0,"reply_bytes":2`, `aaa..."`: `"status":"ok","request_bytes":3,"reply_bytes":4`,
	} {
		found := false
		for line := range strings.Lines(text) {
			found = found || strings.Contains(line, path) && strings.Contains(line, want)
		}
		if !found {
			t.Errorf("no line has %s and %s:\n%s", path, want, text)
		}
	}
}
