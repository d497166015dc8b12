package cnp

import (
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy/identity"
)

// ruleDecoder decodes one spec.
type ruleDecoder struct {
	rule *Rule
	// namespace is where the policy is; empty for one that is cluster-wide.
	namespace string
}

// rule decodes one spec and adds it.
func (p *Policy) rule(v value, namespace string) error {
	rule := Rule{}
	d := &ruleDecoder{&rule, namespace}
	err := v.object(fields{
		// the endpoints whose policy this is, by their labels; {} selects all; required
		"endpointSelector": d.subject,
		// what may come in; entries are alternatives, and what none allows is denied; [{}] allows nothing
		"ingress": d.clauses(true, false),
		// what may not come in, whatever ingress says
		"ingressDeny": d.clauses(true, true),
		// what may go out, as ingress
		"egress": d.clauses(false, false),
		// what may not go out, whatever egress says
		"egressDeny": d.clauses(false, true),
		// ingress or egress: true denies what nothing allows in a direction without entries; false is refused
		"enableDefaultDeny": d.defaultDeny,
		// a text for readers
		"description": into(new(string)),
		// accepted, and without effect
		"labels": anything,
	})
	if err == nil && !v.has("endpointSelector") {
		err = v.errorf("endpointSelector is missing; {} selects all endpoints")
	}
	if err == nil && len(rule.Clauses) == 0 {
		err = v.errorf("says nothing: write ingress, egress, ingressDeny or egressDeny")
	}
	p.Rules = append(p.Rules, rule)
	return err
}

func (d *ruleDecoder) subject(v value) error {
	selector, err := decodeSelector(v)
	if d.namespace != "" {
		selector = append(selector, inNamespace(d.namespace))
	}
	d.rule.Subject = selector
	return err
}

// defaultDeny decodes enableDefaultDeny. What is true is so by itself where a direction has rules.
func (d *ruleDecoder) defaultDeny(v value) error {
	return v.each(func(key string, item value) error {
		if key != "ingress" && key != "egress" {
			return item.errorf("is unknown, want ingress or egress")
		}
		if item.node.Tag != "!!bool" || item.node.Value != "true" {
			return item.errorf("is refused: only true can be enforced; the server has a setting for other endpoints")
		}
		d.rule.Clauses = append(d.rule.Clauses, Clause{Place: item.place(), Ingress: key == "ingress"})
		return nil
	})
}

func (d *ruleDecoder) clauses(ingress, deny bool) func(value) error {
	return func(v value) error {
		return v.filled("leave it out, or write [{}] to deny what nothing else allows", func(item value) error {
			clause := Clause{Place: item.place(), Ingress: ingress, Deny: deny}
			err := d.clause(item, &clause)
			d.rule.Clauses = append(d.rule.Clauses, clause)
			return err
		})
	}
}

// clause decodes one entry of a direction. Peers of several kinds in one entry have never had a meaning.
func (d *ruleDecoder) clause(v value, c *Clause) error {
	prefix := "to"
	if c.Ingress {
		prefix = "from"
	}
	known := fields{
		// selectors of endpoints, of the same namespace unless they name another; {} selects all of it
		prefix + "Endpoints": d.peerEndpoints(&c.Peers),
		// prefixes, or addresses
		prefix + "CIDR": peerCIDR(&c.Peers),
		// prefixes with exceptions
		prefix + "CIDRSet": peerCIDRSet(&c.Peers),
		// reserved identities by name, all, cluster or none
		prefix + "Entities": peerEntities(&c.Peers),
	}
	var given []string
	for name := range known {
		if v.has(name) {
			given = append(given, name)
		}
	}
	if slices.Sort(given); len(given) > 1 {
		names := strings.Join(given, " and ")
		return v.errorf("%s exclude each other in one entry, write one entry for each", names)
	}
	// the destination ports; entries are alternatives, and without any every port is meant
	known["toPorts"] = func(v value) error {
		return v.filled("leave it out for every port", func(item value) error {
			rule := PortRule{Place: item.place()}
			err := decodePortRule(item, &rule, c.Deny)
			if err == nil {
				c.Ports = append(c.Ports, rule)
			}
			return err
		})
	}
	err := v.object(known)
	if len(given) == 0 && v.has("toPorts") {
		c.Peers.Anyone = true
	}
	return err
}

func (d *ruleDecoder) peerEndpoints(p *Peers) func(value) error {
	return func(v value) error {
		return v.list(func(item value) error {
			selector, err := decodeSelector(item)
			switch {
			case selector.Demands(identity.NamespaceLabel):
			case d.namespace != "" && !selector.Names(identity.NamespaceLabel):
				selector = append(selector, inNamespace(d.namespace))
			default:
				// What is in no namespace, such as the host, is not an endpoint.
				selector = append(selector, identity.Requirement{Label: identity.NamespaceLabel, Operator: identity.Exists})
			}
			p.Endpoints = append(p.Endpoints, selector)
			return err
		})
	}
}

func inNamespace(name string) identity.Requirement {
	return identity.Requirement{Label: identity.NamespaceLabel, Operator: identity.In, Values: []string{name}}
}
