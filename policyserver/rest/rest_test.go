package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/store"

	_ "github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/policy"
)

const documents = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromCIDR: [192.0.2.0/24]
    toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules: {l7proto: memcache, l7: [{command: get}]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a, labels: {app: cache}}, addresses: [10.0.0.1]}
`

// described is the description, as far as a test checks it.
type described struct {
	Paths      map[string]map[string]any
	Components struct {
		Responses, Schemas map[string]any
	}
}

// service is a server whose every answer is checked against the description.
type service struct {
	*testing.T
	http        *httptest.Server
	server      *policyserver.Server
	description described
	// Authorization is the header of requests.
	authorization string
	called        map[string]bool
}

func newService(t *testing.T, directory string, admit Admit) *service {
	log := logrus.New()
	log.SetOutput(t.Output())
	s, err := policyserver.Open(policyserver.Config{
		State: filepath.Join(t.TempDir(), "state"), Directory: directory, Parsers: policy.Registered(), Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Handler(s, admit, explain))
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	f := &service{T: t, http: server, server: s, called: map[string]bool{}}
	if err := yaml.Unmarshal(description, &f.description); err != nil {
		t.Fatal(err)
	}
	return f
}

// explain stands for the engine of the command line, which is tested there.
func explain(_ context.Context, content *cnp.Content, settings compile.Settings, q Question) (any, error) {
	if q.From == "" {
		return nil, errors.New("from: is missing")
	}
	return map[string]any{
		"verdict": fmt.Sprintf("%d policies, audit %v", len(content.Policies), settings.Audit), "from": q.From, "to": q.To, "port": q.Port, "sides": []any{},
	}, nil
}

func anyone(*http.Request) (policyserver.Actor, error) { return policyserver.Actor{}, nil }

// call makes a request, named as in the description, with {namespace} and {name} filled in from key.
func (f *service) call(method, path, key, body string, want int) string {
	f.Helper()
	url := path
	if namespace, name, found := strings.Cut(key, "/"); found {
		url = strings.NewReplacer("{namespace}", namespace, "{name}", name).Replace(path)
	}
	r, err := http.NewRequest(method, f.http.URL+url, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	r.Header.Set("Authorization", f.authorization)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	if response.StatusCode != want {
		f.Errorf("%s %s: got %d %s, want %d", method, url, response.StatusCode, text, want)
	}
	path, _, _ = strings.Cut(path, "?")
	f.check(method, path, response, text)
	return string(text)
}

// check compares an answer with the description.
func (f *service) check(method, path string, response *http.Response, text []byte) {
	f.Helper()
	operation, _ := f.description.Paths[path][strings.ToLower(method)].(map[string]any)
	f.called[method+" "+path] = true
	answers, _ := operation["responses"].(map[string]any)
	answer, _ := f.resolve(answers[fmt.Sprint(response.StatusCode)]).(map[string]any)
	content, _ := answer["content"].(map[string]any)
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	media, described := content[kind].(map[string]any)
	if !described {
		f.Errorf("%s %s: the answer %d of type %q is not described", method, path, response.StatusCode, kind)
		return
	}
	if kind != "application/json" {
		return
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		f.Errorf("%s %s: %v", method, path, err)
		return
	}
	f.conforms(method+" "+path, value, media["schema"])
}

func (f *service) resolve(value any) any {
	fields, _ := value.(map[string]any)
	name, referred := fields["$ref"].(string)
	if !referred {
		return value
	}
	name = strings.TrimPrefix(name, "#/components/")
	if rest, found := strings.CutPrefix(name, "responses/"); found {
		return f.description.Components.Responses[rest]
	}
	return f.description.Components.Schemas[strings.TrimPrefix(name, "schemas/")]
}

// conforms checks the types and the fields of a value.
func (f *service) conforms(where string, value, schema any) {
	f.Helper()
	s, _ := f.resolve(schema).(map[string]any)
	switch v := value.(type) {
	case map[string]any:
		properties, closed := s["properties"].(map[string]any)
		for name, field := range v {
			if property, known := properties[name]; known {
				f.conforms(where+"."+name, field, property)
			} else if closed {
				f.Errorf("%s: %s is not described", where, name)
			}
		}
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, there := v[name.(string)]; !there {
				f.Errorf("%s: %s is missing", where, name)
			}
		}
		f.is(where, s, "object")
	case []any:
		for i, item := range v {
			f.conforms(fmt.Sprintf("%s[%d]", where, i), item, s["items"])
		}
		f.is(where, s, "array")
	case string:
		f.is(where, s, "string")
	case float64:
		f.is(where, s, "integer")
	case bool:
		f.is(where, s, "boolean")
	default:
		f.Errorf("%s: got %v", where, value)
	}
}

func (f *service) is(where string, schema map[string]any, kind string) {
	f.Helper()
	if schema["type"] != kind {
		f.Errorf("%s: is of type %s, want %v", where, kind, schema["type"])
	}
}

func TestEveryOperationWorksAsDescribed(t *testing.T) {
	f := newService(t, "", anyone)
	const policies, one = "/v1/policies", "/v1/policies/{namespace}/{name}"
	const endpoints, endpoint = "/v1/endpoints", "/v1/endpoints/{namespace}/{name}"
	f.call("GET", "/healthz", "", "", 200)
	f.call("GET", policies, "", "", 200)
	f.call("PUT", policies, "", documents, 200)
	f.call("GET", policies, "", "", 200)
	item := f.call("GET", one, "default/cache", "", 200)
	if !strings.Contains(item, `"command":"get"`) || !strings.Contains(item, `"source":"api"`) {
		t.Errorf("got %s", item)
	}
	f.call("GET", one, "default/gone", "", 404)
	f.call("PUT", one, "-/old", `{"apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy",
		"metadata": {"name": "old"}, "spec": {"endpointSelector": {}, "ingress": [{}]}}`, 200)
	f.call("GET", one, "-/old", "", 200)
	f.call("PUT", one, "default/other", documents, 422)
	f.call("PUT", policies+"?name=rules", "", `[{"endpointSelector": {}, "egress": [{}]}]`, 200)
	f.call("DELETE", one, "-/rules", "", 200)
	f.call("DELETE", one, "-/rules", "", 404)
	f.call("GET", endpoints, "", "", 200)
	f.call("GET", endpoint, "default/a", "", 200)
	f.call("GET", endpoint, "default/b", "", 404)
	f.call("PUT", endpoints, "", strings.Split(documents, "---")[1], 200)
	f.call("PUT", endpoints, "", documents, 422)
	f.call("DELETE", endpoint, "default/a", "", 200)
	f.call("GET", "/v1/identities", "", "", 200)
	f.call("GET", "/v1/openapi.yaml", "", "", 200)
	f.call("PUT", policies, "", strings.Repeat("#", maxBody+1), 413)

	f.call("POST", "/v1/validate", "", documents, 200)
	f.call("POST", "/v1/validate", "", strings.Replace(documents, "command", "commando", 1), 422)
	// A policy by itself selects nobody yet, and is checked all the same.
	f.call("POST", "/v1/validate", "", strings.Replace(strings.Split(documents, "---")[0], "command", "commando", 1), 422)
	if text := f.call("GET", "/v1/status", "", "", 200); strings.Contains(text, "commando") {
		t.Errorf("documents that were only checked are in the status: %s", text)
	}
	f.call("POST", "/v1/validate", "", strings.Repeat("#", maxBody+1), 413)
	if text := f.call("POST", "/v1/explain", "", `{"from": "a", "to": "b", "port": 1}`, 200); !strings.Contains(text, "2 policies, audit false") {
		t.Errorf("got %s", text)
	}
	f.call("POST", "/v1/explain", "", `{"port": 1}`, 422)
	f.call("POST", "/v1/explain", "", `{`, 400)
	f.call("GET", "/v1/libraries", "", "", 200)
	f.call("GET", "/v1/requests", "", "", 200)
	f.call("GET", "/v1/requests?last=5", "", "", 200)
	f.call("GET", "/v1/requests?last=-5", "", "", 400)

	refused := f.call("PUT", policies, "", strings.Replace(documents, "command", "commando", 1), 422)
	want := "policy default/cache: line 10: spec.ingress[0].toPorts[0]: l7_allow_rules: memcache rule 0: key commando"
	if !strings.Contains(refused, want) {
		t.Errorf("got %s, want %s", refused, want)
	}
	if status := f.call("GET", "/v1/status", "", "", 200); !strings.Contains(status, "commando") {
		t.Errorf("got %s", status)
	}
	f.call("PUT", policies, "", "", 422)
	metrics := f.call("GET", "/metrics", "", "", 200)
	for _, want := range []string{"proxylib_policies 2\n", "proxylib_endpoints 0\n", "proxylib_refused_sources 1\n",
		"proxylib_clients{protocol=\"npds\"} 0\n"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%q is not in %s", want, metrics)
		}
	}

	for path, operations := range f.description.Paths {
		for method := range operations {
			if name := strings.ToUpper(method) + " " + path; method != "parameters" && !f.called[name] {
				t.Errorf("%s is described but was not called", name)
			}
		}
	}
}

func TestWhatADirectoryHoldsIsNotChanged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(documents), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newService(t, dir, anyone)
	item := f.call("GET", "/v1/policies/{namespace}/{name}", "default/cache", "", 200)
	if !strings.Contains(item, fmt.Sprintf("%q:%q", "source", store.Directory)) {
		t.Errorf("got %s", item)
	}
	f.call("PUT", "/v1/policies", "", documents, 409)
	f.call("DELETE", "/v1/policies/{namespace}/{name}", "default/cache", "", 409)
}

func TestWarningsAreInTheResponseInStatusAndInMetrics(t *testing.T) {
	f := newService(t, "", anyone)
	accepted := f.call("PUT", "/v1/policies", "", "summary: text\n"+documents, 200)
	if !strings.Contains(accepted, `"warnings":["line 1: summary: is unknown and has no effect`) {
		t.Errorf("got %s", accepted)
	}
	if status := f.call("GET", "/v1/status", "", "", 200); !strings.Contains(status, `"warnings":["policy default/cache: summary: is unknown`) {
		t.Errorf("got %s", status)
	}
	if metrics := f.call("GET", "/metrics", "", "", 200); !strings.Contains(metrics, "\nproxylib_policy_warnings 1\n") {
		t.Errorf("got %s", metrics)
	}
}

