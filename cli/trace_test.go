package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

const tracePolicy = cachePolicy + cacheEndpoints + `---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, namespace: shop, labels: {app: shopper}}, addresses: [10.0.0.3]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: bot, namespace: shop}, addresses: [10.0.0.4]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: bot, namespace: ops}, addresses: [10.0.0.5]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: shopper}}
  egress:
  - toPorts:
    - ports: [{port: "80"}]
    - ports: [{port: "11211"}]
      rules: {l7proto: memcache, l7: [{command: get, keyPrefix: public/shop/}, {command: set}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: more}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: shop}}]
    toPorts:
    - ports: [{port: "11211"}]
      rules: {l7proto: memcache, l7: [{command: get}]}
    - ports: [{port: "80"}]
`

func TestExplainAsksBothSides(t *testing.T) {
	files := file(t, "all.yaml", tracePolicy)
	const egress, ingress = "shop/out spec.egress[0].toPorts[1]", "default/more spec.ingress[0].toPorts[0]"
	for _, c := range []struct {
		name string
		code int
		want []string
		args string
	}{
		{"both allow", 0, []string{egress, ingress}, "--from shop/web --port 11211 --request get_public/shop/a"},
		{"egress denies", 4, []string{"egress of shop/web (10.0.0.3)", "denied", ingress}, "--from shop/web --port 11211 --request get_public/a"},
		{"ingress denies", 4, []string{"ingress of default/cache (10.0.0.1)", "denied", egress}, "--from shop/web --port 11211 --l7 command=set,key=a"},
		{"one depends", 5, []string{"depends on the request"}, "--from shop/web --port 11211"},
		{"neither depends", 0, []string{"spec.egress[0].toPorts[0]", "spec.ingress[0].toPorts[1]"}, "--from shop/web --port 80"},
		{"one side alone", 0, []string{egress}, "--from shop/web --port 11211 --l7 command=set,key=a --direction egress"},
		{"egress that no policy speaks of", 0, []string{"denied, if a proxy is asked", "no policy selects default/web for egress, and the default is to deny"},
			"--from web --port 11211 --request get_public/x"},
		{"egress that no policy speaks of, alone", 4, []string{"no policy selects default/web for egress, and the default is to deny"},
			"--from web --port 11211 --direction egress"},
		{"ingress that no policy speaks of", 4, []string{"no policy selects ops/bot for ingress, and the default is to deny"},
			"--from web --to ops/bot --port 80"},
		{"ingress that no policy speaks of, allowed", 0, []string{"no policy selects ops/bot for ingress, and the default is to allow"},
			"--from web --to ops/bot --port 80 --default allow"},
		{"a name in another namespace", 4, []string{"to default/cache"}, "--from 10.0.0.4 --port 81"},
		{"a name that several have", 1, []string{`--from: "bot" may be ops/bot or shop/bot`}, "--from bot --port 80"},
		{"a name that is not quite one", 1, []string{"did you mean ops/bot or shop/bot?"}, "--from robot --port 80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"policy", "explain", "-f", files}, strings.Fields(c.args)...)
			if !strings.Contains(c.args, "--to") {
				args = append(args, "--to", "cache")
			}
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "get_", "get ")
			}
			expectRun(t, c.code, c.want, args...)
		})
	}
	for flags, want := range map[string]string{
		"--audit": "--audit: belongs to --file", "--default allow": "--default: belongs to --file", "--hosts x": "--hosts: belongs to --file",
		"--keyspace x -f " + files: "--keyspace: belongs to --request", "--hosts x -f " + files: "--hosts: is for resources",
	} {
		args := append([]string{"policy", "explain", "--from=web", "--to=cache", "--port=1"}, strings.Fields(flags)...)
		expectRun(t, 1, []string{want}, args...)
	}
	var e explanation
	out := expectRun(t, 4, nil, "policy", "explain", "-f", files, "--from=shop/web", "--to=cache", "--port=11211", "--request=set a 0 0 1", "-o=json")
	if err := json.Unmarshal([]byte(out), &e); err != nil || e.Verdict != verdictDenied || len(e.Sides) != 2 ||
		e.Sides[0].Direction != "egress" || e.Sides[0].Verdict != verdictAllowed || !e.Sides[0].Counts || e.Sides[1].Verdict != verdictDenied {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestExplainReadsResources(t *testing.T) {
	resources := file(t, "policy.yaml", cacheResources)
	hosts := file(t, "hosts.yaml", "resources: [{policy: 7, host_addresses: [10.0.0.2/32]}]")
	for _, c := range []struct {
		code int
		want []string
		args string
	}{
		{0, []string{"allowed", "public"}, "--from 10.0.0.2 --request get_public/x"},
		{4, []string{"denied", "public allows {command=get, keyPrefix=public/} of memcache"}, "--from 10.0.0.2 --request get_secret"},
		{4, []string{"public is for others than 10.0.0.3"}, "--from 10.0.0.3 --request get_public/x"},
		{0, []string{"from identity 8", "ours"}, "--from 8 --request get_secret"},
		{4, []string{"egress of 10.0.0.1", "the resource of 10.0.0.1 has no entry for egress"}, "--direction egress --from 10.0.0.1"},
	} {
		args := append([]string{"policy", "explain", "-f", resources, "--hosts", hosts, "--to=10.0.0.1", "--port=11211"}, strings.Fields(c.args)...)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "get_", "get ")
		}
		expectRun(t, c.code, c.want, args...)
	}
	expectRun(t, 1, []string{"there is no policy"}, "policy", "explain", "-f", resources, "--from=10.0.0.2", "--to=10.0.0.9", "--port=1")
	expectRun(t, 1, []string{"some files hold policies and some resources"}, "policy", "explain", "-f", resources,
		"-f", file(t, "all.yaml", cacheEndpoints), "--from=10.0.0.2", "--to=10.0.0.1", "--port=1")
}

