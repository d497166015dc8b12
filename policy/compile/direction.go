package compile

import (
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/cnp"
)

// unselectedName is the name of the rule for endpoints that no policy selects.
const unselectedName = "default: no policy selects this endpoint"

// portKey is a range of ports; both 0 is every port.
type portKey struct{ first, last uint16 }

// table collects the rules of one direction by ports, in the order in which the ports appeared.
type table struct {
	entries map[portKey]*cilium.PortNetworkPolicy
	list    []*cilium.PortNetworkPolicy
}

func (t *table) add(key portKey, rule *cilium.PortNetworkPolicyRule) {
	entry := t.entries[key]
	if entry == nil {
		entry = &cilium.PortNetworkPolicy{Port: uint32(key.first), Protocol: cilium.Protocol_TCP}
		if key.last != key.first {
			entry.EndPort = uint32(key.last)
		}
		t.entries[key] = entry
		t.list = append(t.list, entry)
	}
	entry.Rules = append(entry.Rules, rule)
}

// direction builds the port policies of one direction. A proxy sees TCP alone, so what is for UDP has no place in it.
func (s Settings) direction(clauses []*liveClause, ingress bool) []*cilium.PortNetworkPolicy {
	t := &table{entries: map[portKey]*cilium.PortNetworkPolicy{}}
	enforced := slices.ContainsFunc(clauses, func(c *liveClause) bool { return c.clause.Ingress == ingress })
	if !enforced && s.AllowUnselected {
		t.add(portKey{}, &cilium.PortNetworkPolicyRule{Name: unselectedName})
		return t.list
	}
	for _, c := range clauses {
		if c.clause.Ingress == ingress {
			addClause(t, c)
		}
	}
	return t.list
}

// addClause adds the rules of a clause. One that concerns nobody has none: a rule without identities is for anyone.
func addClause(t *table, c *liveClause) {
	if !c.anyone && len(c.ids) == 0 {
		return
	}
	if len(c.clause.Ports) == 0 {
		t.add(portKey{}, newRule(c, nil, c.name))
		return
	}
	for i := range c.clause.Ports {
		ports := &c.clause.Ports[i]
		rule := newRule(c, ports, c.name+ports.Path[len(c.clause.Path):])
		for _, p := range ports.Ports {
			if p.TCP {
				t.add(portKey{p.First, p.Last}, rule)
			}
		}
	}
}

// newRule builds one rule; ports may be nil.
func newRule(c *liveClause, ports *cnp.PortRule, name string) *cilium.PortNetworkPolicyRule {
	r := &cilium.PortNetworkPolicyRule{Name: name}
	if !c.anyone {
		r.RemotePolicies = c.ids
	}
	if c.clause.Deny {
		r.Verdict = &cilium.PortNetworkPolicyRule_Deny{Deny: true}
	}
	if ports != nil {
		addL7(r, ports)
	}
	return r
}

func addL7(r *cilium.PortNetworkPolicyRule, ports *cnp.PortRule) {
	r.ServerNames, r.L7Proto = ports.ServerNames, ports.Parser
	if len(ports.Kafka) > 0 {
		rules := &cilium.KafkaNetworkPolicyRules{}
		for _, k := range ports.Kafka {
			rules.KafkaRules = append(rules.KafkaRules, &cilium.KafkaNetworkPolicyRule{
				ApiVersion: k.APIVersion, ApiKeys: k.APIKeys, ClientId: k.ClientID, Topic: k.Topic,
			})
		}
		r.L7 = &cilium.PortNetworkPolicyRule_KafkaRules{KafkaRules: rules}
	}
	if len(ports.HTTP) > 0 {
		r.L7 = &cilium.PortNetworkPolicyRule_HttpRules{HttpRules: HTTPRules(ports.HTTP)}
	}
	if len(ports.L7) > 0 {
		rules := &cilium.L7NetworkPolicyRules{}
		for _, keys := range ports.L7 {
			rules.L7AllowRules = append(rules.L7AllowRules, &cilium.L7NetworkPolicyRule{Rule: keys})
		}
		r.L7 = &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: rules}
	}
}
