package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
)

// Compile checks and compiles all resources of an update. The error is an [*Error]: it says which endpoint,
// port, rule and key is wrong. Nothing of an update that has one may come into force.
func Compile(resources []*cilium.NetworkPolicy, parsers RuleParsers) (*Snapshot, error) {
	c := NewCompiler(parsers)
	for _, r := range resources {
		if err := c.Add(r); err != nil {
			return nil, err
		}
	}
	return c.Snapshot(), nil
}

// Compiler compiles an update resource by resource, so that none needs to be kept. It belongs to one goroutine at a time.
type Compiler struct {
	snapshot    *Snapshot
	compilation *compilation
}

// NewCompiler returns a compiler that has compiled nothing yet.
func NewCompiler(parsers RuleParsers) *Compiler {
	return &Compiler{&Snapshot{}, newCompilation(parsers)}
}

// AllowEmptyValues makes the compiler accept L7 rules in which the value of a key is empty, which means any value, and
// returns it. Users of NPDS write rules so. In a document an empty value is rather one that was forgotten and would widen
// its rule, so a compiler refuses it by default.
func (c *Compiler) AllowEmptyValues() *Compiler {
	c.compilation.emptyValues = true
	return c
}

// Add compiles a resource, which is not kept. The error is an [*Error]; nothing is added with it.
func (c *Compiler) Add(r *cilium.NetworkPolicy) error {
	e, err := c.Endpoint(r)
	if err != nil {
		return err
	}
	for _, address := range e.addresses {
		if c.snapshot.find(address) != nil {
			return inField("endpoint_ips", "%s is given twice", address).Of(label(r))
		}
	}
	for _, address := range e.addresses {
		c.snapshot.put(address, e)
		c.snapshot.count(address, e, 1)
	}
	return nil
}

// Snapshot returns what has been compiled. Nothing may be added any more.
func (c *Compiler) Snapshot() *Snapshot { return c.snapshot }

// label names a resource for an operator.
func label(r *cilium.NetworkPolicy) string {
	ips := strings.Join(r.GetEndpointIps(), ", ")
	if ips == "" {
		ips = "without address"
	}
	return fmt.Sprintf("%s (id %d)", Cut(ips, maxQuoted), r.GetEndpointId())
}

// Addresses returns the addresses of the endpoint of a resource, in the form in which [Snapshot.Change] knows them.
func Addresses(r *cilium.NetworkPolicy) ([]string, error) {
	if n := len(r.GetEndpointIps()); n < 1 || n > 2 {
		return nil, inField("endpoint_ips", "has %d entries, want one or two", n)
	}
	var names []string
	for _, ip := range r.GetEndpointIps() {
		addr, err := netip.ParseAddr(ip)
		if err != nil {
			return nil, inField("endpoint_ips", "%s is no IP address", quote(ip))
		}
		name := addr.Unmap().String()
		if slices.Contains(names, name) {
			return nil, inField("endpoint_ips", "%s is given twice", name)
		}
		names = append(names, name)
	}
	return names, nil
}

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

// add compiles one rule. protocol is the L7 protocol of the rules before it, which has to be the same.
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
	if base.foreign = strings.HasPrefix(name, "envoy."); base.foreign || name == "" {
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
	e.rules = append(e.rules, base)
	return nil
}

// compileRule compiles all but the L7 part.
func compileRule(r *cilium.PortNetworkPolicyRule) (rule, error) {
	c := rule{
		name: r.GetName(), precedence: r.GetPrecedence(), kind: allow, proxyID: r.GetProxyId(),
		remotes: inOrder(r.GetRemotePolicies()),
	}
	if c.proxyID > 65535 {
		return c, inField("proxy_id", "is at most 65535")
	}
	for _, pattern := range r.GetServerNames() {
		compiled, err := compileServerName(pattern)
		if err != nil {
			return c, err
		}
		c.serverNames = append(c.serverNames, compiled)
	}
	switch verdict := r.GetVerdict().(type) {
	case *cilium.PortNetworkPolicyRule_Deny:
		if verdict.Deny {
			c.kind, c.reason = deny, denyReason(c.name)
		}
	case *cilium.PortNetworkPolicyRule_PassPrecedence:
		if c.kind = pass; verdict.PassPrecedence > c.precedence {
			return c, inField("pass_precedence", "%d is above the rule's own precedence %d",
				verdict.PassPrecedence, c.precedence)
		}
		c.passPrecedence = verdict.PassPrecedence
	}
	return c, nil
}

