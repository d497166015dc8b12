package decompile

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/cnp"
)

// The labels of endpoints.
const (
	identityLabel   = "identity"
	endpointIDLabel = "endpoint-id"
	// nameLabel holds the name of the endpoint, by which its policy selects it.
	nameLabel = "endpoint"
)

// Decompile returns a list of documents, in JSON. hosts say what the numbers stand for that rules name; nil if that is not known.
// The error joins all that is refused.
func Decompile(policies []*cilium.NetworkPolicy, hosts []*cilium.NetworkPolicyHosts) ([]byte, error) {
	d := &decompiler{withHosts: hosts != nil, endpoints: map[netip.Addr]bool{}, members: map[uint32]bool{}}
	if err := d.prefixes.add(hosts); err != nil {
		return nil, err
	}
	var endpoints, items []any
	for i, p := range policies {
		endpoints = append(endpoints, d.endpoint(i, p))
	}
	d.prefixes.leaveOut(d.endpoints)
	for i, p := range policies {
		items = append(items, object{
			"apiVersion": cnp.APIVersion, "kind": cnp.KindNamespaced, "metadata": object{"name": endpointName(i)},
			"specs": d.specs(i, p),
		})
	}
	if err := errors.Join(d.refusals...); err != nil {
		return nil, err
	}
	return json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": append(items, endpoints...)})
}

// object is a mapping of a document.
type object = map[string]any

// decompiler knows what the numbers stand for.
type decompiler struct {
	// withHosts: there are hosts to look numbers up in.
	withHosts bool
	prefixes  prefixes
	// endpoints are the addresses that have policies, members the identities of those.
	endpoints map[netip.Addr]bool
	members   map[uint32]bool
	refusals  []error
}

// refuse notes what cannot be written.
func (d *decompiler) refuse(path, format string, args ...any) {
	d.refusals = append(d.refusals, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func endpointName(i int) string { return fmt.Sprintf("endpoint-%d", i+1) }

// endpoint writes the endpoint that a policy is for.
func (d *decompiler) endpoint(i int, p *cilium.NetworkPolicy) any {
	path, labels := fmt.Sprintf("resources[%d].endpoint_ips", i), object{nameLabel: endpointName(i)}
	if id := p.GetEndpointId(); id != 0 {
		labels[endpointIDLabel] = fmt.Sprint(id)
	}
	if n := len(p.GetEndpointIps()); n < 1 || n > 2 {
		d.refuse(path, "has %d entries, want one or two", n)
	}
	ids := map[uint32]bool{}
	for _, text := range p.GetEndpointIps() {
		addr, err := netip.ParseAddr(text)
		addr = addr.Unmap()
		if err != nil || d.endpoints[addr] {
			d.refuse(path, "%q is not an IP address, or given twice", text)
			continue
		}
		id := d.prefixes.of(addr)
		d.endpoints[addr], d.members[id], ids[id] = true, true, true
		if id != 0 {
			labels[identityLabel] = fmt.Sprint(id)
		}
	}
	if len(ids) > 1 {
		d.refuse(path, "%s have different identities, and an endpoint has one", strings.Join(p.GetEndpointIps(), " and "))
	}
	return object{
		"apiVersion": cnp.EndpointAPIVersion, "kind": cnp.KindEndpoint,
		"metadata":  object{"name": endpointName(i), "labels": labels},
		"addresses": p.GetEndpointIps(),
	}
}
