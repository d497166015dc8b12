package compile

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// word is a rule that matches a request which is this word; the empty one matches any.
type word string

func (w word) Matches(l7 any) bool { return w == "" || l7 == string(w) }

// parsers know two parsers, whose rules have the key word.
var parsers = policy.RuleParsers{"words": parseWords, "kafka": parseKafka}

func parseWords(rule *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
	var rules []policy.L7NetworkPolicyRule
	for _, entry := range rule.GetL7Rules().GetL7AllowRules() {
		for key := range entry.GetRule() {
			if key != "word" {
				return nil, fmt.Errorf("key %s is unknown", key)
			}
		}
		rules = append(rules, word(entry.GetRule()["word"]))
	}
	return rules, nil
}

func parseKafka(rule *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
	var rules []policy.L7NetworkPolicyRule
	for _, entry := range rule.GetKafkaRules().GetKafkaRules() {
		rules = append(rules, word(entry.GetTopic()))
	}
	return rules, nil
}

// network is a compiler with what it compiled last.
type network struct {
	compiler *Compiler
	content  *cnp.Content
	changed  *Changed
	result   *Result
	snapshot *policy.Snapshot
}

func newNetwork(settings Settings) *network {
	numbers, _ := identity.NewNumbers(nil)
	return &network{compiler: New(settings, parsers, numbers), content: &cnp.Content{}}
}

// load compiles documents.
func (n *network) load(text string) error {
	content, err := cnp.Decode([]byte(text), "array")
	if err != nil {
		return err
	}
	return n.compile(content)
}

// compile puts a content in the place of the one before. The change names only what differs.
func (n *network) compile(content *cnp.Content) (err error) {
	change := Change{map[string]*cnp.Policy{}, map[string]*identity.Endpoint{}}
	policies, endpoints := map[string]*cnp.Policy{}, map[string]*identity.Endpoint{}
	for _, p := range n.content.Policies {
		change.Policies[p.Key()], policies[p.Key()] = nil, p
	}
	for _, e := range n.content.Endpoints {
		change.Endpoints[e.Key()], endpoints[e.Key()] = nil, e
	}
	for _, p := range content.Policies {
		old := policies[p.Key()]
		if change.Policies[p.Key()] = p; old != nil && string(old.Document) == string(p.Document) {
			delete(change.Policies, p.Key())
		}
	}
	for _, e := range content.Endpoints {
		if change.Endpoints[e.Key()] = e; endpoints[e.Key()] != nil && endpoints[e.Key()].Equal(e) {
			delete(change.Endpoints, e.Key())
		}
	}
	if n.changed, err = n.compiler.Update(change); err != nil {
		return err
	}
	n.content, n.result = content, n.compiler.Result()
	n.snapshot, err = policy.Compile(n.result.Resources(), parsers)
	return err
}

// flow is a request, said by an address to an address.
type flow struct {
	from, to string
	ingress  bool
	port     uint16
	request  policy.Request
}

func (n *network) decide(f flow) policy.Verdict {
	name, remote := f.from, f.to
	if f.ingress {
		name, remote = f.to, f.from
	}
	f.request.RemoteID = uint32(n.result.IdentityOf(netip.MustParseAddr(remote)))
	return n.snapshot.Lookup(name, f.ingress, f.port).Decide(&f.request)
}

// endpoints are cache 10.0.0.1, web 10.0.0.2, both of default, ops 10.0.1.1 of ops, and the host 10.0.2.1.
const endpoints = `
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: cache, labels: {app: cache}}, addresses: [10.0.0.1]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, labels: {app: web}}, addresses: [10.0.0.2]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: ops, namespace: ops, labels: {app: web}}, addresses: [10.0.1.1]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: host, labels: {"reserved:host": ""}}, addresses: [10.0.2.1]}
---
`