func TestADirectoryThatCannotBeReadIsInStatusAndMetrics(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policies")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := newService(t, dir, anyone)
	unreadable := func() string {
		for line := range strings.Lines(f.call("GET", "/metrics", "", "", 200)) {
			if number, found := strings.CutPrefix(line, "proxylib_unreadable_sources "); found {
				return strings.TrimSpace(number)
			}
		}
		return ""
	}
	if got := unreadable(); got != "0" {
		t.Errorf("proxylib_unreadable_sources is %q", got)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the metric shows it", func() bool { return unreadable() == "1" })
	if status := f.call("GET", "/v1/status", "", "", 200); !strings.Contains(status, `"unreadable":{"directory":{`) {
		t.Errorf("got %s", status)
	}
}

func TestNobodyComesInWithoutTheToken(t *testing.T) {
	f := newService(t, "", func(r *http.Request) (who policyserver.Actor, err error) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			err = errors.New("the token is missing or wrong")
		}
		return who, err
	})
	f.call("GET", "/healthz", "", "", 200)
	for _, path := range []string{"/v1/policies", "/v1/status", "/metrics", "/v1/openapi.yaml", "/v1/requests", "/v1/requests?follow=true", "/v1/libraries"} {
		f.call("GET", path, "", "", 401)
	}
	f.call("POST", "/v1/explain", "", "{}", 401)
	f.call("POST", "/v1/validate", "", documents, 401)
	f.call("PUT", "/v1/policies", "", documents, 401)
	if response, err := http.Get(f.http.URL + "/v1/status"); err != nil || !response.Close {
		t.Errorf("the connection of somebody who is not let in stays open: %v", err)
	} else {
		response.Body.Close()
	}
	f.authorization = "Bearer secret"
	f.call("PUT", "/v1/policies", "", documents, 200)
}

