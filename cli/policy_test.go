package cli

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/serve"
)

const cachePolicy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules: {l7proto: memcache, l7: [{command: get, keyPrefix: public/}]}
  - fromCIDR: [192.0.2.0/24]
    toPorts:
    - ports: [{port: "80"}]
`

const cacheEndpoints = `---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: cache, labels: {app: cache}}, addresses: [10.0.0.1]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, labels: {app: web}}, addresses: [10.0.0.2]}
`

// file writes a file of the test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startServer runs a policy server and returns its address.
func startServer(t *testing.T) string {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	config := serve.Config{
		Server: policyserver.Config{State: filepath.Join(t.TempDir(), "state"), Parsers: policy.Registered(), Log: log},
		API:    []string{"127.0.0.1:0"},
		Ready:  func(api, _ []net.Addr) { ready <- api[0].String() },
	}
	go func() { ended <- serve.Run(ctx, config) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return <-ready
}

// expectRun runs a command and compares its exit code, and its output with parts that have to be in it.
func expectRun(t *testing.T, code int, want []string, args ...string) string {
	t.Helper()
	out, err := run(args...)
	if got := exitCode(err); got != code {
		t.Errorf("%q: got exit code %d, want %d: %s", args, got, code, out)
	}
	for _, part := range want {
		if !strings.Contains(out, part) {
			t.Errorf("%q: %q is not in %s", args, part, out)
		}
	}
	return out
}

func TestPoliciesAreImportedListedAndDeleted(t *testing.T) {
	server := "--server=" + startServer(t)
	policies, endpoints := file(t, "p.yaml", cachePolicy), file(t, "e.yaml", cacheEndpoints)
	expectRun(t, 0, []string{"revision 1: 1 policies and 2 endpoints"}, "policy", "import", policies, endpoints, server)
	expectRun(t, 0, []string{"default/cache", "api"}, "policy", "get", server)
	one := expectRun(t, 0, []string{"keyPrefix: public/"}, "policy", "get", "cache", "-o", "yaml", server)
	again := file(t, "again.yaml", one)
	expectRun(t, 0, []string{`"revision": 1`}, "policy", "import", again, "-o", "json", server)
	all := expectRun(t, 0, []string{`"kind": "List"`}, "policy", "get", "-o", "json", server)
	expectRun(t, 0, []string{"revision 1"}, "policy", "import", file(t, "all.json", all), server)
	expectRun(t, 0, []string{"default/web", "10.0.0.2", "app=web"}, "endpoint", "list", server)
	expectRun(t, 0, []string{"256", "192.0.2.0/24", "default/cache"}, "identity", "list", server)
	expectRun(t, 0, []string{"no policy selects", "deny", "npds"}, "status", server)
	expectRun(t, 0, []string{"revision: 1"}, "status", "-o", "yaml", server)
	expectRun(t, 0, []string{"revision 2: default/cache is deleted"}, "policy", "delete", "default/cache", server)
	expectRun(t, 2, []string{"there is none of that name"}, "policy", "delete", "default/cache", server)
}

func TestServerThatIsNotThereHasAnExitCode(t *testing.T) {
	for _, address := range []string{"127.0.0.1:1", "/nonexistent/socket", "unix:///nonexistent/socket"} {
		expectRun(t, 3, []string{"cannot be reached"}, "status", "--server", address)
	}
	for _, args := range [][]string{
		{"--server", "ftp://a"}, {"--token-file", "missing"}, {"--tls-ca", "missing"}, {"--tls-cert", "missing"},
		{"--server", "http://a", "--tls-ca", "x"}, {"-o", "xml"},
	} {
		expectRun(t, 1, nil, append([]string{"status"}, args...)...)
	}
}

func TestValidateTellsFileLineAndReason(t *testing.T) {
	good := file(t, "good.yaml", cachePolicy+cacheEndpoints)
	expectRun(t, 0, []string{"1 policies and 2 endpoints are valid"}, "policy", "validate", good)
	bad := file(t, "bad.yaml", strings.NewReplacer("command:", "commando:", "fromCIDR", "fromMars").Replace(cachePolicy))
	expectRun(t, 2, []string{"bad.yaml: line 11: spec.ingress[1].fromMars: is unknown"}, "policy", "validate", good, bad)
	bad = file(t, "bad.yaml", strings.Replace(cachePolicy, "command:", "commando:", 1))
	want := "bad.yaml: line 9: spec.ingress[0].toPorts[0]: l7_allow_rules: memcache rule 0: key commando"
	expectRun(t, 2, []string{want}, "policy", "validate", bad)
	huge := file(t, "huge.yaml", strings.Replace(cachePolicy, "name: cache", `name: "`+strings.Repeat("x", 4<<20)+`"`, 1))
	if out := expectRun(t, 2, []string{"huge.yaml: line "}, "policy", "validate", huge); len(out) > 10_000 {
		t.Errorf("%d bytes say what is wrong", len(out))
	}
	expectRun(t, 2, []string{"default/cache is given twice"}, "policy", "validate", good, good)
	expectRun(t, 1, nil, "policy", "validate", "missing.yaml")
	expectRun(t, 2, nil, "policy", "validate", file(t, "empty.yaml", ""))
}

func TestExplainNamesTheRuleOrTheNearest(t *testing.T) {
	files := "--file=" + file(t, "all.yaml", cachePolicy+cacheEndpoints)
	rule := "default/cache spec.ingress[0].toPorts[0]"
	for _, c := range []struct {
		name string
		code int
		want []string
		args string
	}{
		{"a request that is allowed", 0, []string{"allowed", rule},
			"--from web --to cache --port 11211 --request get_public/x"},
		{"a request that is denied", 4, []string{"denied", rule + " allows {command=get, keyPrefix=public/} of memcache"},
			"--from web --to default/cache --port 11211 --request get_secret"},
		{"no request", 5, []string{"depends on the request", rule}, "--from web --to cache --port 11211"},
		{"someone else", 4, []string{rule + " is for others than 203.0.113.1"}, "--from 203.0.113.1 --to cache --port 11211"},
		{"another port", 4, []string{rule + " is for port 11211"}, "--from 10.0.0.2 --to 10.0.0.1 --port 11212"},
		{"a port without requests", 0, []string{"allowed", "default/cache spec.ingress[1].toPorts[0]"},
			"--from 192.0.2.9 --to cache --port 80"},
		{"the other direction", 4, []string{"egress of default/web"},
			"--from web --to cache --port 11211 --direction egress"},
		{"the other direction by default", 0, []string{"allowed", "no policy selects this endpoint"},
			"--from web --to 203.0.113.1 --port 80 --default allow"},
		{"audit", 0, []string{"allowed", "only watches"},
			"--from web --to cache --port 11211 --request get_secret --audit"},
		{"audit of someone else", 0, []string{"allowed", "only watches"},
			"--from 203.0.113.1 --to cache --port 11211 --request get_public/x --audit"},
		{"a request of someone else", 4, []string{"denied", rule + " is for others than 203.0.113.1"},
			"--from 203.0.113.1 --to cache --port 11211 --request get_public/x"},
		{"bytes that are no request", 4, []string{"the parser refuses the bytes"},
			`--from web --to cache --port 11211 --request \0\0 --parser test.lineparser`},
		{"half a request", 1, []string{"sees no whole request"},
			`--from web --to cache --port 11211 --request 5:\n --parser test.blockparser`},
		{"an unknown parser", 1, []string{"parser"}, "--from web --to cache --port 11211 --request x --parser mars"},
		{"no parser", 1, []string{"--parser"}, "--from web --to cache --port 80 --request x"},
		{"no endpoint", 1, []string{"is not the name of a known endpoint"}, "--from mars --to cache --port 80"},
		{"nobody's policy", 1, []string{"so there is no policy"}, "--from 192.0.2.1 --to 192.0.2.2 --port 80"},
		{"no port", 1, []string{"0 is not a port"}, "--from web --to cache --port 0"},
		{"no direction", 1, []string{"want ingress or egress"}, "--from web --to cache --port 80 --direction up"},
		{"no default", 1, []string{"want deny or allow"}, "--from web --to cache --port 80 --default maybe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"policy", "explain", files}, strings.Fields(c.args)...)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "get_", "get ")
			}
			expectRun(t, c.code, c.want, args...)
		})
	}
}

func TestExplainReadsRequestsOfRedis(t *testing.T) {
	policy := "--file=" + file(t, "redis.yaml", `
resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 6379
    rules:
    - name: public
      l7_proto: redis
      l7_rules:
        l7_allow_rules:
        - rule: {command: "@read", key_prefix: public/}
        - rule: {command: set, key_prefix: public/, db: "5"}
        - rule: {command: get, key: secret, user: bob}
        l7_deny_rules:
        - rule: {command: mget}
`)
	for request, code := range map[string]int{
		"GET public/a": 0, "get public/a": 0, "GET secret": 4, "MGET public/a": 4, "FLUSHALL": 4, "PING": 0, "EVAL x 1 public/a": 4,
		"SET public/a 1": 4, `SELECT 5\r\nSET public/a 1`: 4, `*2\r\n$3\r\nGET\r\n$8\r\npublic/a\r\n`: 0, "XREAD STREAMS public/a 0": 0,
		"GET 'public/a'": 4,
	} {
		t.Run(request, func(t *testing.T) {
			expectRun(t, code, nil, "policy", "explain", policy, "--from=10.0.0.2", "--to=10.0.0.1", "--port=6379", "--request", request)
		})
	}
	for fields, code := range map[string]int{
		"command=set,key=public/a,db=5": 0, "command=set,key=public/a": 5, "command=get,key=secret,user=bob": 0,
		"command=get,key=secret,user=": 4, "command=eval_ro,key=public/a": 4, "command=flushall": 4,
	} {
		t.Run(fields, func(t *testing.T) {
			expectRun(t, code, nil, "policy", "explain", policy, "--from=10.0.0.2", "--to=10.0.0.1", "--port=6379", "--l7", fields)
		})
	}
}

func TestExplainAsksTheServer(t *testing.T) {
	server := "--server=" + startServer(t)
	expectRun(t, 0, nil, "policy", "import", file(t, "all.yaml", cachePolicy+cacheEndpoints), server)
	expectRun(t, 0, []string{`"verdict": "allowed"`}, "policy", "explain", "--from=web", "--to=cache", "--port=11211",
		"--request=get public/x", "-o", "json", server)
}

func TestConvertWritesTodaysForm(t *testing.T) {
	old := `[{"endpointSelector": {}, "ingress": [{"toPorts": [{"ports": [{"port": "9092"}],
		"rules": {"kafka": [{"role": "produce", "topic": "a", "apiVersion": 1}]}}]}]}]`
	content, err := cnp.Decode([]byte(old), "old")
	if err != nil {
		t.Fatal(err)
	}
	converted, err := convert(content, "cnp")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(converted)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"cilium.io/v2","kind":"CiliumClusterwideNetworkPolicy","metadata":{"name":"old"},"specs":[` +
		`{"endpointSelector":{},"ingress":[{"toPorts":[{"ports":[{"port":"9092"}],` +
		`"rules":{"l7":[{"apiVersion":"1","role":"produce","topic":"a"}],"l7proto":"kafka"}}]}]}]}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestConvertWritesResourcesThatTheLibraryFollows(t *testing.T) {
	path := file(t, "all.yaml", cachePolicy+cacheEndpoints)
	out := expectRun(t, 0, nil, "policy", "convert", "--to", "npds", path)
	document, err := npds.CompileDocument([]byte(out), policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	if document.Policies.Endpoints() != 2 {
		t.Errorf("got %d endpoints", document.Policies.Endpoints())
	}
	expectRun(t, 0, []string{"192.0.2.0/24", "10.0.0.2"}, "policy", "convert", "--to", "nphds", path)
	expectRun(t, 1, []string{"want cnp, npds or nphds"}, "policy", "convert", "--to", "mars", path)
}

func TestConvertNeedsNoParserForTodaysForm(t *testing.T) {
	old := file(t, "old.yaml", `[{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "1"}], rules: {l7proto: mars}}]}]}]`)
	expectRun(t, 0, []string{"l7proto: mars", "name: old"}, "policy", "convert", old)
	expectRun(t, 2, []string{"no parser in this build"}, "policy", "convert", "--to", "npds", old)
}

func TestConvertWritesPoliciesOfResources(t *testing.T) {
	path := file(t, "all.yaml", cachePolicy+cacheEndpoints)
	resources := file(t, "npds.yaml", expectRun(t, 0, nil, "policy", "convert", "--to", "npds", path))
	hosts := file(t, "nphds.yaml", expectRun(t, 0, nil, "policy", "convert", "--to", "nphds", path))
	back := []string{"policy", "convert", "--from", "npds"}
	again := file(t, "again.yaml", expectRun(t, 0, []string{"kind: List", "keyPrefix: public/"}, append(back, "--hosts", hosts, resources)...))
	expectRun(t, 0, []string{"2 policies and 2 endpoints are valid"}, "policy", "validate", again)
	for _, c := range []struct {
		code int
		args string
	}{
		{0, "--from 10.0.0.2 --to 10.0.0.1 --port 11211 --l7 command=get,key=public/x"},
		{4, "--from 10.0.0.2 --to 10.0.0.1 --port 11211 --l7 command=get,key=secret"},
		{4, "--from 10.0.0.3 --to 10.0.0.1 --port 11211 --l7 command=get,key=public/x"},
		{0, "--from 192.0.2.9 --to 10.0.0.1 --port 80"}, {4, "--from 10.0.0.2 --to 10.0.0.1 --port 80"},
	} {
		for _, documents := range []string{path, again} {
			expectRun(t, c.code, nil, append([]string{"policy", "explain", "--direction=ingress", "--file", documents}, strings.Fields(c.args)...)...)
		}
	}
	expectRun(t, 2, []string{"resources[0].ingress_per_port_policies[0].rules[0].remote_policies[0]: nobody knows"}, append(back, resources)...)
	expectRun(t, 2, []string{"all.yaml: line 1: want a mapping with the one key resources"}, append(back, path)...)
	expectRun(t, 2, []string{"line 2: proto:"}, append(back, hosts)...)
	unknown := file(t, "unknown.yaml", `resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies: [{port: 0, rules: [{l7_proto: memcache, l7_rules: {l7_allow_rules: [{rule: {mars: x}}]}}]}]`)
	expectRun(t, 2, []string{"cannot be put in force", "key mars: is unknown"}, append(back, unknown)...)
	expectRun(t, 1, []string{"is for resources, not for policies"}, "policy", "convert", "--hosts", hosts, path)
	expectRun(t, 1, []string{"want cnp or npds"}, "policy", "convert", "--from", "mars", path)
	expectRun(t, 1, nil, append(back, "--hosts", "missing", resources)...)
}

func TestServeRefusesWrongSettings(t *testing.T) {
	for _, args := range [][]string{
		{"--default", "maybe"}, {"--log-level", "loud"}, {"--token-file", "missing"}, {"--api", "0.0.0.0:0"}, {"extra"},
	} {
		expectRun(t, 1, nil, append([]string{"serve", "--state", filepath.Join(t.TempDir(), "s")}, args...)...)
	}
}

func TestCompletionIsThereForEveryShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		expectRun(t, 0, []string{"proxylib"}, "completion", shell)
	}
}
