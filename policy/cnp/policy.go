package cnp

import (
	"net/netip"
	"slices"

	"github.com/proxylib/proxylib/policy/identity"
)

// Policy is one document, decoded. It is immutable.
type Policy struct {
	// Namespace is empty for a policy that is cluster-wide.
	Namespace, Name string
	Rules           []Rule
	// Document is the policy as a JSON document by itself, which decodes to the same policy.
	Document []byte
	// Line is where the document begins.
	Line int
	// Warnings are those of the document.
	Warnings []*Warning
}

// Clusterwide is what stands for the namespace of a cluster-wide policy in keys and paths.
const Clusterwide = "-"

// Key names a policy among all: namespace/name.
func (p *Policy) Key() string { return Key(p.Namespace, p.Name) }

// Key names a policy; see [Policy.Key].
func Key(namespace, name string) string {
	if namespace == "" {
		namespace = Clusterwide
	}
	return namespace + "/" + name
}

// Rule is one spec: the endpoints that it protects, and what it says about them. What no clause of a direction allows is denied, as
// soon as there is a clause for that direction.
type Rule struct {
	// Subject selects the endpoints whose policy this is.
	Subject identity.Selector
	Clauses []Clause
}

// Clause is one entry of ingress, egress, ingressDeny or egressDeny: these peers, on these ports.
type Clause struct {
	Place
	Ingress, Deny bool
	Peers         Peers
	// Ports are alternatives; none means every port.
	Ports []PortRule
}

// Place is where something was written.
type Place struct {
	Line int
	Path string
}

// Peers are the remote side. The zero value has none.
type Peers struct {
	// Anyone: every peer, known or not.
	Anyone    bool
	Endpoints []identity.Selector
	CIDRs     []CIDR
	// Entities are the names of reserved identities, or EntityCluster.
	Entities []string
}

// The entities that are no reserved identity by themselves.
const (
	EntityAll     = "all"
	EntityCluster = "cluster"
	EntityNone    = "none"
)

// CIDR is a prefix without some prefixes inside it.
type CIDR struct {
	Prefix netip.Prefix
	Except []netip.Prefix
}

// PortRule is one entry of toPorts.
type PortRule struct {
	Place
	Ports       []Port
	ServerNames []string
	// Parser names the parser whose requests L7 or Kafka speaks of; empty means that every request is meant.
	Parser string
	// L7 are alternatives; none means any request of the parser.
	L7 []map[string]string
	// Bare are the keys that were written by themselves and without a value, in the place of an entry of L7 that is empty.
	// They mean any request, if the parser knows them.
	Bare []string
	// Kafka are alternatives in the older form for Kafka, not together with L7.
	Kafka []KafkaRule
	// HTTP are alternatives for requests of HTTP, not together with a parser.
	HTTP []HTTPRule
}

// Port is a range of ports, of TCP, UDP or both.
type Port struct {
	// First is 0 for every port; Last is never below First.
	First, Last uint16
	TCP, UDP    bool
}

// KafkaRule is what one entry of rules.kafka allows.
type KafkaRule struct {
	// APIKeys are the kinds of requests; none means any.
	APIKeys []int32
	// APIVersion is -1 for any.
	APIVersion      int32
	ClientID, Topic string
}

// Governs reports whether the policy says something about a direction of the endpoints with the labels, so that what
// nothing allows is denied there.
func (p *Policy) Governs(labels identity.Labels, ingress bool) bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return r.Subject.Matches(labels) &&
			slices.ContainsFunc(r.Clauses, func(c Clause) bool { return c.Ingress == ingress })
	})
}
