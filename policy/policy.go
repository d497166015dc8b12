// Package policy compiles the network policies that NPDS delivers into immutable snapshots, and decides requests.
package policy

import (
	"sync/atomic"

	"github.com/proxylib/proxylib/api/cilium"
)

// Snapshot is a whole policy, compiled and immutable. It may be used from several threads at once.
type Snapshot struct{}

// Compile checks and compiles all resources. The error says which resource, rule and key is wrong; nothing of an update
// that has one comes into force.
func Compile(resources []*cilium.NetworkPolicy, parsers RuleParsers) (*Snapshot, error) {
	return &Snapshot{}, nil
}

// Lookup returns the rules for a destination port of an endpoint, or nil where there are none, which denies.
func (s *Snapshot) Lookup(policyName string, ingress bool, port uint16) *PortRules { return nil }

// PortRules are the rules that apply to one port.
type PortRules struct{}

// Request is what a decision depends on.
type Request struct {
	RemoteID   uint32
	ProxyID    uint32
	ServerName string
	// Parser is the name of the parser that serves the connection, L7 what it asks about.
	Parser string
	L7     any
}

// Verdict is a decision.
type Verdict struct {
	Allowed bool
	// Rule is the name of the rule that decided, if it has one.
	Rule string
}

// Decide evaluates the rules; nil denies. It takes no lock and allocates nothing.
func (p *PortRules) Decide(r Request) Verdict { return Verdict{} }

// Store holds the snapshot in force. The zero value denies everything.
type Store struct{ current atomic.Pointer[Snapshot] }

var nothing Snapshot

// Current returns the snapshot in force; never nil.
func (s *Store) Current() *Snapshot {
	if p := s.current.Load(); p != nil {
		return p
	}
	return &nothing
}

// Replace puts a snapshot in force. Requests that are decided from then on see it.
func (s *Store) Replace(p *Snapshot) { s.current.Store(p) }
