package policy

import (
	"github.com/proxylib/proxylib/api/cilium"
)

// Endpoint is the policy of one endpoint, compiled and immutable.
type Endpoint struct {
	addresses       []string
	ingress, egress portTable
	// elsewhere are the rules of ports that have none.
	elsewhere *PortRules
	// unknown are the port entries that no parser can judge; nil where there are none.
	unknown *unknownParsers
}

// Addresses returns the addresses by which the policy is found, in the form in which a [Snapshot] knows them. They must
// not be changed.
func (e *Endpoint) Addresses() []string { return e.addresses }

// Endpoint compiles a resource, which is not retained, and does not add it. The error is an [*Error]; other resources
// may be compiled after it.
func (c *Compiler) Endpoint(r *cilium.NetworkPolicy) (*Endpoint, error) {
	e, err := c.compilation.endpoint(r)
	if err != nil {
		return nil, inner(err).Of(label(r))
	}
	return e, nil
}

func (c *compilation) endpoint(r *cilium.NetworkPolicy) (e *Endpoint, err error) {
	e = &Endpoint{elsewhere: noRules}
	if e.addresses, err = Addresses(r); err != nil {
		return nil, err
	}
	c.unknown = nil
	if e.ingress, err = compileDirection("ingress", r.GetIngressPerPortPolicies(), c); err != nil {
		return nil, err
	}
	if e.egress, err = compileDirection("egress", r.GetEgressPerPortPolicies(), c); err != nil {
		return nil, err
	}
	if c.unknown != nil {
		e.unknown = &unknownParsers{e.addresses[0], c.unknown}
	}
	if r.GetAudit() {
		e.elsewhere = &PortRules{audit: true}
		e.ingress.audit()
		e.egress.audit()
	}
	return e, nil
}
