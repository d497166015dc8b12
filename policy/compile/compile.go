package compile

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

// Settings say what is enforced beside the policies. The zero value denies all that no policy allows.
type Settings struct {
	// AllowUnselected lets everything pass, in a direction, to or from an endpoint that no policy selects there.
	AllowUnselected bool
	// Audit makes all policies ones that only watch: what they deny passes, and access logs tell.
	Audit bool
}

// Change holds new and changed policies and endpoints, by their keys; nil removes one.
type Change struct {
	Policies  map[string]*cnp.Policy
	Endpoints map[string]*identity.Endpoint
}

// Changed are the resources that a change has changed; nil is one that is gone.
type Changed struct {
	// Policies are by the key of their endpoint, with "#2", "#3", … after it for addresses past the second, the fourth, ….
	Policies map[string]*cilium.NetworkPolicy
	// Hosts are by identity.
	Hosts map[identity.ID]*cilium.NetworkPolicyHosts
}

// Compiler compiles changes one after the other. It belongs to one goroutine at a time.
type Compiler struct {
	settings  Settings
	parsers   policy.RuleParsers
	index     *index
	policies  map[string]*livePolicy
	resources map[string]*cilium.NetworkPolicy
	hosts     map[identity.ID]*cilium.NetworkPolicyHosts
}

// New makes a compiler without policies and endpoints, which takes identities from numbers.
func New(settings Settings, parsers policy.RuleParsers, numbers *identity.Numbers) *Compiler {
	x := newIndex(numbers)
	hosts := x.rebuildHosts()
	x.dirty.clear()
	return &Compiler{
		settings: settings, parsers: parsers, index: x, policies: map[string]*livePolicy{},
		resources: map[string]*cilium.NetworkPolicy{}, hosts: hosts,
	}
}

// Update compiles a change. The error says what cannot be enforced; everything is then as it was, except for numbers that
// were assigned.
func (c *Compiler) Update(change Change) (*Changed, error) {
	if err := c.index.check(change); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(change.Policies)) {
		if p := change.Policies[key]; p != nil {
			if err := checkAllBare(p, c.parsers); err != nil {
				return nil, err
			}
		}
	}
	inverse := c.apply(change)
	policies, err := c.rebuild()
	if err != nil {
		c.apply(inverse)
		if _, undo := c.rebuild(); undo != nil {
			panic(fmt.Sprintf("compile: what was in force cannot be built again: %v", undo))
		}
		c.index.dirty.clear()
		return nil, err
	}
	changed := &Changed{policies, c.index.rebuildHosts()}
	c.index.dirty.clear()
	merge(c.resources, changed.Policies)
	merge(c.hosts, changed.Hosts)
	return changed, nil
}

// merge makes a change of a map.
func merge[K comparable, V any](into, change map[K]*V) {
	for key, value := range change {
		if value == nil {
			delete(into, key)
			continue
		}
		into[key] = value
	}
}

// apply makes a change that has been checked, and returns the one that undoes it.
func (c *Compiler) apply(change Change) (inverse Change) {
	inverse = Change{map[string]*cnp.Policy{}, map[string]*identity.Endpoint{}}
	for key := range change.Policies {
		inverse.Policies[key] = nil
		if old := c.policies[key]; old != nil {
			inverse.Policies[key] = old.policy
			c.index.removePolicy(old)
			delete(c.policies, key)
		}
	}
	for key := range change.Endpoints {
		inverse.Endpoints[key] = c.index.removeEndpoint(key)
	}
	for _, e := range change.Endpoints {
		if e != nil {
			c.index.addEndpoint(e)
		}
	}
	for key, p := range change.Policies {
		if p != nil {
			c.policies[key] = c.index.addPolicy(p)
		}
	}
	return inverse
}

// rebuild builds the resources that a change affects.
func (c *Compiler) rebuild() (map[string]*cilium.NetworkPolicy, error) {
	d, built := &c.index.dirty, map[string]*cilium.NetworkPolicy{}
	for key := range d.endpoints {
		for _, name := range c.index.names[key] {
			built[name] = nil
		}
	}
	shared := map[string]*portPolicies{}
	for _, set := range d.orderedSets() {
		if set.reserved {
			continue
		}
		ports, err := c.portPolicies(set, shared)
		if err != nil {
			return nil, err
		}
		set.ports = ports
		for _, e := range set.endpoints {
			d.endpoints[e.Key()] = e
		}
	}
	for key, e := range d.endpoints {
		if e == nil {
			delete(c.index.names, key)
			continue
		}
		c.index.names[key] = c.settings.build(e, c.index.endpoints[key].set, built)
	}
	return built, nil
}