func TestOtherNamesOfThisMachineAreRefused(t *testing.T) {
	f := newService(t, "", anyone)
	for host, want := range map[string]int{
		"evil.example": 403, "192.0.2.1:80": 403, "localhost": 200, "127.0.0.1:9": 200, "[::1]:9": 200,
	} {
		r, _ := http.NewRequest("GET", f.http.URL+"/v1/status", nil)
		r.Host = host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != want {
			t.Errorf("%s: got %d, want %d", host, response.StatusCode, want)
		}
	}
}

func TestPagesOfOthersCannotMakeABrowserChangeAnything(t *testing.T) {
	f := newService(t, "", anyone)
	for _, c := range []struct {
		method, path, site, origin string
		want                       int
	}{
		{"PUT", "/v1/policies", "cross-site", "https://evil.example", 403}, {"PUT", "/v1/policies", "same-site", "http://localhost:1", 403},
		{"POST", "/v1/validate", "cross-site", "", 403}, {"PUT", "/v1/policies", "", "https://evil.example", 403},
		{"PUT", "/v1/policies", "", "null", 403},
		{"PUT", "/v1/policies", "same-origin", f.http.URL, 200}, {"PUT", "/v1/policies", "", "", 200},
	} {
		r, _ := http.NewRequest(c.method, f.http.URL+c.path, strings.NewReader(documents))
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != c.want {
			t.Errorf("%v: got %d", c, response.StatusCode)
		}
	}
}

