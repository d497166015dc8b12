package cnp

import (
	"strings"
	"testing"
)

const mixed = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: mixed}
specs:
- endpointSelector: {matchLabels: {app: shop}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts:
    - ports: [{port: "11211"}]
      rules: {l7proto: memcache, l7: [{command: get}]}
    - ports: [{port: "80"}]
      rules: {http: [{method: GET}]}
  - fromEndpoints: [{matchLabels: {app: admin}}]
    toPorts: [{ports: [{port: "11000", endPort: 12000}]}, {ports: [{port: "443"}]}]
  - fromEntities: [host]
  - fromNodes: [{}]
  - icmps: [{}]
  - toPorts: []
  - {}
  egress:
  - toEndpoints: [{matchLabels: {k8s-app: dns}}]
    toPorts:
    - ports: [{port: "53"}]
      rules: {dns: [{matchPattern: "*"}]}
  - toFQDNs: [{matchName: example.org}]
    toPorts: [{ports: [{port: "443"}]}]
  - toEndpoints: [{}]
  egressDeny:
  - toCIDR: [10.0.0.0/8]
- endpointSelector: {matchLabels: {app: queue}}
  ingress:
  - toPorts: [{ports: [{port: "9092"}], rules: {kafka: [{topic: a}]}}]
`

// extract takes the part for some parsers of one file.
func extract(text string, parsers ...string) (*Content, []*Warning, error) {
	x := NewExtraction(parsers...)
	if _, err := x.Learn([]byte(text)); err != nil {
		return nil, nil, err
	}
	return x.Take([]byte(text), "")
}

func TestThePartForSomeParsersIsTakenAndTheRestIsListed(t *testing.T) {
	content, leftOut, err := extract(mixed+"---\n{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1}}\n---\n"+
		"{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: e}, addresses: [10.0.0.1]}\n", "memcache", "cassandra")
	if err != nil {
		t.Fatal(err)
	}
	if len(content.Policies) != 1 || len(content.Endpoints) != 1 {
		t.Fatalf("got %+v", content)
	}
	want := `{"apiVersion":"cilium.io/v2","kind":"CiliumNetworkPolicy","metadata":{"name":"mixed"},"specs":[` +
		`{"egress":[{}],"egressDeny":[{"toCIDR":["10.0.0.0/8"]}],"endpointSelector":{"matchLabels":{"app":"shop"}},"ingress":[` +
		`{"fromEndpoints":[{"matchLabels":{"app":"web"}}],"toPorts":[{"ports":[{"port":"11211"}],"rules":{"l7":[{"command":"get"}],"l7proto":"memcache"}}]},` +
		`{"fromEndpoints":[{"matchLabels":{"app":"admin"}}],"toPorts":[{"ports":[{"endPort":12000,"port":"11000"}]}]},` +
		`{"fromEntities":["host"]},{}]},` +
		`{"endpointSelector":{"matchLabels":{"app":"queue"}},"ingress":[{}]}]}`
	if got := string(content.Policies[0].Document); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	var got []string
	for _, w := range leftOut {
		got = append(got, w.String())
	}
	for i, want := range []string{
		"line 12: specs[0].ingress[0].toPorts[1]: is left out: it is for HTTP",
		"line 15: specs[0].ingress[1].toPorts[1]: is left out: none of its ports is for memcache or cassandra",
		"line 17: specs[0].ingress[3]: is left out: fromNodes: is refused: nodes are not known here, use fromEntities with host or remote-node",
		"line 18: specs[0].ingress[4]: is left out: icmps: is refused: ICMP does not pass through a proxy",
		"line 19: specs[0].ingress[5]: is left out: toPorts is an empty list",
		"line 24: specs[0].egress[0].toPorts[0]: is left out: rules.dns: is refused: DNS is not served here",
		"line 27: specs[0].egress[1].toPorts[0]: is left out: none of its ports is for memcache or cassandra",
		"line 28: specs[0].egress[2]: is left out: no port of this direction is for memcache or cassandra",
		"line 33: specs[1].ingress[0].toPorts[0]: is left out: it is for kafka",
		"line 35: is left out: it is a Deployment",
	} {
		if i >= len(got) || got[i] != want {
			t.Errorf("%d: want %q in\n%s", i, want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 10 {
		t.Errorf("got %d: %s", len(got), strings.Join(got, "\n"))
	}
}

func TestWhatDeniesIsNeverLeftOut(t *testing.T) {
	deny := strings.Replace(mixed, "egressDeny:\n  - toCIDR: [10.0.0.0/8]", "ingressDeny:\n  - fromGroups: [{}]", 1)
	_, _, err := extract(deny, "memcache")
	if err == nil || err.Error() != "what is not left out: line 30: specs[0].ingressDeny[0].fromGroups: is refused: "+refused["fromGroups"] {
		t.Errorf("got %v", err)
	}
}

func TestOtherPoliciesAreNotLeftOut(t *testing.T) {
	for _, other := range []string{
		"{apiVersion: cilium.io/v2alpha1, kind: CiliumNetworkPolicy}", "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}",
		"{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup}", "{apiVersion: v2, kind: List}", "{apiVersion: proxylib/v2, kind: Endpoint}",
	} {
		if _, _, err := extract(mixed+"---\n"+other, "memcache"); err == nil || !strings.Contains(err.Error(), "is not served") {
			t.Errorf("%s: got %v", other, err)
		}
	}
}

func TestPortsOfOneFileCountInAnother(t *testing.T) {
	plain := head + `spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "11211"}]}]}]}`
	x := NewExtraction("memcache")
	for text, want := range map[string]bool{mixed: true, plain: false, "": false} {
		if found, err := x.Learn([]byte(text)); err != nil || found != want {
			t.Errorf("%.20q: got %v, %v, want %v", text, found, err, want)
		}
	}
	content, leftOut, err := x.Take([]byte(plain), "")
	if err != nil || len(leftOut) > 0 || len(content.Policies[0].Rules[0].Clauses[0].Ports) != 1 {
		t.Errorf("got %v, %v, %v", content, leftOut, err)
	}
	if _, err := x.Learn([]byte("[1, {]")); err == nil {
		t.Error("no error for what is not YAML")
	}
	if _, _, err := x.Take([]byte("7"), ""); err == nil {
		t.Error("no error for what is not a policy")
	}
}

func TestAnExtractOfSharedPartsLeavesThemAsTheyAre(t *testing.T) {
	text := head + `spec:
  endpointSelector: {}
  ingress:
  - &clause
    toPorts:
    - &memcache {ports: [{port: "1"}], rules: {l7proto: memcache}}
    - {ports: [{port: "80"}], rules: {http: [{}]}}
  - {<<: *clause, fromEntities: [host]}
  egress: [{toPorts: [*memcache]}]
`
	content, leftOut, err := extract(text, "memcache")
	if err != nil || len(leftOut) != 2 || len(content.Policies[0].Rules[0].Clauses) != 3 {
		t.Errorf("got %v, %v, %v", content, leftOut, err)
	}
}
