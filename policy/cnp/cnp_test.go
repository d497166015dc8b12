package cnp

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/policy/identity"
)

// head begins a policy document; what follows it begins on line 4.
const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: shop}\n"

// decodeOne decodes a document that holds one policy.
func decodeOne(t *testing.T, text string) *Policy {
	t.Helper()
	content, err := Decode([]byte(text), "array")
	if err != nil {
		t.Fatal(err)
	}
	if len(content.Policies) != 1 {
		t.Fatalf("got %d policies", len(content.Policies))
	}
	return content.Policies[0]
}

const secureCache = `
apiVersion: "cilium.io/v2"
kind: CiliumNetworkPolicy
metadata: {name: secure-cache}
specs:
  - endpointSelector: {matchLabels: {app: memcached}}
    ingress:
    - fromEndpoints: [{matchLabels: {function: fleet-maintenance}}]
      toPorts:
      - ports: [{port: "11211", protocol: TCP}]
        rules:
          l7proto: memcache
          l7:
          - {command: writeGroup, keyPrefix: alliance/fleet/}
          - command:
          - {command: get, keyPrefix: }
          - {}
`

func TestPolicyIsDecodedAsItWasWritten(t *testing.T) {
	p := decodeOne(t, secureCache)
	if p.Key() != "default/secure-cache" || len(p.Rules) != 1 || len(p.Rules[0].Clauses) != 1 {
		t.Fatalf("got %+v", p)
	}
	if got, want := p.Rules[0].Subject.String(), "app=memcached, io.kubernetes.pod.namespace=default"; got != want {
		t.Errorf("subject: got %q, want %q", got, want)
	}
	clause := p.Rules[0].Clauses[0]
	if clause.Line != 8 || clause.Path != "specs[0].ingress[0]" || !clause.Ingress || clause.Deny {
		t.Errorf("clause: got %+v", clause)
	}
	port := clause.Ports[0]
	if want := []Port{{First: 11211, Last: 11211, TCP: true}}; !reflect.DeepEqual(port.Ports, want) {
		t.Errorf("ports: got %+v, want %+v", port.Ports, want)
	}
	want := []map[string]string{{"command": "writeGroup", "keyPrefix": "alliance/fleet/"}, {},
		{"command": "get", "keyPrefix": ""}, {}}
	if port.Parser != "memcache" || !reflect.DeepEqual(port.L7, want) {
		t.Errorf("l7: got %s %v, want %v", port.Parser, port.L7, want)
	}
}

func TestDocumentOfPolicyDecodesToTheSamePolicy(t *testing.T) {
	array := `[{"endpointSelector": {}, "labels": ["x"], "ingress": [{"fromCIDR": ["10.0.0.1/8"]}]}]`
	for _, text := range []string{secureCache, array} {
		first := decodeOne(t, text)
		second := decodeOne(t, string(first.Document))
		if !bytes.Equal(first.Document, second.Document) || first.Key() != second.Key() {
			t.Errorf("got %s %s, want %s %s", second.Key(), second.Document, first.Key(), first.Document)
		}
		first.Rules[0].Clauses, second.Rules[0].Clauses = nil, nil
		if !reflect.DeepEqual(first.Rules, second.Rules) {
			t.Errorf("got %+v, want %+v", second.Rules, first.Rules)
		}
	}
}

