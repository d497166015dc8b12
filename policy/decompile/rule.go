package decompile

import (
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// specs writes a policy, with a spec for each rule. What nothing allows is denied in both directions.
func (d *decompiler) specs(i int, p *cilium.NetworkPolicy) []any {
	path, selector := fmt.Sprintf("resources[%d]", i), object{"matchLabels": object{nameLabel: endpointName(i)}}
	if p.GetAudit() {
		d.refuse(path+".audit", "is a setting of servers and proxies, not of policies; leave it out")
	}
	denied := []any{object{}}
	specs := []any{object{"endpointSelector": selector, "ingress": denied, "egress": denied}}
	for _, direction := range []direction{
		{path + ".ingress_per_port_policies", "ingress", "from", p.GetIngressPerPortPolicies()},
		{path + ".egress_per_port_policies", "egress", "to", p.GetEgressPerPortPolicies()},
	} {
		for _, r := range d.rules(direction) {
			spec := object{"endpointSelector": selector, r.section: r.entries}
			if r.name != "" {
				spec["description"] = r.name
			}
			specs = append(specs, spec)
		}
	}
	return specs
}

// direction is one half of a policy: where it is, and what it is called in documents.
type direction struct {
	path, section, prefix string
	ports                 []*cilium.PortNetworkPolicy
}

// writtenRule is a rule in the words of a document.
type writtenRule struct {
	name, section string
	entries       []object
}

// rules writes the rules of a direction.
func (d *decompiler) rules(direction direction) (list []writtenRule) {
	var first *cilium.PortNetworkPolicyRule
	for i, p := range direction.ports {
		rules := p.GetRules()
		if len(rules) == 0 {
			// A port without rules is open, and so is one with a rule that says nothing.
			rules = []*cilium.PortNetworkPolicyRule{{}}
		}
		for j, r := range rules {
			path := fmt.Sprintf("%s[%d].rules[%d]", direction.path, i, j)
			if first == nil {
				first = r
			}
			if first.GetPrecedence() != r.GetPrecedence() {
				d.refuse(path+".precedence", "is %d, that of other rules %d, and documents know no precedence",
					r.GetPrecedence(), first.GetPrecedence())
			}
			list = append(list, d.rule(path, direction, p, r))
		}
	}
	return list
}

// rule writes one rule on one port.
func (d *decompiler) rule(path string, to direction, p *cilium.PortNetworkPolicy, r *cilium.PortNetworkPolicyRule) writtenRule {
	d.check(path, p, r)
	port := object{"port": fmt.Sprint(p.GetPort()), "protocol": p.GetProtocol().String()}
	if p.GetEndPort() != 0 {
		port["endPort"] = p.GetEndPort()
	}
	toPort := object{"ports": []any{port}}
	if names := r.GetServerNames(); len(names) > 0 {
		toPort["serverNames"] = names
	}
	if rules := d.l7(path, r); rules != nil {
		toPort["rules"] = rules
	}
	written := writtenRule{name: r.GetName(), section: to.section}
	if r.GetDeny() {
		written.section += "Deny"
	}
	for _, peers := range d.peers(path+".remote_policies", to.prefix, r.GetRemotePolicies()) {
		peers["toPorts"] = []any{toPort}
		written.entries = append(written.entries, peers)
	}
	return written
}

// check refuses what has no place in documents.
func (d *decompiler) check(path string, p *cilium.PortNetworkPolicy, r *cilium.PortNetworkPolicyRule) {
	if _, passes := r.GetVerdict().(*cilium.PortNetworkPolicyRule_PassPrecedence); passes {
		d.refuse(path+".pass_precedence", "documents know no precedence")
	}
	if r.GetProxyId() != 0 {
		d.refuse(path+".proxy_id", "documents know no listeners")
	}
	if r.GetDownstreamTlsContext() != nil || r.GetUpstreamTlsContext() != nil {
		d.refuse(path, "TLS is the business of the proxy's own settings")
	}
	plain := r.GetL7Proto() == "" && r.GetL7() == nil && len(r.GetServerNames()) == 0
	if r.GetDeny() && !plain {
		d.refuse(path+".deny", "documents deny connections as a whole, without l7_proto, L7 rules and server_names")
	}
	if p.GetProtocol() != cilium.Protocol_TCP && !plain {
		d.refuse(path, "l7_proto, L7 rules and server_names are for TCP")
	}
	if strings.HasPrefix(r.GetL7Proto(), "envoy.") {
		d.refuse(path, "what is for Envoy's own filters is not written")
	}
}

// l7 writes the L7 part; nil if there is none.
func (d *decompiler) l7(path string, r *cilium.PortNetworkPolicyRule) object {
	if len(r.GetL7Rules().GetL7DenyRules()) > 0 {
		d.refuse(path+".l7_rules.l7_deny_rules", "documents can allow requests, not deny them")
	}
	if r.GetL7Rules() != nil && r.GetL7Proto() == "" {
		d.refuse(path+".l7_proto", "is missing")
	}
	switch {
	case r.GetKafkaRules() != nil:
		return d.kafka(path, r)
	case r.GetHttpRules() != nil:
		return d.http(path, r)
	}
	if r.GetL7Proto() == "" {
		return nil
	}
	rules := object{"l7proto": r.GetL7Proto()}
	var alternatives []any
	for i, l7 := range r.GetL7Rules().GetL7AllowRules() {
		if l7.GetName() != "" || len(l7.GetMetadataRule()) > 0 {
			d.refuse(fmt.Sprintf("%s.l7_rules.l7_allow_rules[%d]", path, i), "name and metadata_rule cannot be written")
		}
		keys := object{}
		for key, value := range l7.GetRule() {
			keys[key] = value
		}
		alternatives = append(alternatives, keys)
	}
	if len(alternatives) > 0 {
		rules["l7"] = alternatives
	}
	return rules
}

// kafka writes the older form for Kafka: an entry for each kind of request.
func (d *decompiler) kafka(path string, r *cilium.PortNetworkPolicyRule) object {
	if proto := r.GetL7Proto(); proto != "" && proto != "kafka" {
		d.refuse(path+".l7_proto", "is %s beside kafka_rules", proto)
	}
	var alternatives []any
	for i, k := range r.GetKafkaRules().GetKafkaRules() {
		rule := object{}
		if k.GetApiVersion() >= 0 {
			rule["apiVersion"] = fmt.Sprint(k.GetApiVersion())
		}
		if k.GetClientId() != "" {
			rule["clientID"] = k.GetClientId()
		}
		if k.GetTopic() != "" {
			rule["topic"] = k.GetTopic()
		}
		if len(k.GetApiKeys()) == 0 {
			alternatives = append(alternatives, rule)
		}
		for _, key := range k.GetApiKeys() {
			name, known := cnp.KafkaAPI(key)
			if !known {
				d.refuse(fmt.Sprintf("%s.kafka_rules.kafka_rules[%d].api_keys", path, i), "%d has no name", key)
			}
			keyed := object{"apiKey": name}
			for field, value := range rule {
				keyed[field] = value
			}
			alternatives = append(alternatives, keyed)
		}
	}
	if len(alternatives) == 0 {
		return object{"l7proto": "kafka"}
	}
	return object{"kafka": alternatives}
}

// peers writes identities, an entry for each kind of peers; without identities it is an entry for anyone.
func (d *decompiler) peers(path, prefix string, ids []uint32) (entries []object) {
	if len(ids) == 0 {
		return []object{{}}
	}
	var labels, names []string
	for i, id := range ids {
		path, name := fmt.Sprintf("%s[%d]", path, i), identity.ReservedName(identity.ID(id))
		world := id == uint32(identity.World)
		named := world || name != "" && !identity.OfWorld(identity.ID(id))
		switch {
		case id == 0:
			d.refuse(path, "0 is the identity of nobody")
		case world && !d.prefixes.outside(ids):
			d.refuse(path, "%d is the world, and can be written only if every address is bound, and everyone without a "+
				"policy is named", id)
		case named:
			names = append(names, name)
		case !d.withHosts:
			d.refuse(path, "nobody knows whose identity %d is: give the resources of NPHDS", id)
		}
		if d.members[id] || !named && !d.prefixes.has(id) {
			labels = append(labels, fmt.Sprint(id))
		}
	}
	if len(labels) > 0 {
		anyOf := object{"key": identityLabel, "operator": identity.In, "values": labels}
		entries = append(entries, object{prefix + "Endpoints": []any{object{"matchExpressions": []any{anyOf}}}})
	}
	if set := d.prefixes.cidrSet(ids); len(set) > 0 {
		entries = append(entries, object{prefix + "CIDRSet": set})
	}
	if len(names) > 0 {
		entries = append(entries, object{prefix + "Entities": names})
	}
	return entries
}
