package identity

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Endpoint is someone with addresses: a server that a policy protects, or a client that policies speak of.
type Endpoint struct {
	// Namespace and Name distinguish endpoints.
	Namespace, Name string
	Labels          Labels
	// Addresses are IP addresses, IPv4 never mapped into IPv6.
	Addresses []netip.Addr
}

// namePattern matches the names of endpoints and namespaces, which are parts of URL paths.
var namePattern = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,251}[a-zA-Z0-9])?$`)

// CheckName reports whether a name can be that of an endpoint, a policy or a namespace.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q is not a name: want letters, digits, '-', '_' and '.', a letter or digit at both ends", name)
	}
	return nil
}

// Key names the endpoint among all.
func (e *Endpoint) Key() string { return e.Namespace + "/" + e.Name }

// Check returns what is wrong with an endpoint; nil if nothing is.
func (e *Endpoint) Check() error {
	if err := errors.Join(CheckName(e.Namespace), CheckName(e.Name)); err != nil {
		return err
	}
	if len(e.Addresses) == 0 {
		return errors.New("addresses: there are none, want one or more IP addresses")
	}
	seen := map[netip.Addr]bool{}
	for _, a := range e.Addresses {
		if !a.IsValid() || a.Zone() != "" || a.Is4In6() || a.IsUnspecified() {
			return fmt.Errorf("addresses: %s cannot be that of an endpoint", a)
		}
		if seen[a] {
			return fmt.Errorf("addresses: %s is given twice", a)
		}
		seen[a] = true
	}
	_, _, err := e.reserved()
	return err
}

// Identified returns the labels that make the endpoint's identity: its own and its namespace. What is reserved belongs
// to no namespace.
func (e *Endpoint) Identified() Labels {
	labels := maps.Clone(e.Labels)
	if labels == nil {
		labels = Labels{}
	}
	if !e.Reserved() {
		labels[NamespaceLabel] = e.Namespace
	}
	return labels
}

// Reserved reports whether the endpoint only lends addresses to a reserved identity, such as that of the host.
func (e *Endpoint) Reserved() bool {
	_, reserved, _ := e.reserved()
	return reserved
}

// reserved finds the reserved identity that the endpoint's label names.
func (e *Endpoint) reserved() (id ID, reserved bool, err error) {
	for label := range e.Labels {
		name, found := strings.CutPrefix(label, ReservedPrefix)
		switch id, known := reservedByName[name]; {
		case !found:
		case !known:
			return 0, true, fmt.Errorf("labels: %s is unknown", label)
		case OfWorld(id):
			return 0, true, fmt.Errorf("labels: %s has no addresses of its own", label)
		case len(e.Labels) > 1:
			return 0, true, fmt.Errorf("labels: %s excludes other labels", label)
		default:
			return id, true, nil
		}
	}
	if ns, given := e.Labels[NamespaceLabel]; given && ns != e.Namespace {
		return 0, false, fmt.Errorf("labels: %s is %q, but the endpoint's namespace is %q", NamespaceLabel, ns, e.Namespace)
	}
	return 0, false, nil
}

// Equal reports whether two endpoints are the same in everything.
func (e *Endpoint) Equal(o *Endpoint) bool {
	return e.Key() == o.Key() && maps.Equal(e.Labels, o.Labels) && slices.Equal(e.Addresses, o.Addresses)
}
