// Package compile turns policies and endpoints into the resources that proxies enforce: NPDS policies, one for each
// endpoint, and NPHDS hosts, which bind addresses to identities.
//
// An endpoint is denied, in a direction, what no clause allows, as soon as a policy has clauses for that direction and
// selects it. A clause that denies wins over every clause that allows. What holds for a direction of an endpoint that no
// policy selects is a setting, and "deny" unless set. Prefixes select addresses outside of the known endpoints alone.
package compile

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/identity"
)

// Settings say what is enforced beside the policies. The zero value denies all that no policy allows.
type Settings struct {
	// AllowUnselected lets everything pass, in a direction, to or from an endpoint that no policy selects there.
	AllowUnselected bool
	// Audit lets everything pass; what would have been denied carries a rule name that begins with [AuditPrefix].
	Audit bool
}

// AuditPrefix begins the names of rules that let pass what would be denied if audit were off.
const AuditPrefix = "audit: "

// Result is what a compilation yields. It is immutable. Resources that have not changed since the result before are the
// same pointers.
type Result struct {
	// Policies are by the key of their endpoint, followed by "#2", "#3", … for addresses past the second, the fourth, ….
	Policies map[string]*cilium.NetworkPolicy
	// Hosts are by identity.
	Hosts      map[identity.ID]*cilium.NetworkPolicyHosts
	Identities []Identity
}

// Identity is an identity that is in use.
type Identity struct {
	ID identity.ID
	// Labels of its endpoints, or, where Prefix is valid, the prefix that it stands for.
	Labels    identity.Labels
	Prefix    netip.Prefix
	Endpoints []string
}

// Compiler compiles. It belongs to one goroutine at a time, and keeps what it built to build it only once.
type Compiler struct {
	settings Settings
	parsers  policy.RuleParsers
	numbers  *identity.Numbers

	serial  uint32
	clauses map[*cnp.Clause]*resolved
	ports   map[string]*portPolicies
	built   map[string]builtPolicy
	hosts   map[identity.ID]*cilium.NetworkPolicyHosts
}

// resolved is a clause whose peers are known by number. Equal serials mean equal clauses with equal numbers.
type resolved struct {
	serial uint32
	clause *cnp.Clause
	name   string
	anyone bool
	ids    []uint32
}

// portPolicies are what endpoints with the same clauses share.
type portPolicies struct{ ingress, egress []*cilium.PortNetworkPolicy }

// builtPolicy is a resource with what it was built from.
type builtPolicy struct {
	endpoint *identity.Endpoint
	ports    *portPolicies
	resource *cilium.NetworkPolicy
}

// New makes a compiler that takes identities from numbers.
func New(settings Settings, parsers policy.RuleParsers, numbers *identity.Numbers) *Compiler {
	return &Compiler{settings: settings, parsers: parsers, numbers: numbers}
}

// Compile compiles all policies for all endpoints. The error says what can not be enforced; the compiler is then as it
// was, but for numbers that were given.
func (c *Compiler) Compile(policies []*cnp.Policy, endpoints []*identity.Endpoint) (*Result, error) {
	policies = slices.SortedFunc(slices.Values(policies), func(a, b *cnp.Policy) int { return strings.Compare(a.Key(), b.Key()) })
	endpoints = slices.SortedFunc(slices.Values(endpoints), func(a, b *identity.Endpoint) int { return strings.Compare(a.Key(), b.Key()) })
	u, err := newUniverse(policies, endpoints, c.numbers)
	if err != nil {
		return nil, err
	}
	p := &pass{
		compiler: c, universe: u, perSet: make([]selected, len(u.sets)),
		clauses: map[*cnp.Clause]*resolved{}, ports: map[string]*portPolicies{}, built: map[string]builtPolicy{},
	}
	for _, each := range policies {
		p.add(each)
	}
	result := &Result{Policies: make(map[string]*cilium.NetworkPolicy, len(endpoints)), Identities: u.identities()}
	for i := range u.sets {
		if err := p.buildSet(i, result.Policies); err != nil {
			return nil, err
		}
	}
	result.Hosts = u.hosts(c.hosts)
	c.clauses, c.ports, c.built, c.hosts = p.clauses, p.ports, p.built, result.Hosts
	return result, nil
}

// pass is one compilation.
type pass struct {
	compiler *Compiler
	universe *universe
	perSet   []selected

	clauses map[*cnp.Clause]*resolved
	ports   map[string]*portPolicies
	built   map[string]builtPolicy
}