func TestPolicyAndItsPeersKeepToTheirNamespace(t *testing.T) {
	peer := func(p *Policy) string { return p.Rules[0].Clauses[0].Peers.Endpoints[0].String() }
	namespaced := `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a, namespace: shop},
		spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}}`
	other := strings.Replace(namespaced, "[{}]}]", "[{matchLabels: {k8s:io.kubernetes.pod.namespace: ops}}]}]", 1)
	notOps := strings.Replace(namespaced, "[{}]}]",
		"[{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [ops]}]}]}]", 1)
	clusterwide := strings.NewReplacer("CiliumNet", "CiliumClusterwideNet", ", namespace: shop", "").Replace(namespaced)
	for _, c := range []struct{ text, key, subject, peer string }{
		{namespaced, "shop/a", "io.kubernetes.pod.namespace=shop", "io.kubernetes.pod.namespace=shop"},
		{other, "shop/a", "io.kubernetes.pod.namespace=shop", "io.kubernetes.pod.namespace=ops"},
		{notOps, "shop/a", "io.kubernetes.pod.namespace=shop",
			"io.kubernetes.pod.namespace NotIn (ops), io.kubernetes.pod.namespace Exists"},
		{clusterwide, "-/a", "all", "io.kubernetes.pod.namespace Exists"},
	} {
		p := decodeOne(t, c.text)
		if p.Key() != c.key || p.Rules[0].Subject.String() != c.subject || peer(p) != c.peer {
			t.Errorf("got %s, %s, %s; want %s, %s, %s", p.Key(), p.Rules[0].Subject, peer(p), c.key, c.subject, c.peer)
		}
	}
}

func TestPeersAreNobodyUnlessNamed(t *testing.T) {
	for clause, want := range map[string]Peers{
		`{}`:                     {},
		`{fromEndpoints: []}`:    {},
		`{fromEntities: [none]}`: {},
		`{fromEndpoints: [], toPorts: [{ports: [{port: "1"}]}]}`: {},
		`{toPorts: [{ports: [{port: "1"}]}]}`:                    {Anyone: true},
		`{fromEntities: [all]}`:                                  {Anyone: true},
		`{fromEntities: [host, cluster]}`:                        {Entities: []string{"host", "cluster"}},
	} {
		p := decodeOne(t, head+"spec: {endpointSelector: {}, ingress: ["+clause+"]}")
		if got := p.Rules[0].Clauses[0].Peers; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", clause, got, want)
		}
	}
}

func TestKafkaRolesAreListsOfRequests(t *testing.T) {
	p := decodeOne(t, head+`spec:
  endpointSelector: {}
  ingress:
  - toPorts:
    - ports: [{port: "9092"}]
      rules:
        kafka:
        - {role: produce, topic: orders}
        - {apiKey: Fetch, apiVersion: "4", clientID: c}
        - {}
`)
	port := p.Rules[0].Clauses[0].Ports[0]
	want := []KafkaRule{
		{APIKeys: []int32{0, 3, 18}, APIVersion: -1, Topic: "orders"},
		{APIKeys: []int32{1}, APIVersion: 4, ClientID: "c"},
		{APIVersion: -1},
	}
	if port.Parser != "kafka" || !reflect.DeepEqual(port.Kafka, want) {
		t.Errorf("got %s %+v, want %+v", port.Parser, port.Kafka, want)
	}
	if want := (Port{First: 9092, Last: 9092, TCP: true}); port.Ports[0] != want {
		t.Errorf("port: got %+v, want the TCP half alone", port.Ports[0])
	}
}

func TestItemOfAListIsTheSamePolicyAsByItself(t *testing.T) {
	alone := decodeOne(t, secureCache)
	listed := decodeOne(t, `{apiVersion: v1, kind: List, items: [`+string(alone.Document)+`]}`)
	if got, want := listed.Rules[0].Clauses[0].Path, alone.Rules[0].Clauses[0].Path; got != want {
		t.Errorf("got path %q, want %q", got, want)
	}
	wrong := `{apiVersion: v1, kind: List, items: [{apiVersion: proxylib/v1, kind: Endpoint, spec: }]}`
	_, err := Decode([]byte(wrong), "")
	if err == nil || !strings.Contains(err.Error(), "items[0].spec: is unknown") {
		t.Errorf("got %v", err)
	}
}