// inOrder returns numbers in ascending order, each once; as they are, if they are so.
func inOrder(numbers []uint32) []uint32 {
	for i := 1; i < len(numbers); i++ {
		if numbers[i-1] >= numbers[i] {
			return slices.Compact(slices.Sorted(slices.Values(numbers)))
		}
	}
	return numbers
}

// l7Protocol names the parser of a rule. A rule for HTTP that names none is for Envoy's own filters.
func l7Protocol(r *cilium.PortNetworkPolicyRule) (string, error) {
	if r.GetL7Proto() != "" {
		if r.GetHttpRules() != nil && !strings.HasPrefix(r.GetL7Proto(), "envoy.") {
			return "", inField("http_rules", "are not for a parser, leave l7_proto out")
		}
		return r.GetL7Proto(), nil
	}
	switch r.GetL7().(type) {
	case *cilium.PortNetworkPolicyRule_HttpRules:
		return "envoy.http", nil
	case *cilium.PortNetworkPolicyRule_KafkaRules:
		return "kafka", nil
	case *cilium.PortNetworkPolicyRule_L7Rules:
		return "", inField("l7_proto", "is missing, l7_rules need the name of their parser")
	}
	return "", nil
}

// compileL7 lets the parser's rule parser compile the L7 rules that allow and those that deny.
func compileL7(
	parser string, r *cilium.PortNetworkPolicyRule, c *compilation,
) (allowed, denied []L7NetworkPolicyRule, err error) {
	if r.GetL7() == nil {
		return nil, nil, nil
	}
	for _, list := range [][]*cilium.L7NetworkPolicyRule{r.GetL7Rules().GetL7AllowRules(), r.GetL7Rules().GetL7DenyRules()} {
		for _, entry := range list {
			if len(entry.GetMetadataRule()) > 0 {
				return nil, nil, inField("metadata_rule", "a parser has no metadata to match, use rule")
			}
		}
	}
	if list := r.GetL7Rules().GetL7DenyRules(); len(list) > 0 {
		if denied, err = c.parse(parser, withL7(r, list), list, len(list)); err != nil {
			return nil, nil, inL7Field("l7_deny_rules", parser, err)
		}
	}
	if list := r.GetL7Rules().GetL7AllowRules(); len(list) > 0 || r.GetKafkaRules() != nil {
		n := len(list) + len(r.GetKafkaRules().GetKafkaRules())
		if allowed, err = c.parse(parser, r, list, n); err != nil {
			return nil, nil, inL7Field(l7Field(r), parser, err)
		}
	}
	return allowed, denied, nil
}

// inL7Field returns the error of a rule parser as one about a field of the rule.
func inL7Field(field, parser string, err error) *Error {
	e := inner(err)
	e.Field, e.Parser, e.Err = field, parser, Brief(e.Err)
	return e
}

func l7Field(r *cilium.PortNetworkPolicyRule) string {
	if r.GetKafkaRules() != nil {
		return "kafka_rules"
	}
	return "l7_allow_rules"
}

// withL7 is the rule with entries in the place of its L7 allow rules, and no deny rules.
func withL7(r *cilium.PortNetworkPolicyRule, entries []*cilium.L7NetworkPolicyRule) *cilium.PortNetworkPolicyRule {
	return &cilium.PortNetworkPolicyRule{
		Name: r.GetName(), L7Proto: r.GetL7Proto(), RemotePolicies: r.GetRemotePolicies(),
		L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{L7AllowRules: entries}},
	}
}

// parseAll calls a rule parser and turns its panic, if it ends in one, into an error. A parser that makes no rule of
// n entries would widen what they say to everything.
func parseAll(r *cilium.PortNetworkPolicyRule, n int, parse RuleParser) (rules []L7NetworkPolicyRule, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case parseError:
			rules, err = nil, cause
		default:
			rules, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	rules, err = parse(r)
	if err != nil {
		return nil, err
	}
	if n > 0 && len(rules) == 0 {
		return nil, fmt.Errorf("the rule parser made no rule of %d entries", n)
	}
	if slices.Contains(rules, nil) {
		return nil, errors.New("the rule parser made a rule that is nil")
	}
	return rules, nil
}