// TestMetricsAreReadByPrometheus has all metrics, those of libraries included, read by the parser of Prometheus.
func TestMetricsAreReadByPrometheus(t *testing.T) {
	f := newService(t, "", anyone)
	f.server.Live.Add(&traffic.Entry{Line: jsonline.Line{Type: "denied", Parser: "redis"}})
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(f.call("GET", "/metrics", "", "", 200)))
	if err != nil {
		t.Fatal(err)
	}
	if m := families["proxylib_requests_total"].GetMetric(); len(m) != 1 || m[0].GetCounter().GetValue() != 1 {
		t.Errorf("got %v", m)
	}
	if m := families["proxylib_clients"].GetMetric(); len(m) != 2 || len(families) < 14 {
		t.Errorf("got %v, of %d families", m, len(families))
	}
}

func TestChangesThatComeAtOnceWaitForEachOther(t *testing.T) {
	f := newService(t, "", anyone)
	put := func(body io.Reader) <-chan int {
		code := make(chan int, 1)
		go func() {
			r, _ := http.NewRequest("PUT", f.http.URL+"/v1/policies", body)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				code <- 0
				return
			}
			response.Body.Close()
			code <- response.StatusCode
		}()
		return code
	}
	var slow []*io.PipeWriter
	var codes []<-chan int
	for range maxChanges {
		reader, writer := io.Pipe()
		codes = append(codes, put(reader))
		// The client has begun to send when this returns.
		io.WriteString(writer, "#")
		slow = append(slow, writer)
	}
	time.Sleep(50 * time.Millisecond)
	waiting := put(strings.NewReader(documents))
	select {
	case code := <-waiting:
		t.Errorf("a change did not wait: got %d", code)
	case <-time.After(100 * time.Millisecond):
	}
	for i, writer := range slow {
		writer.Close()
		if code := <-codes[i]; code != 422 {
			t.Errorf("got %d", code)
		}
	}
	if code := <-waiting; code != 200 {
		t.Errorf("got %d", code)
	}
}

func TestReasonsAreCut(t *testing.T) {
	f := newService(t, "", anyone)
	rule := `{command: get, "` + strings.Repeat("x", 1000) + `": y},`
	long := strings.Replace(documents, "{command: get}", strings.TrimSuffix(strings.Repeat(rule, 4000), ","), 1)
	for _, text := range []string{long, "kind: " + strings.Repeat("x", 4<<20), strings.Repeat("x: [", 1<<20)} {
		if answer := f.call("PUT", "/v1/policies", "", text, 422); len(answer) > 2*policy.MaxReason {
			t.Errorf("%d bytes make an answer of %d", len(text), len(answer))
		}
	}
	name := strings.Repeat("x", 100_000)
	if answer := f.call("GET", "/v1/policies/{namespace}/{name}", "default/"+name, "", 404); len(answer) > 2*policy.MaxReason {
		t.Errorf("a name of %d bytes makes an answer of %d", len(name), len(answer))
	}
	if status := f.call("GET", "/v1/status", "", "", 200); len(status) > 4*policy.MaxReason {
		t.Errorf("the status has %d bytes", len(status))
	}
}