func TestPoliciesMeanWhatTheySay(t *testing.T) {
	const cache, web, ops, host, out = "10.0.0.1", "10.0.0.2", "10.0.1.1", "10.0.2.1", "192.0.2.7"
	ingress := func(clauses string) string { return "ingress: [" + clauses + "]" }
	const port = `toPorts: [{ports: [{port: "11211"}]}]`
	const words = `toPorts: [{ports: [{port: "11211"}], rules: {l7proto: words, l7: [{word: get}]}}]`
	tests := []struct {
		name, spec string
		settings   Settings
		allowed    []flow
		denied     []flow
	}{
		{"nobody is let in by an empty clause", ingress("{}"), Settings{}, nil, []flow{{from: web, port: 1}}},
		{"nobody is let in by no peers", ingress("{fromEndpoints: [], " + port + "}"), Settings{}, nil,
			[]flow{{from: web, port: 11211}}},
		{"a selector that finds nobody lets nobody in", ingress("{fromEndpoints: [{matchLabels: {app: gone}}]}"), Settings{},
			nil, []flow{{from: web, port: 1}, {from: out, port: 1}}},
		{"ports alone are for anyone", ingress("{" + port + "}"), Settings{},
			[]flow{{from: web, port: 11211}, {from: out, port: 11211}}, []flow{{from: web, port: 11212}}},
		{"labels select inside the namespace", ingress("{fromEndpoints: [{matchLabels: {app: web}}]}"), Settings{},
			[]flow{{from: web, port: 1}}, []flow{{from: ops, port: 1}, {from: out, port: 1}, {from: host, port: 1}}},
		{"all endpoints are no addresses outside", ingress("{fromEndpoints: [{}]}"), Settings{},
			[]flow{{from: web, port: 1}}, []flow{{from: out, port: 1}, {from: host, port: 1}}},
		{"other namespaces by name",
			ingress("{fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: ops}}]}"), Settings{},
			[]flow{{from: ops, port: 1}}, []flow{{from: web, port: 1}}},
		{"prefixes and exceptions", ingress("{fromCIDRSet: [{cidr: 192.0.2.0/24, except: [192.0.2.0/29]}]}"), Settings{},
			[]flow{{from: "192.0.2.8", port: 1}}, []flow{{from: out, port: 1}, {from: "192.0.3.1", port: 1}}},
		{"an exception of one clause is none of another",
			ingress("{fromCIDRSet: [{cidr: 192.0.2.0/24, except: [192.0.2.0/29]}]}, {fromCIDR: [192.0.2.6/31]}"), Settings{},
			[]flow{{from: out, port: 1}}, []flow{{from: "192.0.2.5", port: 1}}},
		{"prefixes are not for endpoints", ingress("{fromCIDR: [0.0.0.0/0, 10.0.0.2]}"), Settings{},
			[]flow{{from: out, port: 1}}, []flow{{from: web, port: 1}, {from: "2001:db8::1", port: 1}}},
		{"the world is outside", ingress("{fromEntities: [world]}, {fromCIDR: [198.51.100.0/24]}"), Settings{},
			[]flow{{from: out, port: 1}, {from: "198.51.100.1", port: 1}, {from: "2001:db8::1", port: 1}},
			[]flow{{from: web, port: 1}, {from: host, port: 1}}},
		{"the cluster is inside", ingress("{fromEntities: [cluster]}"), Settings{},
			[]flow{{from: web, port: 1}, {from: ops, port: 1}, {from: host, port: 1}}, []flow{{from: out, port: 1}}},
		{"the host", ingress("{fromEntities: [host]}"), Settings{},
			[]flow{{from: host, port: 1}}, []flow{{from: web, port: 1}}},
		{"all is anyone", ingress("{fromEntities: [all]}"), Settings{},
			[]flow{{from: out, port: 1}, {from: web, port: 1}}, nil},
		{"requests", ingress("{" + words + "}"), Settings{},
			[]flow{{from: web, port: 11211, request: policy.Request{Parser: "words", L7: "get"}}},
			[]flow{{from: web, port: 11211, request: policy.Request{Parser: "words", L7: "set"}}}},
		{"a clause without requests allows what others do not",
			ingress("{" + words + "}, {fromEntities: [host]}"), Settings{},
			[]flow{{from: host, port: 11211, request: policy.Request{Parser: "words", L7: "set"}}},
			[]flow{{from: web, port: 11211, request: policy.Request{Parser: "words", L7: "set"}}}},
		{"deny wins", ingress("{fromEntities: [all]}") + ", ingressDeny: [{fromEndpoints: [{}], " + port + "}]", Settings{},
			[]flow{{from: web, port: 1}, {from: out, port: 11211}}, []flow{{from: web, port: 11211}}},
		{"a range of ports", ingress(`{toPorts: [{ports: [{port: "10", endPort: 20}]}]}`), Settings{},
			[]flow{{from: web, port: 10}, {from: web, port: 20}}, []flow{{from: web, port: 9}, {from: web, port: 21}}},
		{"UDP is not TCP", ingress(`{toPorts: [{ports: [{port: "10", protocol: UDP}]}]}`), Settings{},
			nil, []flow{{from: web, port: 10}}},
		{"server names", ingress(`{toPorts: [{ports: [{port: "10"}], serverNames: ["*.a.example"]}]}`), Settings{},
			[]flow{{from: web, port: 10, request: policy.Request{ServerName: "x.a.example"}}},
			[]flow{{from: web, port: 10}, {from: web, port: 10, request: policy.Request{ServerName: "a.example"}}}},
		{"the other direction is unselected", "egress: [{}]", Settings{}, nil, []flow{{from: web, port: 1}}},
		{"the other direction may be allowed", "egress: [{}]", Settings{AllowUnselected: true},
			[]flow{{from: web, port: 1}}, nil},
		{"a selected direction is not", ingress("{}"), Settings{AllowUnselected: true}, nil, []flow{{from: web, port: 1}}},
		{"kafka", ingress(`{toPorts: [{ports: [{port: "9092"}], rules: {kafka: [{topic: a}]}}]}`), Settings{},
			[]flow{{from: web, port: 9092, request: policy.Request{Parser: "kafka", L7: "a"}}},
			[]flow{{from: web, port: 9092, request: policy.Request{Parser: "kafka", L7: "b"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newNetwork(test.settings)
			policyText := `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p},
				spec: {endpointSelector: {matchLabels: {app: cache}}, ` + test.spec + "}}"
			if err := n.load(endpoints + policyText); err != nil {
				t.Fatal(err)
			}
			for i, f := range append(test.allowed, test.denied...) {
				f.to, f.ingress = cache, true
				if want := i < len(test.allowed); n.decide(f).Allowed != want {
					t.Errorf("%+v: want %v", f, want)
				}
			}
		})
	}
}

func TestVerdictsNameTheRuleAsItWasWritten(t *testing.T) {
	n := newNetwork(Settings{})
	if err := n.load(endpoints + `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, specs: [
		{endpointSelector: {}, ingress: [{}, {toPorts: [{ports: [{port: "2"}]}, {ports: [{port: "1"}]}]}]}]}`); err != nil {
		t.Fatal(err)
	}
	got := n.decide(flow{from: "10.0.0.2", to: "10.0.0.1", ingress: true, port: 1})
	if want := "default/p specs[0].ingress[1].toPorts[1]"; got.Rule != want {
		t.Errorf("got %q, want %q", got.Rule, want)
	}
}

func TestAuditLetsPassAndNamesWhatWouldBeDenied(t *testing.T) {
	n := newNetwork(Settings{Audit: true})
	if err := n.load(endpoints + `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, spec:
		{endpointSelector: {}, ingressDeny: [{fromEntities: [host]}], ingress: [{fromEndpoints: [{}], toPorts: [
			{ports: [{port: "1"}], rules: {l7proto: words, l7: [{word: get}]}}]}]}}`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, request string
		want          policy.Verdict
	}{
		{"10.0.0.2", "get", policy.Verdict{Allowed: true, Rule: "default/p spec.ingress[0].toPorts[0]"}},
		{"10.0.0.2", "set", policy.Verdict{Audit: true, Reason: policy.NoRule}},
		{"192.0.2.1", "get", policy.Verdict{Audit: true, Reason: policy.NoRule}},
		{"10.0.2.1", "get", policy.Verdict{
			Audit: true, Rule: "default/p spec.ingressDeny[0]", Reason: "deny rule default/p spec.ingressDeny[0]", ByDenyRule: true,
		}},
	} {
		got := n.decide(flow{
			from: c.from, to: "10.0.0.1", ingress: true, port: 1, request: policy.Request{Parser: "words", L7: c.request},
		})
		if got != c.want {
			t.Errorf("%s from %s: got %+v, want %+v", c.request, c.from, got, c.want)
		}
	}
}

func TestAKeyWithoutAValueMeansAnyRequestIfTheParserKnowsIt(t *testing.T) {
	for _, c := range []struct{ l7, want string }{
		{"[{word: }]", ""},
		{"[{word: get}, {word: }]", ""},
		{"[{wrod: }]", "line 1: specs[0].ingress[0].toPorts[0]: l7_allow_rules: key wrod is unknown"},
		{"[{word: get}, {wrod: }]", "line 1: specs[0].ingress[0].toPorts[0]: l7_allow_rules: key wrod is unknown"},
	} {
		content, err := cnp.Decode([]byte(`[{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "1"}],
			rules: {l7proto: words, l7: `+c.l7+`}}]}]}]`), "array")
		if err != nil {
			t.Fatal(err)
		}
		p := content.Policies[0]
		if len(p.Warnings) != 1 {
			t.Errorf("%s: got warnings %v", c.l7, p.Warnings)
		}
		n := newNetwork(Settings{})
		change := Change{Policies: map[string]*cnp.Policy{p.Key(): p}}
		_, updated := n.compiler.Update(change)
		switch err := Check(p, parsers); {
		case c.want == "" && (err != nil || updated != nil):
			t.Errorf("%s: got %v, %v", c.l7, err, updated)
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%s: got %v, want %s", c.l7, err, c.want)
		case c.want != "" && updated == nil:
			t.Errorf("%s: is put in force without a check", c.l7)
		}
	}
}

func TestWhatCanNotBeEnforcedIsRefused(t *testing.T) {
	spec := func(name, clause string) string {
		return `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: ` + name +
			`}, spec: {endpointSelector: {}, ingress: [` + clause + "]}}\n---\n"
	}
	n := newNetwork(Settings{})
	err := n.load(endpoints + spec("a", `{toPorts: [{ports: [{port: "1"}], rules: {l7proto: words}}]}`) +
		spec("b", `{toPorts: [{ports: [{port: "1"}], rules: {kafka: [{}]}}]}`))
	if want := `endpoint default/cache: ingress port 1: rule 1 "default/b spec.ingress[0].toPorts[0]"`; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	err = n.load(endpoints + strings.Replace(endpoints, "name: cache", "name: other", 1))
	if err == nil {
		t.Error("an address of two endpoints is not an error")
	}
	for _, c := range []struct{ clause, want string }{
		{`{toPorts: [{ports: [{port: "1"}], rules: {l7proto: mars}}]}`,
			`line 1: spec.ingress[0].toPorts[0]: l7proto: no parser in this build is named "mars"; there are kafka, words`},
		{`{toPorts: [{ports: [{port: "1"}], rules: {l7proto: wordz}}]}`,
			`line 1: spec.ingress[0].toPorts[0]: l7proto: no parser in this build is named "wordz"; there are kafka, words; did you mean words?`},
		{`{toPorts: [{ports: [{port: "1"}], rules: {l7proto: words, l7: [{verb: a}]}}]}`,
			"line 1: spec.ingress[0].toPorts[0]: l7_allow_rules: key verb is unknown"},
		{`{toPorts: [{ports: [{port: "1"}], serverNames: ["a b"]}]}`,
			`line 1: spec.ingress[0].toPorts[0]: server_names: "a b" is not a pattern of a DNS name`},
	} {
		content, err := cnp.Decode([]byte(spec("a", c.clause)), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(content.Policies[0], parsers); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestChangeTouchesNothingElse(t *testing.T) {
	n := newNetwork(Settings{})
	err := n.load(endpoints + `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, spec:
		{endpointSelector: {matchLabels: {app: cache}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	update := func(change Change, policies, hosts string) {
		t.Helper()
		changed, err := n.compiler.Update(change)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(slices.Sorted(maps.Keys(changed.Policies))); got != policies {
			t.Errorf("got policies %s, want %s", got, policies)
		}
		if got := fmt.Sprint(slices.Sorted(maps.Keys(changed.Hosts))); got != hosts {
			t.Errorf("got hosts %s, want %s", got, hosts)
		}
	}
	endpoint := func(name, app, address string) map[string]*identity.Endpoint {
		e := &identity.Endpoint{
			Namespace: "default", Name: name, Labels: identity.Labels{"app": app},
			Addresses: []netip.Addr{netip.MustParseAddr(address)},
		}
		return map[string]*identity.Endpoint{e.Key(): e}
	}
	update(Change{Endpoints: endpoint("second", "web", "10.0.0.8")}, "[default/second]", "[257]")
	update(Change{Endpoints: endpoint("second", "web", "10.0.0.9")}, "[default/second]", "[257]")
	update(Change{Endpoints: endpoint("other", "other", "10.0.0.7")}, "[default/other]", "[259]")
	update(Change{Endpoints: map[string]*identity.Endpoint{"default/web": nil}}, "[default/web]", "[257]")
	update(Change{Endpoints: map[string]*identity.Endpoint{"default/second": nil}},
		"[default/cache default/second]", "[257]")
	update(Change{Policies: map[string]*cnp.Policy{"default/p": nil}}, "[default/cache]", "[]")
	update(Change{Policies: map[string]*cnp.Policy{"default/none": nil}}, "[]", "[]")
}

func TestRefusedChangeLeavesEverythingAsItWas(t *testing.T) {
	n := newNetwork(Settings{})
	spec := func(name, app, rules string) string {
		return fmt.Sprintf(`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: %s},
			spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {app: %s}}],
				toPorts: [{ports: [{port: "1"}], rules: %s}]}]}}`+"\n---\n", name, app, rules)
	}
	if err := n.load(endpoints + spec("a", "web", "{l7proto: words}")); err != nil {
		t.Fatal(err)
	}
	before, content := n.result, n.content
	if err := n.load(spec("b", "web", "{l7proto: words}") + spec("c", "cache", "{kafka: [{}]}") + endpoints); err == nil {
		t.Fatal("two parsers on a port are no error")
	}
	after := n.compiler.Result()
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("got %v, want %v", after, before)
	}
	if err := n.compile(content); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(n.result.Resources()) != fmt.Sprint(before.Resources()) {
		t.Errorf("got %v, want %v", n.result, before)
	}
}

func TestNothingIsLeftOfWhatIsGone(t *testing.T) {
	n := newNetwork(Settings{})
	if err := n.load(endpoints + `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p},
		spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}, {}, {matchLabels: {a: b}}]},
			{fromCIDR: [10.0.0.0/8]}, {fromEntities: [cluster]}]}}`); err != nil {
		t.Fatal(err)
	}
	if err := n.compile(&cnp.Content{}); err != nil {
		t.Fatal(err)
	}
	x := n.compiler.index
	left := len(n.compiler.policies) + len(n.compiler.resources) + len(x.sets) + len(x.setsBy) +
		len(x.endpoints) + len(x.owners) + len(x.names) + len(x.selectors) + len(x.selectorsBy) + len(x.general) + len(x.ofPrefixes) + len(x.ofSets)
	if left != 0 || len(x.prefixes) != 2 || len(n.compiler.hosts) != 2 {
		t.Errorf("%d things are left, %d prefixes, %d hosts: %+v", left, len(x.prefixes), len(n.compiler.hosts), x)
	}
}

func TestEndpointsWithManyAddressesHaveSeveralResources(t *testing.T) {
	n := newNetwork(Settings{})
	err := n.load(`{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a},
		addresses: [10.0.0.1, "fd00::1", 10.0.0.2]}`)
	if err != nil {
		t.Fatal(err)
	}
	if n.result.Policies["default/a"] == nil || n.result.Policies["default/a#2"].GetEndpointIps()[0] != "10.0.0.2" {
		t.Errorf("got %v", n.result.Policies)
	}
}
