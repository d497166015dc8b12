//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/collector"
	"github.com/proxylib/proxylib/test/envoy"
)

// webPolicy is a policy of HTTP for port 80.
const webPolicy = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules:
    - name: public
      http_rules:
        http_rules:
        - headers: [{name: ":method", string_match: {exact: GET}}, {name: ":path", safe_regex_match: {regex: "/public.*"}}]
        - headers: [{name: ":path", string_match: {exact: /token}}, {name: x-token, string_match: {exact: abc}}]
        - headers: [{name: ":path", string_match: {exact: /host}}, {name: ":authority", safe_regex_match: {regex: "shop[.]example(:[0-9]+)?"}}]
        - headers: [{name: ":path", string_match: {exact: /ws}}, {name: upgrade, string_match: {exact: websocket}}]
    - name: forbidden
      deny: true
      http_rules: {http_rules: [{headers: [{name: ":path", prefix_match: /public/secret}]}]}
`

// origin is a server that notes what it is asked.
type origin struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
}

func startOrigin(t *testing.T) *origin {
	o := &origin{}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.seen = append(o.seen, r)
		o.mu.Unlock()
		w.Header().Set("X-Reply", "yes")
		fmt.Fprintf(w, "served %s %d", r.URL.Path, len(body))
	}))
	o.Config.Protocols = new(http.Protocols)
	o.Config.Protocols.SetHTTP1(true)
	o.Config.Protocols.SetUnencryptedHTTP2(true)
	o.Start()
	t.Cleanup(o.Close)
	return o
}

func (o *origin) address() string { return o.Listener.Addr().String() }

// last is the request that came last.
func (o *origin) last() *http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.seen) == 0 {
		return nil
	}
	return o.seen[len(o.seen)-1]
}

func (o *origin) served() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.seen)
}

// httpConfig puts the policy file to use.
func (s *fixture) httpConfig() config {
	return config{"policy_name": "127.0.0.1", "port": 80, "policy": config{"file": s.policy}, "access_log": config{"file": s.accessLog}, "log": "request"}
}

func (s *fixture) startHTTP(upstream string, filter config, options string) {
	s.t.Helper()
	c := s.envoyConfig(upstream, filter)
	c.HTTP, c.HTTPOptions, c.FilterName = true, options, "proxylib"
	s.startEnvoyAs(c)
}

// web is an Envoy with the HTTP filter before an origin.
func web(t *testing.T, change func(config)) (*fixture, *origin) {
	t.Helper()
	s, o := newFixture(t), startOrigin(t)
	s.writePolicy(webPolicy)
	filter := s.httpConfig()
	if change != nil {
		change(filter)
	}
	s.startHTTP(o.address(), filter, "")
	return s, o
}

// client returns a client of one version of HTTP.
func client(t *testing.T, http2 bool) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetUnencryptedHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

func (s *fixture) ask(c *http.Client, method, path, host string, headers ...string) (code int, body string, reply http.Header) {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+s.proxy.Addr+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = host
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

func TestRequestsOfHTTPAreDecided(t *testing.T) {
	s, o := web(t, nil)
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for _, test := range []struct {
			method, path, host string
			headers            []string
			allowed            bool
		}{
			{"GET", "/public", "a", nil, true},
			{"GET", "/public/x?y", "a", nil, true},
			{"HEAD", "/public/x", "a", nil, false},
			{"POST", "/public", "a", nil, false},
			{"GET", "/private", "a", nil, false},
			{"GET", "/public/secret/x", "a", nil, false},
			{"PUT", "/token", "a", []string{"X-Token", "abc"}, true},
			{"PUT", "/token", "a", []string{"X-Token", "ABC"}, false},
			{"PUT", "/token", "a", []string{"X-Token", "abc", "X-Token", "abc"}, false},
			{"PUT", "/token", "a", nil, false},
			{"GET", "/host", "shop.example", nil, true},
			{"GET", "/host", "shop.example:80", nil, true},
			{"GET", "/host", "SHOP.example", nil, false},
			{"GET", "/unfiltered", "a", nil, true},
		} {
			before := o.served()
			code, body, reply := s.ask(c, test.method, test.path, test.host, test.headers...)
			if code != 200 && code != 403 || (code == 200) != test.allowed || (o.served() > before) != test.allowed {
				t.Errorf("http2 %v: %s %s of %s %q: %d %q, the origin served %d", http2, test.method, test.path, test.host, test.headers, code, body, o.served()-before)
			}
			if code == 403 && test.method != "HEAD" && (body != "Access denied\r\n" || reply.Get("Content-Type") != "text/plain" || reply.Get("Grpc-Status") != "") {
				t.Errorf("%s %s: denied with %q %q", test.method, test.path, body, reply)
			}
		}
	}
	if log := s.proxy.Log(); strings.Contains(log, "[error]") {
		t.Errorf("Envoy complains:\n%s", log)
	}
}

func TestALiveConnectionSeesANewPolicyOfHTTP(t *testing.T) {
	s, _ := web(t, nil)
	c := client(t, false)
	if code, _, _ := s.ask(c, "GET", "/private", "a"); code != 403 {
		t.Fatalf("before: %d", code)
	}
	s.writePolicy(strings.ReplaceAll(webPolicy, "/public.*", "/private.*"))
	if !eventually.Within(patience, func() bool { code, _, _ := s.ask(c, "GET", "/private", "a"); return code == 200 }) {
		t.Error("the new policy is not seen")
	}
	if code, _, _ := s.ask(c, "GET", "/public", "a"); code != 403 {
		t.Errorf("what is no longer allowed: %d", code)
	}
}

func TestHeaderMatchesChangeTheRequest(t *testing.T) {
	s := newFixture(t)
	secret := filepath.Join(s.dir, "secret")
	if err := os.WriteFile(secret, []byte("swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := startOrigin(t)
	s.startHTTP(o.address(), config{
		"policy": config{"allow": []config{
			{"path": "/add", "headerMatches": []config{{"name": "X-A", "value": "1", "mismatch": "ADD"}}},
			{"path": "/replace", "headerMatches": []config{{"name": "X-A", "secret": config{"namespace": "ns", "name": "key"}, "mismatch": "REPLACE"}}},
			{"path": "/delete", "headerMatches": []config{{"name": "Authorization", "value": "Basic x", "mismatch": "DELETE"}}},
			{"path": "/secret", "headerMatches": []config{{"name": "X-A", "secret": config{"namespace": "ns", "name": "key"}}}},
		}},
		"secrets": config{"ns/key": config{"file": secret}}, "access_log": config{"file": s.accessLog},
	}, "")
	c := client(t, false)
	for _, test := range []struct {
		path, name, value string
		code              int
		want              []string
	}{
		{"/add", "X-A", "0", 200, []string{"0", "1"}},
		{"/add", "X-A", "1", 200, []string{"1"}},
		{"/replace", "X-A", "0", 200, []string{"swordfish"}},
		{"/replace", "X-B", "0", 200, []string{"swordfish"}},
		{"/delete", "Authorization", "Basic y", 200, nil},
		{"/delete", "Authorization", "Basic x", 200, []string{"Basic x"}},
		{"/secret", "X-A", "swordfish", 200, []string{"swordfish"}},
		{"/secret", "X-A", "sword", 403, nil},
	} {
		code, body, _ := s.ask(c, "GET", test.path, "a", test.name, test.value)
		if code != test.code {
			t.Errorf("%s %s: %d %s", test.path, test.value, code, body)
			continue
		}
		name := "X-A"
		if test.path == "/delete" {
			name = "Authorization"
		}
		if got := o.last().Header.Values(name); code == 200 && !slices.Equal(got, test.want) {
			t.Errorf("%s %s: the origin saw %q, want %q", test.path, test.value, got, test.want)
		}
	}
	log := s.logText(func(text string) bool { return strings.Count(text, `"denied"`) == 1 })
	if strings.Contains(log, "swordfish") || strings.Contains(log, "Basic") || !strings.Contains(log, `"missing_headers":"x-a: [redacted]"`) {
		t.Errorf("the log shows secrets, or not what is missing:\n%s", log)
	}
}

func TestHeaderMatchesTakeSecretsFromSDSWhereEnvoyHasThem(t *testing.T) {
	s, o := newFixture(t), startOrigin(t)
	file := filepath.Join(s.dir, "sds.yaml")
	write := func(value string) {
		t.Helper()
		text := "resources:\n- \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  name: key\n  generic_secret: {secret: {inline_string: \"" + value + "\\n\"}}\n"
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	write("swordfish")
	secret := config{"namespace": "ns", "name": "key"}
	filter := config{
		"policy": config{"allow": []config{
			{"path": "/secret", "headerMatches": []config{{"name": "X-A", "secret": secret}}},
			{"path": "/replace", "headerMatches": []config{{"name": "X-A", "secret": secret, "mismatch": "REPLACE"}}},
		}},
		"secrets":    config{"ns/key": config{"sds": "key", "sds_config": config{"path_config_source": config{"path": file, "watched_directory": config{"path": s.dir}}}}},
		"access_log": config{"file": s.accessLog},
	}
	if *version != "1.40.0" {
		c := s.envoyConfig(o.address(), filter)
		c.HTTP = true
		proxy, err := envoy.Start(c)
		if err == nil {
			proxy.Stop()
			t.Fatal("an Envoy without secrets takes the configuration")
		}
		log, _ := os.ReadFile(filepath.Join(s.dir, "envoy.log"))
		if !strings.Contains(string(log), "secrets: ns/key: sds: key: this Envoy has no secrets for filters: take Envoy 1.40 or newer, or a file") {
			t.Errorf("%v\n%s", err, log)
		}
		return
	}
	s.startHTTP(o.address(), filter, "")
	h := client(t, false)
	for _, value := range []string{"swordfish", "another"} {
		write(value)
		s.eventually("the secret is in force", func() bool {
			code, _, _ := s.ask(h, "GET", "/secret", "a", "X-A", value)
			return code == 200
		})
		if code, _, _ := s.ask(h, "GET", "/replace", "a", "X-A", "0"); code != 200 || o.last().Header.Get("X-A") != value {
			t.Errorf("%s: got %d, the origin %q", value, code, o.last().Header)
		}
	}
	if code, _, _ := s.ask(h, "GET", "/secret", "a", "X-A", "swordfish"); code != 403 {
		t.Errorf("the value of before: %d", code)
	}
	if log := s.logText(func(text string) bool { return strings.Contains(text, `"denied"`) }); strings.Contains(log, "swordfish") || strings.Contains(log, "another") {
		t.Errorf("the log shows secrets:\n%s", log)
	}
}

// logText returns the access log when it is complete.
func (s *fixture) logText(complete func(string) bool) (text string) {
	s.t.Helper()
	if !eventually.Within(patience, func() bool {
		content, _ := os.ReadFile(s.accessLog)
		text = string(content)
		return complete(text)
	}) {
		s.t.Errorf("the log is not complete:\n%s", text)
	}
	return text
}

func TestRequestAndReplyOfHTTPAreLogged(t *testing.T) {
	s, _ := web(t, func(c config) {
		c["log_headers"], c["metadata"] = []string{"X-Request-Id", "User-Agent", "X-Reply"}, "requests"
	})
	c := client(t, true)
	s.ask(c, "GET", "/public/x?y=%ff", "shop", "Authorization", "secret", "Cookie", "secret", "User-Agent", "test\xff", "X-Request-Id", "id-1")
	s.ask(c, "GET", "/private", "shop")
	text := s.logText(func(text string) bool { return strings.Count(text, "\n") == 3 })
	type line struct {
		Type, Rule, Reason, Proto string
		Fields                    map[string]string
	}
	var lines []line
	for _, text := range strings.Split(strings.TrimSpace(text), "\n") {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) != 3 {
		t.Fatal(text)
	}
	request, response, denied := lines[0], lines[1], lines[2]
	if request.Type != "request" || request.Rule != "public" || request.Proto != "http" || request.Fields["path"] != "/public/x?y=%ff" ||
		request.Fields["host"] != "shop" || request.Fields["http_protocol"] != "HTTP2" || !strings.Contains(request.Fields["headers"], `user-agent: test\xff`) {
		t.Errorf("request %+v", request)
	}
	if response.Type != "response" || response.Fields["status"] != "200" || response.Rule != "public" ||
		response.Fields["headers"] != "x-reply: yes, x-request-id: "+requestIDOf(request.Fields["headers"]) {
		t.Errorf("response %+v", response)
	}
	if denied.Type != "denied" || denied.Reason != "no rule" || denied.Fields["path"] != "/private" {
		t.Errorf("denied %+v", denied)
	}
	if strings.Contains(text, "secret") {
		t.Errorf("the log shows what it must not:\n%s", text)
	}
	connections := ""
	if !eventually.Within(patience, func() bool {
		connections, _ = s.proxy.ConnectionLog()
		return strings.Contains(connections, `"verdict":"allowed"`) && strings.Contains(connections, `"verdict":"denied"`)
	}) || !strings.Contains(connections, `"details":"proxylib_access_denied"`) || !strings.Contains(connections, `"rule":"public"`) {
		t.Errorf("Envoy's log has %s", connections)
	}
	counters, err := s.proxy.Counters("proxylib.http")
	if err != nil || len(counters) != 4 {
		t.Fatalf("counters %v, %v", counters, err)
	}
	for name, n := range counters {
		want := map[string]uint64{"passed": 1, "denied": 1, "audited": 0, "unknown_identity": 2}[name[strings.LastIndex(name, ".")+1:]]
		if n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}
}

func requestIDOf(headers string) string {
	_, id, _ := strings.Cut(headers, "x-request-id: ")
	id, _, _ = strings.Cut(id, ",")
	return id
}

// denyingFilter refuses requests for /private before our filter sees them.
const denyingFilter = `{"name": "rbac", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {
	"action": "DENY", "policies": {"all": {"permissions": [{"url_path": {"path": {"prefix": "/private"}}}], "principals": [{"any": true}]}}}}}`

func TestARequestThatAnotherFilterHasRefusedIsLogged(t *testing.T) {
	s, o := newFixture(t), startOrigin(t)
	s.writePolicy(webPolicy)
	c := s.envoyConfig(o.address(), s.httpConfig())
	c.HTTP, c.HTTPFilter = true, strings.Join(strings.Fields(denyingFilter), " ")
	s.startEnvoyAs(c)
	for _, http2 := range []bool{false, true} {
		if code, body, _ := s.ask(client(t, http2), "GET", "/private", "a"); code != 403 || strings.Contains(body, "Access denied") {
			t.Errorf("http2 %v: got %d %q", http2, code, body)
		}
	}
	// The codec refuses this one, so no filter sees a head.
	if got := s.raw("GET /public HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"); !strings.Contains(got, "400") {
		t.Errorf("got %s", got)
	}
	s.ask(client(t, false), "GET", "/public", "a")
	text := s.logText(func(text string) bool { return strings.Contains(text, `"type":"response"`) })
	if strings.Count(text, `"reason":"replied by another filter"`) != 2 || strings.Count(text, `"type":"denied"`) != 2 {
		t.Errorf("the log has\n%s", text)
	}
	counters, err := s.proxy.Counters("proxylib.http.")
	if err != nil || counters["dynamicmodulescustom.proxylib.http.denied"] != 0 || counters["dynamicmodulescustom.proxylib.http.passed"] != 1 {
		t.Errorf("counters %v, %v", counters, err)
	}
}

func TestWhatIsDeniedPassesInAuditMode(t *testing.T) {
	s, o := web(t, func(c config) { c["audit"] = true })
	if code, _, _ := s.ask(client(t, false), "GET", "/private", "a"); code != 200 || o.served() != 1 {
		t.Errorf("got %d", code)
	}
	s.logText(func(text string) bool {
		return strings.Contains(text, `"type":"request"`) && strings.Contains(text, `"reason":"no rule"`)
	})
}

func TestMetadataHaveTheVerdictsOfWhatIsDenied(t *testing.T) {
	s, _ := web(t, func(c config) { c["audit"] = true })
	s.ask(client(t, false), "GET", "/public/x", "shop")
	s.ask(client(t, false), "GET", "/private", "shop")
	text := ""
	if !eventually.Within(patience, func() bool {
		text, _ = s.proxy.ConnectionLog()
		return strings.Count(text, `"code":200`) == 2
	}) || strings.Count(text, `"verdict"`) != 1 || !strings.Contains(text, `"verdict":"audited"`) || !strings.Contains(text, `"reason":"no rule"`) {
		t.Errorf("Envoy's log has %s", text)
	}
}

func TestInModeObserveRequestsOfHTTPPassAsTheyAre(t *testing.T) {
	s, o := web(t, func(c config) { c["mode"] = "observe" })
	for _, path := range []string{"/private", "/public/../private", "/public"} {
		if code, _, _ := s.ask(client(t, false), "GET", path, "a"); code != 200 || o.last().URL.Path == "" {
			t.Errorf("%s: got %d", path, code)
		}
	}
	text := s.logText(func(text string) bool { return strings.Count(text, `"type":"request"`) == 3 })
	if strings.Count(text, `"reason":"no rule"`) != 1 || strings.Count(text, `"reason":"another reading of the path: no rule"`) != 1 {
		t.Errorf("the log does not mark what the policy denies:\n%s", text)
	}
	counters, err := s.proxy.Counters("proxylib.http.")
	if err != nil || counters["dynamicmodulescustom.proxylib.http.audited"] != 2 || counters["dynamicmodulescustom.proxylib.http.denied"] != 0 {
		t.Errorf("counters %v, %v", counters, err)
	}
}

func TestInModeObserveHTTPNeedsNoPolicyAndNothingIsChanged(t *testing.T) {
	for name, policy := range map[string]config{
		"none": nil, "changes": {"allow": []config{{"headerMatches": []config{{"name": "X-A", "value": "1", "mismatch": "REPLACE"}}}}},
	} {
		s, o := newFixture(t), startOrigin(t)
		filter := config{"mode": "observe", "access_log": config{"file": s.accessLog}}
		if policy != nil {
			filter["policy"] = policy
		}
		s.startHTTP(o.address(), filter, "")
		if code, _, _ := s.ask(client(t, true), "GET", "/x", "a", "X-A", "0"); code != 200 || !slices.Equal(o.last().Header.Values("X-A"), []string{"0"}) {
			t.Errorf("%s: got %d, the origin %q", name, code, o.last().Header)
		}
		if text := s.logText(func(text string) bool { return strings.Contains(text, `"type":"request"`) }); strings.Contains(text, "reason") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestARequestOfHTTPAndItsReplyAreOneEntry(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(webPolicy)
	c, err := collector.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := startOrigin(t)
	inner := o.Config.Handler
	o.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/public/missing" {
			w.WriteHeader(404)
			return
		}
		inner.ServeHTTP(w, r)
	})
	filter := s.httpConfig()
	delete(filter, "log")
	filter["log_headers"] = []string{"X-Request-Id", "X-Reply", "User-Agent"}
	filter["access_log"] = []config{{"file": s.accessLog}, {"otlp": c.HTTP}}
	s.startHTTP(o.address(), filter, "")
	for _, http2 := range []bool{false, true} {
		h := client(t, http2)
		r, err := http.NewRequest("PUT", "http://"+s.proxy.Addr+"/token", strings.NewReader(strings.Repeat("b", 100_000)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Token", "abc")
		reply, err := h.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		s.ask(h, "GET", "/public/missing?x=1", "shop.example:8080")
		s.ask(h, "GET", "/private", "a")
	}
	text := s.logText(func(text string) bool { return strings.Count(text, "\n") >= 6 })
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		var l jsonline.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		what := strings.Join([]string{l.Type, l.Fields["http_protocol"], l.Fields["method"], l.Fields["path"], l.Fields["status"]}, " ")
		if l.Exchange != nil {
			what += fmt.Sprint(" ", l.Exchange.Status, " ", l.RequestBytes, " ", l.ReplyBytes, " ", l.Reply["x-reply"], " ", l.Latency > 0)
		}
		seen[what]++
	}
	for _, protocol := range []string{"HTTP11", "HTTP2"} {
		for _, want := range []string{
			"request " + protocol + " PUT /token 200 ok 100000 20 yes true", "request " + protocol + " GET /public/missing?x=1 404 error 0 0  true",
			"denied " + protocol + " GET /private 0",
		} {
			if seen[want] != 1 {
				t.Errorf("%d lines are %s", seen[want], want)
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("the log has\n%s", text)
	}
	s.eventually("the collector has the entries", func() bool { return len(c.Records()) >= 6 })
	found := map[string]int{}
	for _, r := range c.Records() {
		a := r.Attributes
		found[fmt.Sprint(a["http.request.method"], a["url.path"], a["url.query"], a["url.scheme"], a["http.response.status_code"], a["error.type"],
			a["network.protocol.name"], a["network.protocol.version"], a["server.address"], a["server.port"], a["user_agent.original"], a["proxylib.verdict"])]++
	}
	for _, version := range []string{"1.1", "2"} {
		if found[fmt.Sprint("GET", "/public/missing", "x=1", "http", 404, nil, "http", version, "shop.example", 8080, "Go-http-client/"+map[string]string{"1.1": "1.1", "2": "2.0"}[version], "allowed")] != 1 {
			t.Errorf("the collector has %v", found)
		}
	}
}

func TestTheStatusOfAReplyIsLoggedWithoutItsHeaders(t *testing.T) {
	s, _ := web(t, func(c config) { delete(c, "log") })
	for _, http2 := range []bool{false, true} {
		s.ask(client(t, http2), "GET", "/public", "a")
	}
	text := s.logText(func(text string) bool { return strings.Count(text, `"type":"request"`) == 2 })
	if strings.Count(text, `"status":"200"`) != 2 || strings.Count(text, `"status":"ok"`) != 2 {
		t.Errorf("the log has\n%s", text)
	}
}

func TestADeniedCallOfGRPCGetsPermissionDenied(t *testing.T) {
	s := newFixture(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	c := s.envoyConfig(listener.Addr().String(), config{"policy": config{"allow": []config{{"path": "/grpc.health.v1.Health/Check"}}}})
	c.HTTP, c.HTTP2Upstream = true, true
	s.startEnvoyAs(c)
	conn, err := grpc.NewClient(s.proxy.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	calls := grpc_health_v1.NewHealthClient(conn)
	if _, err := calls.Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Errorf("a call that is allowed: %v", err)
	}
	stream, err := calls.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.PermissionDenied || !strings.Contains(status.Convert(err).Message(), "Access denied") {
		t.Errorf("a call that is denied: %v", err)
	}
}

// raw sends bytes on a connection of its own, and returns the status line of the reply.
func (s *fixture) raw(request string) string {
	s.t.Helper()
	conn, err := net.DialTimeout("tcp", s.proxy.Addr, patience)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(request)); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		s.t.Fatalf("%q: %v", request, err)
	}
	return strings.TrimSpace(line)
}

func TestRequestsInOtherFormsAreDecidedAsWell(t *testing.T) {
	s, _ := web(t, nil)
	for request, want := range map[string]string{
		"GET http://a/private HTTP/1.1\r\nHost: b\r\n\r\n":                                                        "403 Forbidden",
		"GET http://a/public HTTP/1.1\r\nHost: b\r\n\r\n":                                                         "200 OK",
		"GET /host HTTP/1.1\r\nHost: shop.example\r\nHost: other\r\n\r\n":                                         "403 Forbidden",
		"GET http://other/host HTTP/1.1\r\nHost: shop.example\r\n\r\n":                                            "403 Forbidden",
		"CONNECT shop.example:80 HTTP/1.1\r\nHost: shop.example:80\r\n\r\n":                                       "403 Forbidden",
		"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n":                        "200 OK",
		"GET /private HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n":                   "403 Forbidden",
		"PUT /private HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello":                                      "403 Forbidden",
		"PUT /private HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello":                                     "403 Forbidden",
		"PUT /private HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n": "403 Forbidden",
	} {
		if got := s.raw(request); got != "HTTP/1.1 "+want {
			t.Errorf("%q: got %s, want %s", request, got, want)
		}
	}
}

func TestClientsThatGoAwayLeaveNothing(t *testing.T) {
	s, _ := web(t, nil)
	for i := range 300 {
		conn, err := net.DialTimeout("tcp", s.proxy.Addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "PUT /token HTTP/1.1\r\nHost: a\r\nX-Token: abc\r\nContent-Length: 100\r\n\r\n%d", i)
		if i%2 == 0 {
			conn.(*net.TCPConn).SetLinger(0)
		}
		conn.Close()
	}
	if code, _, _ := s.ask(client(t, false), "GET", "/public", "a"); code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}
