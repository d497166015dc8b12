package compile

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
)

var pairs = flag.Int("pairs", 100_000, "how many random policy and flow pairs are decided")

// The types below say the same as a policy document, in the words of a test that knows nothing of package cnp.

type modelSelector struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []modelExpression `json:"matchExpressions,omitempty"`
}

type modelExpression struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

type modelPort struct {
	Port     string `json:"port"`
	EndPort  int    `json:"endPort,omitempty"`
	Protocol string `json:"protocol,omitempty"`
}

type modelPorts struct {
	Ports []modelPort `json:"ports"`
	Rules *modelRules `json:"rules,omitempty"`
}

type modelRules struct {
	Proto string              `json:"l7proto"`
	L7    []map[string]string `json:"l7,omitempty"`
}

type modelCIDRSet struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except,omitempty"`
}

// modelPeers is one way to name peers; only one of its fields is set.
type modelPeers struct {
	endpoints []modelSelector
	cidrs     []string
	cidrSets  []modelCIDRSet
	entities  []string
}

type modelClause struct {
	peers   *modelPeers
	ports   []modelPorts
	ingress bool
}

func (c modelClause) MarshalJSON() ([]byte, error) {
	prefix := "to"
	if c.ingress {
		prefix = "from"
	}
	fields := map[string]any{}
	if c.ports != nil {
		fields["toPorts"] = c.ports
	}
	if p := c.peers; p != nil {
		switch {
		case p.endpoints != nil:
			fields[prefix+"Endpoints"] = p.endpoints
		case p.cidrs != nil:
			fields[prefix+"CIDR"] = p.cidrs
		case p.cidrSets != nil:
			fields[prefix+"CIDRSet"] = p.cidrSets
		case p.entities != nil:
			fields[prefix+"Entities"] = p.entities
		}
	}
	return json.Marshal(fields)
}

type modelSpec struct {
	Subject     modelSelector `json:"endpointSelector"`
	Ingress     []modelClause `json:"ingress,omitempty"`
	IngressDeny []modelClause `json:"ingressDeny,omitempty"`
	Egress      []modelClause `json:"egress,omitempty"`
	EgressDeny  []modelClause `json:"egressDeny,omitempty"`
}

type modelPolicy struct {
	namespace string // empty: cluster-wide
	specs     []modelSpec
}

type modelEndpoint struct {
	namespace, name, address string
	labels                   map[string]string
}

type world struct {
	endpoints []modelEndpoint
	policies  []modelPolicy
}

func (w world) document() []byte {
	items := []any{}
	for _, e := range w.endpoints {
		items = append(items, map[string]any{
			"apiVersion": "proxylib/v1", "kind": "Endpoint", "addresses": []string{e.address},
			"metadata": map[string]any{"name": e.name, "namespace": e.namespace, "labels": e.labels},
		})
	}
	for i, p := range w.policies {
		meta, kind := map[string]any{"name": fmt.Sprint("p", i)}, "CiliumClusterwideNetworkPolicy"
		if p.namespace != "" {
			kind, meta["namespace"] = "CiliumNetworkPolicy", p.namespace
		}
		items = append(items, map[string]any{"apiVersion": "cilium.io/v2", "kind": kind, "metadata": meta, "specs": p.specs})
	}
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		panic(err)
	}
	return text
}

// decide is the slow, obvious evaluation: one request, asked of every clause.
func (w world) decide(f flow) bool {
	self, other := f.from, f.to
	if f.ingress {
		self, other = f.to, f.from
	}
	subject := w.at(self)
	if subject == nil {
		return false
	}
	allowed := false
	for _, p := range w.policies {
		for _, s := range p.specs {
			if p.namespace != "" && subject.namespace != p.namespace || !s.Subject.selects(subject) {
				continue
			}
			allow, deny := s.Egress, s.EgressDeny
			if f.ingress {
				allow, deny = s.Ingress, s.IngressDeny
			}
			for _, c := range deny {
				if w.covers(p, c, other, f) {
					return false
				}
			}
			for _, c := range allow {
				allowed = allowed || w.covers(p, c, other, f)
			}
		}
	}
	return allowed
}

func (w world) at(address string) *modelEndpoint {
	for i := range w.endpoints {
		if w.endpoints[i].address == address {
			return &w.endpoints[i]
		}
	}
	return nil
}