// selected are the clauses that speak of one label set.
type selected []*resolved

// add hands the clauses of a policy to the label sets that it selects.
func (p *pass) add(from *cnp.Policy) {
	for i := range from.Rules {
		rule := &from.Rules[i]
		clauses := make([]*resolved, 0, len(rule.Clauses))
		for j := range rule.Clauses {
			clauses = append(clauses, p.resolve(from, &rule.Clauses[j]))
		}
		for _, set := range p.universe.matching(rule.Subject) {
			s := &p.perSet[set]
			*s = append(*s, clauses...)
		}
	}
}

// resolve finds the identities of a clause's peers. What has not changed since the last compilation is taken from there.
func (p *pass) resolve(from *cnp.Policy, clause *cnp.Clause) *resolved {
	r := p.compiler.clauses[clause]
	if ids := p.universe.peers(&clause.Peers); r == nil || !slices.Equal(r.ids, ids) {
		p.compiler.serial++
		r = &resolved{
			serial: p.compiler.serial, clause: clause, name: RuleName(from, clause.Place),
			anyone: clause.Peers.Anyone, ids: ids,
		}
	}
	p.clauses[clause] = r
	return r
}

// RuleName is the name by which access logs speak of a part of a policy.
func RuleName(p *cnp.Policy, place cnp.Place) string { return p.Key() + " " + place.Path }

// buildSet builds the resources of all endpoints of a label set.
func (p *pass) buildSet(index int, into map[string]*cilium.NetworkPolicy) error {
	set := &p.universe.sets[index]
	if set.reserved {
		return nil
	}
	ports, err := p.portPolicies(p.perSet[index])
	if err != nil {
		return fmt.Errorf("endpoint %s: %w", set.endpoints[0].Key(), err)
	}
	for _, e := range set.endpoints {
		number := 0
		for addresses := range slices.Chunk(e.Addresses, 2) {
			name := e.Key()
			if number++; number > 1 {
				name = fmt.Sprintf("%s#%d", name, number)
			}
			into[name] = p.build(name, e, addresses, set.id, ports)
		}
	}
	return nil
}

func (p *pass) build(
	name string, e *identity.Endpoint, addresses []netip.Addr, id identity.ID, ports *portPolicies,
) *cilium.NetworkPolicy {
	built := p.compiler.built[name]
	if built.endpoint != e || built.ports != ports {
		built = builtPolicy{e, ports, &cilium.NetworkPolicy{
			EndpointId:             uint64(id), // for logs, where the identity says more than any other number
			IngressPerPortPolicies: ports.ingress, EgressPerPortPolicies: ports.egress,
		}}
		for _, a := range addresses {
			built.resource.EndpointIps = append(built.resource.EndpointIps, a.String())
		}
	}
	p.built[name] = built
	return built.resource
}

// portPolicies builds what endpoints with these clauses share, or takes it from where it was built before.
func (p *pass) portPolicies(s selected) (*portPolicies, error) {
	key := s.key()
	if ports := p.ports[key]; ports != nil {
		return ports, nil
	}
	ports := p.compiler.ports[key]
	if ports == nil {
		ports = &portPolicies{
			ingress: p.compiler.settings.direction(s, true),
			egress:  p.compiler.settings.direction(s, false),
		}
		if err := checkPorts(ports, p.compiler.parsers); err != nil {
			return nil, err
		}
	}
	p.ports[key] = ports
	return ports, nil
}

// key is the same for equal clauses.
func (s selected) key() string {
	key := make([]byte, 0, 4*len(s))
	for _, c := range s {
		key = binary.BigEndian.AppendUint32(key, c.serial)
	}
	return string(key)
}

// checkPorts compiles as the proxies will.
func checkPorts(ports *portPolicies, parsers policy.RuleParsers) error {
	resource := &cilium.NetworkPolicy{
		EndpointIps: []string{"0.0.0.0"}, IngressPerPortPolicies: ports.ingress, EgressPerPortPolicies: ports.egress,
	}
	_, err := policy.Compile([]*cilium.NetworkPolicy{resource}, parsers)
	return reason(err, 1)
}

// Resources lists the policies in the order of their names.
func (r *Result) Resources() []*cilium.NetworkPolicy {
	list := make([]*cilium.NetworkPolicy, 0, len(r.Policies))
	for _, name := range slices.Sorted(maps.Keys(r.Policies)) {
		list = append(list, r.Policies[name])
	}
	return list
}
