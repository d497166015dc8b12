package cli

import "testing"

const webPolicy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress:
  - toPorts:
    - ports: [{port: "80"}]
      rules:
        http:
        - {method: GET, path: "/public/.*", host: shop}
        - {path: /add, headerMatches: [{name: X-A, value: "1", mismatch: ADD}]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, labels: {app: web}}, addresses: [10.0.0.1]}
`

func TestExplainDecidesRequestsOfHTTP(t *testing.T) {
	path := file(t, "web.yaml", webPolicy)
	explain := func(code int, request string, want ...string) {
		t.Helper()
		expectRun(t, code, want, "policy", "explain", "-f", path, "--from", "10.0.0.2", "--to", "web", "--port", "80", "--http", request)
	}
	explain(0, "GET /public/x host=shop", "allowed")
	explain(exitDenied, "POST /public/x host=shop", "denied")
	explain(exitDenied, "GET /public/../x host=shop", "denied", "servers may take the path for /x")
	explain(0, "GET /add", "allowed", "the policy adds x-a")
	explain(1, "GET", "--http: want METHOD PATH")
	explain(1, "GET / host", `"host" is not a header`)
}

func TestExplainAsksRulesThatDenyAboutEveryReadingOfTheHost(t *testing.T) {
	path := file(t, "web.yaml", `resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules:
    - {name: admin, deny: true, http_rules: {http_rules: [{headers: [{name: ":authority", exact_match: admin.example}]}]}}
    - {name: all, http_rules: {http_rules: [{}]}}
`)
	for host, want := range map[string]string{
		"shop.example": "allowed", "admin.example": "denied", "ADMIN.example.:8080": "servers may take the host for admin.example",
		"shop.example,admin.example": "the host is not a single one",
	} {
		code := exitDenied
		if want == "allowed" {
			code = 0
		}
		expectRun(t, code, []string{want}, "policy", "explain", "-f", path, "--from", "10.0.0.2", "--to", "10.0.0.1", "--port", "80", "--http", "GET / host="+host)
	}
}

func TestExplainSaysWhatAPolicyThatWatchesMakesOfAReading(t *testing.T) {
	path := file(t, "web.yaml", `resources:
- endpoint_ips: [10.0.0.1]
  audit: true
  ingress_per_port_policies:
  - port: 80
    rules: [{http_rules: {http_rules: [{headers: [{name: ":path", prefix_match: /public/}]}]}}]
`)
	expectRun(t, 0, []string{"allowed", "only watches", "servers may take the path for /x"},
		"policy", "explain", "-f", path, "--from", "10.0.0.2", "--to", "10.0.0.1", "--port", "80", "--http", "GET /public/../x")
}
