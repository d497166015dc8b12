package compile_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/decompile"
	"github.com/proxylib/proxylib/policy/httprule"
)

// service allows requests in each of the ways that documents have.
const service = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: service}
spec:
  endpointSelector: {matchLabels: {app: service}}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules:
        http:
        - {method: GET, path: "/path1$"}
        - {method: PUT, path: "/path2$", headers: ["X-My-Header: true"]}
        - {method: GET, path: "/public.*", host: "[a-z]+[.]example[.]com(:80)?"}
        - {path: /token, headers: [Authorization]}
        - path: /log
          headerMatches: [{name: X-User, value: root, mismatch: LOG}]
        - path: /secret
          headerMatches: [{name: X-Key, secret: {namespace: shop, name: key}, mismatch: REPLACE}]
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: service, labels: {app: service}}, addresses: [10.0.0.1]}
`

type keys struct{}

func (keys) Secret(name string) (string, bool) { return "swordfish", name == "shop/key" }

func resources(t *testing.T, text []byte) []*cilium.NetworkPolicy {
	t.Helper()
	content, err := cnp.Decode(text, "")
	if err != nil {
		t.Fatal(err)
	}
	result, err := compile.Offline(content, compile.Settings{}, policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	return result.Resources()
}

func TestDocumentsWithRulesForHTTP(t *testing.T) {
	t.Parallel()
	list := resources(t, []byte(service))
	decide(t, list)
	for _, p := range list {
		p.EndpointId = 0
	}
	text, err := decompile.Decompile(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := resources(t, text)
	decide(t, again)
	before, after := list[0].GetIngressPerPortPolicies()[0].GetRules()[0], again[0].GetIngressPerPortPolicies()[0].GetRules()[0]
	if !proto.Equal(before.GetHttpRules(), after.GetHttpRules()) {
		t.Errorf("%v became %v", before, after)
	}
}

func decide(t *testing.T, list []*cilium.NetworkPolicy) {
	t.Helper()
	snapshot, err := policy.Compile(list, policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	ports := snapshot.Lookup("10.0.0.1", true, 80)
	for _, c := range []struct {
		method, host, path, name, value string
		allowed                         bool
		edits                           int
	}{
		{"GET", "h", "/path1", "a", "b", true, 0},
		{"GET", "h", "/path1?x", "a", "b", false, 0},
		{"get", "h", "/path1", "a", "b", false, 0},
		{"GET", "h", "/path1/x", "a", "b", false, 0},
		{"PUT", "h", "/path2", "a", "b", false, 0},
		{"PUT", "h", "/path2", "x-my-header", "true", true, 0},
		{"PUT", "h", "/path2", "x-my-header", "false", false, 0},
		{"GET", "www.example.com", "/public/x", "a", "b", true, 0},
		{"GET", "www.example.com:80", "/public/x", "a", "b", true, 0},
		{"GET", "www.example.com:81", "/public/x", "a", "b", false, 0},
		{"GET", "wwwxexample.com", "/public/x", "a", "b", false, 0},
		{"DELETE", "h", "/token", "authorization", "x", true, 0},
		{"DELETE", "h", "/token", "a", "x", false, 0},
		{"GET", "h", "/log", "x-user", "me", true, 0},
		{"GET", "h", "/secret", "x-key", "swordfish", true, 0},
		{"GET", "h", "/secret", "x-key", "other", true, 2},
		{"GET", "h", "/secret", "a", "b", true, 1},
	} {
		q := &httprule.Request{Secrets: keys{}, Headers: []httprule.Header{
			{Name: ":method", Value: c.method}, {Name: ":authority", Value: c.host}, {Name: ":path", Value: c.path}, {Name: c.name, Value: c.value},
		}}
		v := ports.Decide(&policy.Request{Parser: policy.HTTP, L7: q})
		if v.Allowed != c.allowed || len(q.Edits) != c.edits {
			t.Errorf("%s %s%s %s: %s: got %+v and %+v", c.method, c.host, c.path, c.name, c.value, v, q.Edits)
		}
	}
}