func TestExplainReadsStatements(t *testing.T) {
	files := file(t, "all.yaml", fieldsPolicy+cacheEndpoints)
	for _, c := range []struct {
		code     int
		want     string
		request  string
		keyspace string
	}{
		{0, "allowed", "SELECT * FROM shop.orders", ""},
		{0, "allowed", "select count(*) from orders where k = 1;", "shop"},
		{4, "denied", "SELECT * FROM orders", "other"},
		{4, "denied", "INSERT INTO shop.orders (k) VALUES (1)", ""},
		{4, "denied", "SELECT * FROM secret.t", "shop"},
		{1, "is longer than", "SELECT * FROM shop.orders WHERE k = '" + strings.Repeat("x", 1<<17) + "'", ""},
	} {
		out := expectRun(t, c.code, []string{c.want}, "policy", "explain", "-f", files, "--from=web", "--to=cache", "--port=9042",
			"--request", c.request, "--keyspace", c.keyspace)
		if strings.Contains(out, "refuses the bytes") {
			t.Errorf("%.50s: got %s", c.request, out)
		}
	}
	expectRun(t, 1, []string{"--keyspace is for CQL statements"}, "policy", "explain", "-f", files, "--from=web", "--to=cache", "--port=11211",
		"--request=get public/x", "--keyspace=shop")
	expectRun(t, 0, []string{"allowed"}, "policy", "explain", "-f", files, "--from=web", "--to=cache", "--port=11211",
		"--request=set public/x 0 0 5")
}

func TestExplainSpeaksForAServerThatAParserAsks(t *testing.T) {
	files := file(t, "all.yaml", strings.Replace(cachePolicy, "{command: get, keyPrefix: public/}",
		"{command: set, keyPrefix: public/}, {command: add, keyPrefix: public/}", 1)+cacheEndpoints)
	for _, request := range []string{
		"set public/x 0 0 5", "add public/x 0 0 5", `ms public/x 5\r\nhello`,
		`\x80\x01\x00\x08\x08\x00\x00\x00\x00\x00\x00\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00` +
			`\x00\x00\x00\x00\x00\x00\x00\x00public/xhello`,
	} {
		expectRun(t, 0, []string{"allowed"}, "policy", "explain", "-f", files, "--from=web", "--to=cache", "--port=11211", "--request", request)
		denied := strings.Replace(request, "public", "secret", 1)
		expectRun(t, 4, []string{"denied"}, "policy", "explain", "-f", files, "--from=web", "--to=cache", "--port=11211", "--request", denied)
	}
}

func TestExplainSaysThatAParserDoesNotExist(t *testing.T) {
	resources := file(t, "policy.yaml", strings.ReplaceAll(cacheResources, "memcache", "memcached"))
	ask := []string{"policy", "explain", "-f", resources, "--from=8", "--to=10.0.0.1", "--port=11211"}
	for _, request := range [][]string{nil, {"--request=get x"}, {"--l7=command=get"}} {
		expectRun(t, 4, []string{"unknown parser in the policy", "did you mean memcache?"}, append(ask, request...)...)
	}
}