func TestJSONIsReadAsYAMLWouldBe(t *testing.T) {
	text := `{"a": "x\\n\\u00e9\\\"", "b": [1, 2.5, true, null, {}],
		"c": {"d": [],
		"e": -7}}`
	fast, ok := parseJSON([]byte(text))
	if !ok {
		t.Fatal("it is not taken for JSON")
	}
	var slow yaml.Node
	if err := yaml.Unmarshal([]byte(text), &slow); err != nil {
		t.Fatal(err)
	}
	var compare func(a, b *yaml.Node)
	compare = func(a, b *yaml.Node) {
		if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Line != b.Line || len(a.Content) != len(b.Content) {
			t.Fatalf("got %+v, want %+v", a, b)
		}
		for i := range a.Content {
			compare(a.Content[i], b.Content[i])
		}
	}
	compare(fast, slow.Content[0])
	for _, text := range []string{
		"", "a: b", "{a: b}", `{"a": 1} {"b": 2}`, `{"a": 1`, `["a" "b"]`, strings.Repeat("[", 1000),
	} {
		if _, ok := parseJSON([]byte(text)); ok {
			t.Errorf("%q is taken for JSON", text)
		}
	}
}

func TestSeveralDocumentsAndListsAddUp(t *testing.T) {
	spec := "spec: {endpointSelector: {}, egress: [{}]}\n"
	text := head + spec + "---\n" + strings.Replace(head, "name: a", "name: b", 1) + spec + "---\n" + `
apiVersion: v1
kind: List
items:
- apiVersion: proxylib/v1
  kind: Endpoint
  metadata: {name: cache, labels: {k8s:app: memcached}}
  addresses: [10.0.0.1, "fd00::1"]
`
	content, err := Decode([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(content.Policies) != 2 || len(content.Endpoints) != 1 {
		t.Fatalf("got %+v", content)
	}
	e := content.Endpoints[0]
	labels := identity.Labels{"app": "memcached"}
	if e.Key() != "default/cache" || len(e.Addresses) != 2 || !reflect.DeepEqual(e.Labels, labels) {
		t.Errorf("got %+v", e)
	}
}

func TestWhatIsNotUnderstoodIsRefusedWithPlaceAndReason(t *testing.T) {
	ingress := func(clause string) string { return head + "spec:\n  endpointSelector: {}\n  ingress:\n  - " + clause }
	port := func(rule string) string { return ingress("toPorts:\n    - " + rule) }
	tests := []struct{ name, text, want string }{
		{"unknown field", ingress("fromMars: []"), "line 7: spec.ingress[0].fromMars: is unknown, want one of fromCIDR"},
		{"other direction", ingress("toEndpoints: [{}]"), "spec.ingress[0].toEndpoints: is unknown"},
		{"requirements", ingress("fromRequires: [{}]"), "spec.ingress[0].fromRequires: is refused: it is no longer"},
		{"names", head + "spec: {endpointSelector: {}, egress: [{toFQDNs: []}]}", "toFQDNs: is refused"},
		{"http without rules", port(`{ports: [{port: "80"}], rules: {http: []}}`), "rules.http: is an empty list"},
		{"http beside a parser", port(`{ports: [{port: "80"}], rules: {http: [{}], l7proto: r2d2}}`), "http excludes kafka, l7proto and l7"},
		{"http over UDP", port(`{ports: [{port: "80", protocol: UDP}], rules: {http: [{}]}}`), "are for TCP, not for UDP"},
		{"path that is not an expression", port(`{ports: [{port: "80"}], rules: {http: [{path: "/a("}]}}`), "rules.http[0].path: error parsing regexp"},
		{"path that is empty", port(`{ports: [{port: "80"}], rules: {http: [{path: ""}]}}`), "rules.http[0].path: is empty"},
		{"unknown field of http", port(`{ports: [{port: "80"}], rules: {http: [{paht: /a}]}}`), "rules.http[0].paht: is unknown"},
		{"header without name", port(`{ports: [{port: "80"}], rules: {http: [{headers: [" a"]}]}}`), `headers[0]: "" is not the name of a header`},
		{"header match without name", port(`{ports: [{port: "80"}], rules: {http: [{headerMatches: [{value: a}]}]}}`), "headerMatches[0]: name is missing"},
		{"unknown mismatch", port(`{ports: [{port: "80"}], rules: {http: [{headerMatches: [{name: a, mismatch: add}]}]}}`), `mismatch: "add" is unknown`},
		{"secret without name", port(`{ports: [{port: "80"}], rules: {http: [{headerMatches: [{name: a, secret: {namespace: n}}]}]}}`), "secret: name is missing"},
		{"two kinds of peers", ingress("{fromCIDR: [], fromEntities: []}"),
			"fromCIDR and fromEntities exclude each other"},
		{"field twice", ingress("fromCIDR: []\n    fromCIDR: []"), "line 8: spec.ingress[0].fromCIDR: is given twice"},
		{"field of a spec beside it", head + "spec: {endpointSelector: {}, ingress: [{}]}\ningressDeny: [{}]",
			"line 5: ingressDeny: is in the wrong place: it belongs inside spec"},
		{"field in other letters", head + "spec: {endpointSelector: {}, ingress: [{}]}\nSpecs: []", "Specs: is unknown, want specs"},
		{"metadata in other letters", "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a, Namespace: b}," +
			"spec: {endpointSelector: {}, ingress: [{}]}}", "metadata.Namespace: is unknown, want namespace"},
		{"unknown field of an endpoint", "{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a}, address: [10.0.0.1]}",
			"address: is unknown"},
		{"empty specs", head + "specs: []", "specs: is an empty list"},
		{"octal port", port(`{ports: [{port: 010}]}`), "is not a number from 0 to 65535 in decimal digits"},
		{"octal port in quotes", port(`{ports: [{port: "010"}]}`), "is not a number from 0 to 65535 in decimal digits"},
		{"empty direction", head + "spec: {endpointSelector: {}, ingress: []}", "spec.ingress: is an empty list"},
		{"null direction", head + "spec: {endpointSelector: {}, ingress: }", "spec.ingress: is empty, want a list"},
		{"no direction", head + "spec: {endpointSelector: {}}", "spec: says nothing"},
		{"no subject", head + "spec: {ingress: [{}]}", "endpointSelector is missing"},
		{"no spec", head, "has neither spec nor specs"},
		{"no name", "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, spec: {}}", "metadata.name"},
		{"namespace of all", strings.Replace(head, "CiliumNet", "CiliumClusterwideNet", 1) + "spec: {}", "in no namespace"},
		{"other kind", "{apiVersion: v1, kind: Pod}", `kind "Pod" of apiVersion "v1" is not served`},
		{"default allow", head + "spec: {endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: false}}",
			"only true can be enforced"},
		{"operator", head + "spec: {endpointSelector: {matchExpressions: [{key: a, operator: Gt}]}, ingress: [{}]}",
			`matchExpressions[0]: operator "Gt" is unknown`},
		{"labels of namespaces", ingress("fromEndpoints: [{matchLabels: {k8s:io.cilium.k8s.namespace.labels.a: b}}]"),
			"labels of namespaces are not known"},
		{"reserved labels", ingress(`fromEndpoints: [{matchExpressions: [{key: "reserved:host", operator: DoesNotExist}]}]`),
			"reserved:host cannot be selected by its label, use fromEntities"},
		{"number as label", ingress("fromEndpoints: [{matchLabels: {a: 1}}]"), "is a int, want a text"},
		{"prefix", ingress("fromCIDR: [10.0.0.0/33]"), "is not a prefix"},
		{"prefix outside", ingress("fromCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]"), "is not inside"},
		{"group", ingress("fromCIDRSet: [{cidrGroupRef: a}]"), "cidrGroupRef: is refused"},
		{"entity", ingress("fromEntities: [mars]"), `entity "mars" is unknown`},
		{"no ports", port("{}"), "ports is missing"},
		{"empty ports", port("{ports: []}"), "is an empty list"},
		{"named port", port("{ports: [{port: http}]}"), "names of ports are not known here"},
		{"large port", port(`{ports: [{port: "65536"}]}`), "is not a number from 0 to 65535"},
		{"backward range", port(`{ports: [{port: "10", endPort: 9}]}`), "endPort 9 is below port 10"},
		{"range of every port", port(`{ports: [{port: "0", endPort: 9}]}`), "port 0 stands for every port"},
		{"SCTP", port(`{ports: [{port: "1", protocol: SCTP}]}`), `protocol "SCTP" is not served`},
		{"rules for UDP", port(`{ports: [{port: "1", protocol: UDP}], rules: {l7proto: x}}`), "not for UDP"},
		{"rules that deny", head +
			`spec: {endpointSelector: {}, ingressDeny: [{toPorts: [{ports: [{port: "1"}], rules: {}}]}]}`,
			"rules: is unknown, want one of ports"},
		{"empty rules", port(`{ports: [{port: "1"}], rules: {}}`), "rules: is empty"},
		{"no parser", port(`{ports: [{port: "1"}], rules: {l7: [{}]}}`), "l7proto is missing"},
		{"empty l7", port(`{ports: [{port: "1"}], rules: {l7proto: x, l7: []}}`), "l7: is an empty list"},
		{"number as l7 value", port(`{ports: [{port: "1"}], rules: {l7proto: x, l7: [{a: 1}]}}`), "put it in quotes"},
		{"kafka and l7", port(`{ports: [{port: "1"}], rules: {l7proto: x, kafka: [{}]}}`), "kafka excludes l7proto and l7"},
		{"role and key", port(`{ports: [{port: "1"}], rules: {kafka: [{role: produce, apiKey: fetch}]}}`),
			"role and apiKey exclude each other"},
		{"empty topic", port(`{ports: [{port: "1"}], rules: {kafka: [{topic: ""}]}}`), "topic: is empty"},
		{"policy twice", head + "spec: {endpointSelector: {}, egress: [{}]}\n---\n" + head +
			"spec: {endpointSelector: {}, egress: [{}]}", "policy shop/a is given twice"},
		{"endpoint without address", "{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a}}",
			"addresses: there are none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode([]byte(test.text), "")
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestEveryMistakeIsReportedInItsOrder(t *testing.T) {
	text := head + `spec:
  endpointSelector: {}
  egress:
  - {toFQDNs: [{matchName: a}]}
  - toPorts:
    - {ports: [{port: "80"}], rules: {http: []}}
    - {ports: [{port: "1"}], rules: {l7proto: mars}}
    - {ports: [{port: "53"}], rules: {dns: [{}]}}
---
` + strings.Replace(head, "name: a", "name: b", 1) + `Spec: {}
spec: {endpointSelector: {}, egress: [{toMars: 1}]}
`
	check := func(p *Policy) error {
		var errs []error
		for _, clause := range p.Rules[0].Clauses {
			for _, ports := range clause.Ports {
				errs = append(errs, &Error{Line: ports.Line, Path: ports.Path, Reason: "there is no " + ports.Parser})
			}
		}
		return errors.Join(errs...)
	}
	content, err := Examine([]byte(text), "", check)
	if err == nil || content != nil {
		t.Fatalf("got %v, %v", content, err)
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"line 7: spec.egress[0].toFQDNs: is refused", "line 9: spec.egress[1].toPorts[0].rules.http: is an empty list",
		"line 10: spec.egress[1].toPorts[1]: there is no mars", "line 11: spec.egress[1].toPorts[2].rules.dns: is refused",
		"line 16: Spec: is unknown, want spec", "line 17: spec.egress[0].toMars: is unknown",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("%d: want %q in\n%v", i, want, err)
		}
	}
	if len(lines) != 6 {
		t.Errorf("got %d lines: %v", len(lines), err)
	}
}

func TestWhatIsSaidOfATextIsBounded(t *testing.T) {
	long := strings.Repeat("k", 1<<20)
	for name, text := range map[string]string{
		"many mistakes": head + "spec: {endpointSelector: {}, ingress: [" + strings.Repeat("1, ", 1<<18) + "]}",
		"below a long key": `{"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "a"}, "spec": {"ingress": [{"` +
			long + `": 1}, ` + strings.Repeat(`{"`+long[:4000]+`": 1}, `, 2000) + `{}]}}`,
		"many lists":         head + "specs: [" + strings.Repeat("[1], ", 1<<17) + "]",
		"many documents":     strings.Repeat("a: b\n---\n", 1<<16),
		"many list items":    "{apiVersion: v1, kind: List, items: [" + strings.Repeat("7,", 1<<18) + "]}",
		"many keys of a map": "{" + strings.Repeat("? [a]\n: b,", 1<<16) + "}",
	} {
		began := time.Now()
		_, err := Decode([]byte(text), "")
		if err == nil || len(err.Error()) > 1000*1000 || !strings.Contains(err.Error(), "there may be more that is wrong") {
			t.Errorf("%s: got %.200v", name, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
	var more strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&more, "x%d: 1\n", i)
	}
	content, err := Decode([]byte(head+more.String()+"spec: {endpointSelector: {}, ingress: [{}]}"), "")
	if err != nil || len(content.Warnings) != 1001 || content.Warnings[1000].Reason != "there are more warnings" {
		t.Errorf("got %v, %d warnings", err, len(content.Warnings))
	}
}

func TestKeysCanNotForgeWhatIsReported(t *testing.T) {
	_, err := Decode([]byte(head+`spec: {"a\nline 1: fine\e[2J": 1, endpointSelector: {}, ingress: [{}]}`), "")
	if err == nil || !strings.Contains(err.Error(), `spec."a\nline 1: fine\x1b[2J": is unknown`) {
		t.Errorf("got %q", err)
	}
}

func TestWhatAClusterRemovesIsAcceptedWithAWarning(t *testing.T) {
	content, err := Decode([]byte(`
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
description: what it is for
summary: {long: text}
metadata: {name: a, owner: me, annotations: {a: b}, generation: 7}
spec: {endpointSelector: {}, ingress: [{}]}
status: {conditions: []}
---
{apiVersion: v1, kind: List, items: [{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: b, owner: me}, addresses: [10.0.0.1]}]}
`), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range content.Warnings {
		got = append(got, w.String())
	}
	const reason = ": is unknown and has no effect, as in a cluster, which removes it"
	want := []string{
		"line 4: description" + reason, "line 5: summary" + reason, "line 6: metadata.owner" + reason,
		"line 10: items[0].metadata.owner" + reason,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if p := content.Policies[0]; len(p.Warnings) != 3 {
		t.Errorf("the policy has %v", p.Warnings)
	}
}

func TestAKeyByItselfAndWithoutAValueIsMarked(t *testing.T) {
	p := decodeOne(t, secureCache)
	port := p.Rules[0].Clauses[0].Ports[0]
	if !slices.Equal(port.Bare, []string{"command"}) || len(p.Warnings) != 1 ||
		p.Warnings[0].String() != "line 15: specs[0].ingress[0].toPorts[0].rules.l7[1]: command has no value, which allows any request; write {} to say so" {
		t.Errorf("got %q, %v", port.Bare, p.Warnings)
	}
	again := decodeOne(t, string(p.Document))
	if !slices.Equal(again.Rules[0].Clauses[0].Ports[0].Bare, port.Bare) {
		t.Error("the document of the policy does not say so")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(secureCache)
	f.Add(`{"apiVersion":"proxylib/v1","kind":"Endpoint","metadata":{"name":"a"},"addresses":["10.0.0.1"]}`)
	f.Add(`[{"endpointSelector": {}, "ingress": [{"fromCIDR": ["10.0.0.1/8"]}]}]`)
	f.Add(head + "x: &x {toPorts: &p [{ports: [{port: \"1\"}]}]}\nspec: {endpointSelector: {}, ingress: [{<<: *x}, {toPorts: *p}]}")
	f.Fuzz(func(t *testing.T, text string) {
		content, err := Decode([]byte(text), "array")
		if err != nil {
			return
		}
		for _, p := range content.Policies {
			again, err := Decode(p.Document, "other")
			if err != nil || again.Policies[0].Key() != p.Key() || !bytes.Equal(again.Policies[0].Document, p.Document) {
				t.Errorf("%s: does not decode again: %v", p.Document, err)
			}
		}
	})
}