func (s modelSelector) selects(e *modelEndpoint) bool {
	for name, value := range s.MatchLabels {
		if got, present := e.labels[name]; !present || got != value {
			return false
		}
	}
	for _, x := range s.MatchExpressions {
		got, present := e.labels[x.Key]
		listed := present && slices.Contains(x.Values, got)
		switch x.Operator {
		case "In":
			if !listed {
				return false
			}
		case "NotIn":
			if listed {
				return false
			}
		case "Exists":
			if !present {
				return false
			}
		case "DoesNotExist":
			if present {
				return false
			}
		}
	}
	return true
}

func (w world) covers(p modelPolicy, c modelClause, other string, f flow) bool {
	if c.peers == nil && c.ports == nil {
		return false
	}
	if c.peers != nil && !w.includes(p, c.peers, other) {
		return false
	}
	return c.ports == nil || slices.ContainsFunc(c.ports, func(ports modelPorts) bool { return ports.cover(f) })
}

func (w world) includes(p modelPolicy, peers *modelPeers, other string) bool {
	e, addr := w.at(other), netip.MustParseAddr(other)
	inside := func(prefix string) bool { return netip.MustParsePrefix(prefix).Contains(addr) }
	for _, s := range peers.endpoints {
		if e != nil && (p.namespace == "" || e.namespace == p.namespace) && s.selects(e) {
			return true
		}
	}
	if e == nil && slices.ContainsFunc(peers.cidrs, inside) {
		return true
	}
	for _, set := range peers.cidrSets {
		if e == nil && inside(set.CIDR) && !slices.ContainsFunc(set.Except, inside) {
			return true
		}
	}
	for _, entity := range peers.entities {
		if entity == "all" || entity == "cluster" && e != nil || entity == "world" && e == nil {
			return true
		}
	}
	return false
}

func (m modelPorts) cover(f flow) bool {
	for _, p := range m.Ports {
		first := 0
		fmt.Sscan(p.Port, &first)
		last := max(first, p.EndPort)
		if p.Protocol == "UDP" || first != 0 && (int(f.port) < first || int(f.port) > last) {
			continue
		}
		if m.Rules == nil {
			return true
		}
		if m.Rules.Proto == f.request.Parser && m.Rules.matches(f.request.L7) {
			return true
		}
	}
	return false
}

func (r *modelRules) matches(request any) bool {
	if len(r.L7) == 0 {
		return true
	}
	for _, keys := range r.L7 {
		if keys["word"] == "" || keys["word"] == request {
			return true
		}
	}
	return false
}

// dice makes random worlds.
type dice struct{ *rand.Rand }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// some makes a list of up to n; with nothing it is empty, not missing.
func some[T any](d dice, n int, make func() T) []T {
	list := []T{}
	for range d.IntN(n + 1) {
		list = append(list, make())
	}
	return list
}

func (d dice) world() world {
	w := world{}
	for i := range 2 + d.IntN(5) {
		w.endpoints = append(w.endpoints, modelEndpoint{
			pick(d, "default", "shop"), fmt.Sprint("e", i), fmt.Sprintf("10.0.%d.%d", d.IntN(2), i+1), d.labels(),
		})
	}
	w.policies = some(d, 4, d.policy)
	return w
}

// change changes one thing of a world.
func (d dice) change(w *world) {
	switch i := d.IntN(len(w.endpoints)); d.IntN(4) {
	case 0:
		w.policies = append(w.policies, d.policy())
	case 1:
		if len(w.policies) > 0 {
			w.policies[d.IntN(len(w.policies))] = d.policy()
		}
	case 2:
		w.endpoints[i].labels = d.labels()
	case 3:
		w.endpoints[i].address = fmt.Sprintf("10.0.%d.%d", d.IntN(2), i+1)
	}
	if len(w.policies) > 5 {
		w.policies = w.policies[:3]
	}
}

func (d dice) labels() map[string]string {
	labels := map[string]string{}
	for _, name := range []string{"app", "tier"} {
		if d.IntN(3) > 0 {
			labels[name] = pick(d, "a", "b")
		}
	}
	return labels
}

func (d dice) policy() modelPolicy {
	p := modelPolicy{namespace: pick(d, "", "default", "shop")}
	for range 1 + d.IntN(2) {
		s := modelSpec{Subject: d.selector()}
		s.Ingress, s.IngressDeny = d.clauses(true)
		s.Egress, s.EgressDeny = d.clauses(false)
		if len(s.Ingress)+len(s.IngressDeny)+len(s.Egress)+len(s.EgressDeny) == 0 {
			s.Ingress = []modelClause{{ingress: true}}
		}
		p.specs = append(p.specs, s)
	}
	return p
}