// build builds the resources of an endpoint, and returns their names.
func (s Settings) build(e *identity.Endpoint, set *labelSet, into map[string]*cilium.NetworkPolicy) (names []string) {
	if set.reserved {
		return nil
	}
	for addresses := range slices.Chunk(e.Addresses, 2) {
		name := e.Key()
		if len(names) > 0 {
			name = fmt.Sprintf("%s#%d", name, len(names)+1)
		}
		resource := &cilium.NetworkPolicy{
			EndpointId:             uint64(set.id), // for logs, where the identity says more than any other number
			IngressPerPortPolicies: set.ports.ingress, EgressPerPortPolicies: set.ports.egress,
			Audit: s.Audit,
		}
		for _, a := range addresses {
			resource.EndpointIps = append(resource.EndpointIps, a.String())
		}
		into[name] = resource
		names = append(names, name)
	}
	return names
}

// portPolicies are what endpoints with the same labels share.
type portPolicies struct{ ingress, egress []*cilium.PortNetworkPolicy }

// portPolicies builds what the endpoints of a set share. Sets with the same rules share it too.
func (c *Compiler) portPolicies(set *labelSet, shared map[string]*portPolicies) (*portPolicies, error) {
	rules := set.orderedRules()
	key := keyOf(rules)
	if ports := shared[key]; ports != nil {
		return ports, nil
	}
	var clauses []*liveClause
	for _, r := range rules {
		clauses = append(clauses, r.clauses...)
	}
	for _, clause := range clauses {
		c.index.resolve(clause)
	}
	ports := &portPolicies{c.settings.direction(clauses, true), c.settings.direction(clauses, false)}
	if err := checkPorts(ports, c.parsers); err != nil {
		return nil, ofEndpoint(set.first(), err)
	}
	shared[key] = ports
	return ports, nil
}

// checkPorts compiles as the proxies will.
func checkPorts(ports *portPolicies, parsers policy.RuleParsers) error {
	resource := &cilium.NetworkPolicy{
		EndpointIps: []string{"0.0.0.0"}, IngressPerPortPolicies: ports.ingress, EgressPerPortPolicies: ports.egress,
	}
	_, err := policy.Compile([]*cilium.NetworkPolicy{resource}, parsers)
	return err
}

// ofEndpoint names the endpoint of an error, which is that of the addresses that stood for it.
func ofEndpoint(name string, err error) error {
	if e := policy.ErrorOf(err); e != nil {
		return e.Of(name)
	}
	return fmt.Errorf("endpoint %s: %w", name, err)
}

// RuleName is the name by which access logs speak of a part of a policy.
func RuleName(p *cnp.Policy, place cnp.Place) string { return p.Key() + " " + place.Path }

// Result is all that is compiled. It is immutable.
type Result struct {
	// Policies and Hosts are by the keys of [Changed].
	Policies   map[string]*cilium.NetworkPolicy
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

// Result returns all that is compiled.
func (c *Compiler) Result() *Result {
	return &Result{maps.Clone(c.resources), maps.Clone(c.hosts), c.index.identities()}
}

// Identities returns the number of identities that are in use.
func (c *Compiler) Identities() int { return len(c.index.sets) + len(c.index.prefixes) }

// Offline compiles documents by themselves, with identities that hold for nobody else.
func Offline(content *cnp.Content, settings Settings, parsers policy.RuleParsers) (*Result, error) {
	numbers, err := identity.NewNumbers(nil)
	if err != nil {
		return nil, err
	}
	return New(settings, parsers, numbers).Compile(content)
}

// Compile compiles all of some policies and endpoints.
func (c *Compiler) Compile(content *cnp.Content) (*Result, error) {
	change := Change{map[string]*cnp.Policy{}, map[string]*identity.Endpoint{}}
	for _, p := range content.Policies {
		change.Policies[p.Key()] = p
	}
	for _, e := range content.Endpoints {
		change.Endpoints[e.Key()] = e
	}
	if _, err := c.Update(change); err != nil {
		return nil, err
	}
	return c.Result(), nil
}

// Resources lists the policies in the order of their names.
func (r *Result) Resources() []*cilium.NetworkPolicy {
	list := make([]*cilium.NetworkPolicy, 0, len(r.Policies))
	for _, name := range slices.Sorted(maps.Keys(r.Policies)) {
		list = append(list, r.Policies[name])
	}
	return list
}
