package policy

import (
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

// Compiler compiles an update resource by resource, without retaining any. It belongs to one goroutine at a time.
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

// Add compiles a resource, which is not retained. The error is an [*Error]; nothing is added with it.
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
			return nil, inField("endpoint_ips", "%s is not an IP address", quote(ip))
		}
		name := addr.Unmap().String()
		if slices.Contains(names, name) {
			return nil, inField("endpoint_ips", "%s is given twice", name)
		}
		names = append(names, name)
	}
	return names, nil
}