func (d dice) selector() modelSelector {
	s := modelSelector{}
	if d.IntN(2) > 0 {
		s.MatchLabels = d.labels()
	}
	for range d.IntN(4) / 2 {
		x := modelExpression{Key: pick(d, "app", "tier"), Operator: pick(d, "In", "NotIn", "Exists", "DoesNotExist")}
		if x.Operator == "In" || x.Operator == "NotIn" {
			x.Values = append(some(d, 1, func() string { return "b" }), "a")
		}
		s.MatchExpressions = append(s.MatchExpressions, x)
	}
	return s
}

func (d dice) clauses(ingress bool) (allow, deny []modelClause) {
	allow = some(d, 3, func() modelClause { return d.clause(ingress, true) })
	if d.IntN(3) == 0 {
		deny = some(d, 1, func() modelClause { return d.clause(ingress, false) })
	}
	return allow, deny
}

func (d dice) clause(ingress, l7 bool) modelClause {
	c := modelClause{ingress: ingress}
	prefix := func() string {
		return pick(d, "0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.0.8/29", "192.0.2.0/24", "10.0.0.2/32")
	}
	switch d.IntN(6) {
	case 0, 1:
		c.peers = &modelPeers{endpoints: some(d, 2, d.selector)}
	case 2:
		c.peers = &modelPeers{cidrs: some(d, 2, prefix)}
	case 3:
		c.peers = &modelPeers{cidrSets: some(d, 2, func() modelCIDRSet {
			return pick(d, modelCIDRSet{"10.0.0.0/8", []string{"10.0.1.0/24"}},
				modelCIDRSet{"0.0.0.0/0", []string{"192.0.2.0/25", "10.0.0.0/29"}}, modelCIDRSet{CIDR: "10.0.1.0/24"})
		})}
	case 4:
		c.peers = &modelPeers{entities: some(d, 2, func() string {
			return pick(d, "all", "world", "cluster", "host", "none")
		})}
	}
	if d.IntN(3) > 0 {
		for range 1 + d.IntN(2) {
			c.ports = append(c.ports, d.ports(l7))
		}
	}
	return c
}

func (d dice) ports(l7 bool) modelPorts {
	m := modelPorts{}
	if l7 && d.IntN(2) > 0 {
		m.Rules = &modelRules{Proto: "words", L7: some(d, 2, func() map[string]string {
			return pick(d, map[string]string{"word": "get"}, map[string]string{"word": "set"}, map[string]string{})
		})}
	}
	for range 1 + d.IntN(2) {
		p := pick(d, modelPort{Port: "0"}, modelPort{Port: "1"}, modelPort{Port: "2"}, modelPort{Port: "1", EndPort: 3})
		if p.Protocol = pick(d, "TCP", "", "ANY", "UDP"); p.Protocol == "UDP" && m.Rules != nil {
			p.Protocol = "TCP"
		}
		m.Ports = append(m.Ports, p)
	}
	return m
}

func (d dice) flow(w world) flow {
	address := func() string {
		if d.IntN(3) > 0 {
			return pick(d, w.endpoints...).address
		}
		return pick(d, "10.0.0.2", "10.0.0.9", "10.0.1.200", "192.0.2.1", "192.0.2.200", "203.0.113.1")
	}
	return flow{
		from: address(), to: address(), ingress: d.IntN(2) > 0, port: uint16(1 + d.IntN(4)),
		request: policy.Request{Parser: "words", L7: pick(d, "get", "set", "other")},
	}
}

// TestRandomPoliciesDecideAsTheSlowEvaluationDoes decides a million pairs in two minutes with
//
//	go test ./policy/compile -run RandomPolicies -pairs 1000000
func TestRandomPoliciesDecideAsTheSlowEvaluationDoes(t *testing.T) {
	const flows = 50
	seed := rand.Uint64()
	d := dice{rand.New(rand.NewPCG(seed, 0))}
	allowed := 0
	n := newNetwork(Settings{})
	w := d.world()
	for range *pairs / flows {
		if d.IntN(4) == 0 {
			w = d.world()
		} else {
			d.change(&w)
		}
		content, err := cnp.Decode(w.document(), "")
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, w.document())
		}
		if err := n.compile(content); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, w.document())
		}
		for range flows {
			f := d.flow(w)
			want := w.decide(f)
			if want {
				allowed++
			}
			if got := n.decide(f); got.Allowed != want {
				t.Fatalf("seed %d: %+v: got %+v, want %v\n%s", seed, f, got, want, w.document())
			}
		}
	}
	if allowed < *pairs/20 || allowed > *pairs*19/20 {
		t.Errorf("%d of %d are allowed, which shows little", allowed, *pairs)
	}
}
