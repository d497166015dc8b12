package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
)

func compileDirection(direction string, ports []*cilium.PortNetworkPolicy, c *compilation) (portTable, error) {
	var entries []portEntry
	for _, p := range ports {
		entry, err := compilePort(p, c)
		if err != nil {
			e := inner(err)
			e.Direction, e.Port = direction, portLabel(p)
			return nil, e
		}
		if p.GetProtocol() == cilium.Protocol_TCP {
			entries = append(entries, entry)
			c.notice(entry)
		}
	}
	table, err := split(entries, c)
	if err != nil {
		return nil, &Error{Direction: direction, Err: err}
	}
	return table, nil
}

func portLabel(p *cilium.PortNetworkPolicy) string {
	if p.GetEndPort() == 0 {
		return fmt.Sprint(p.GetPort())
	}
	return fmt.Sprintf("%d-%d", p.GetPort(), p.GetEndPort())
}

func compilePort(p *cilium.PortNetworkPolicy, c *compilation) (portEntry, error) {
	e, err := compileRange(p.GetPort(), p.GetEndPort())
	if err != nil {
		return e, err
	}
	if len(p.GetRules()) == 0 {
		e.rules = []rule{{kind: allow}}
		return e, nil
	}
	protocol := ""
	e.rules = make([]rule, 0, len(p.GetRules()))
	for i, r := range p.GetRules() {
		if err := e.add(r, &protocol, c); err != nil {
			wrong := inner(err)
			wrong.Rule = fmt.Sprintf("%d %s", i, quote(r.GetName()))
			return e, wrong
		}
	}
	return e, nil
}

func compileRange(port, end uint32) (portEntry, error) {
	switch {
	case port > 65535 || end > 65535:
		return portEntry{}, errors.New("a port number is at most 65535")
	case port == 0 && end == 0:
		return portEntry{first: 0, last: 65535}, nil
	case port == 0:
		return portEntry{}, inField("end_port", "port 0 stands for every port and has no end_port")
	case end == 0:
		return portEntry{first: uint16(port), last: uint16(port)}, nil
	case end < port:
		return portEntry{}, inField("end_port", "is below port")
	}
	return portEntry{first: uint16(port), last: uint16(end)}, nil
}

// add compiles one rule. protocol is the L7 protocol of the rules before it, which must be the same.
func (e *portEntry) add(r *cilium.PortNetworkPolicyRule, protocol *string, c *compilation) error {
	base, err := compileRule(r)
	if err != nil {
		return err
	}
	name, err := l7Protocol(r)
	if err != nil {
		return err
	}
	if name != "" && *protocol != "" && name != *protocol {
		return inField("l7_proto", "%s and %s on the same port; one port has one protocol",
			Cut(*protocol, maxQuoted), Cut(name, maxQuoted))
	}
	if name != "" {
		*protocol = name
	}
	base.parser = name
	base.http = name == HTTP && c.parsers[HTTP] != nil
	if base.foreign = strings.HasPrefix(name, "envoy.") && !base.http; base.foreign || name == "" {
		e.rules = append(e.rules, base)
		return nil
	}
	if _, known := c.parsers[name]; !known {
		e.unknown = name
		return nil
	}
	return e.addL7(base, r, c)
}

// addL7 adds the rule with its L7 rules; its L7 deny rules become a deny rule beside it.
func (e *portEntry) addL7(base rule, r *cilium.PortNetworkPolicyRule, c *compilation) error {
	allowed, denied, err := compileL7(base.parser, r, c)
	if err != nil {
		return err
	}
	if len(denied) > 0 {
		if base.kind != allow {
			return inField("l7_deny_rules", "only a rule that allows can have them")
		}
		against := base
		against.kind, against.l7, against.reason = deny, denied, denyReason(against.name)
		e.rules = append(e.rules, against)
	}
	base.l7 = allowed
	if base.kind == pass && base.acts() {
		return inField("header_matches", "a rule with pass_precedence cannot have them")
	}
	e.rules = append(e.rules, base)
	return nil
}
