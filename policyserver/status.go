package policyserver

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policyserver/store"
	"github.com/proxylib/proxylib/policyserver/xds"
)

// Status is the state of a server.
type Status struct {
	Started time.Time `json:"started"`
	// Revision counts accepted changes; Changed is when the last was accepted since the start.
	Revision uint64    `json:"revision"`
	Changed  time.Time `json:"changed,omitzero"`

	Policies   int `json:"policies"`
	Endpoints  int `json:"endpoints"`
	Identities int `json:"identities"`
	// Default is what holds where no policy selects an endpoint, "deny" or "allow"; Audit lets everything pass.
	Default string `json:"default"`
	Audit   bool   `json:"audit"`
	// Refusals are the reasons of the sources whose last change was refused.
	Refusals map[store.Source]*Refusal `json:"refusals"`
	// Unreadable are the reasons of the sources that cannot be read now, with the time since when. What was read of them
	// before stays in force.
	Unreadable map[store.Source]*Refusal `json:"unreadable"`
	// Warnings say, a line each, what the policies in force have that has no effect, or another than it seems to have; if
	// there are many, not all of them. WarningCount is the number of all.
	Warnings     []string `json:"warnings"`
	WarningCount int      `json:"warningCount"`
	// Served are the streams by their protocol.
	Served map[string]Served `json:"served"`
}

// Served is the state of one discovery service.
type Served struct {
	Version   string       `json:"version"`
	Resources int          `json:"resources"`
	Clients   []xds.Client `json:"clients"`
}

// Status returns the state of the server now.
func (s *Server) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{
		Started: s.started, Revision: s.revision, Changed: s.changed, Default: "deny", Audit: s.config.Settings.Audit,
		Policies: len(s.policies), Endpoints: len(s.endpoints), Identities: s.compiler.Identities(),
		Refusals: maps.Clone(s.refusals), Unreadable: s.unreadable(), Served: map[string]Served{},
	}
	if s.config.Settings.AllowUnselected {
		status.Default = "allow"
	}
	warnings := s.warnings()
	status.Warnings, status.WarningCount = append([]string{}, policy.Lines(warnings)...), len(warnings)
	for name, cache := range map[string]*xds.Cache{"npds": s.Policies, "nphds": s.Hosts} {
		version, resources := cache.Version()
		status.Served[name] = Served{version, resources, cache.Clients()}
	}
	return status
}

// warnings are those of the policies in force, in the order of their keys.
func (s *Server) warnings() (list []string) {
	var keys []string
	for key, p := range s.policies {
		if len(p.Warnings) > 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		list = append(list, warningsOf(s.policies[key].Policy)...)
	}
	return list
}

// warningsOf are the warnings of a policy. The lines of the document that it came in are no longer known.
func warningsOf(p *cnp.Policy) (list []string) {
	for _, w := range p.Warnings {
		list = append(list, fmt.Sprintf("policy %s: %s: %s", p.Key(), w.Path, w.Reason))
	}
	return list
}

// unreadable are the sources that cannot be read now.
func (s *Server) unreadable() map[store.Source]*Refusal {
	unreadable := map[store.Source]*Refusal{}
	if s.directory == nil {
		return unreadable
	}
	if fault := s.directory.watcher.Fault(); fault.Err != nil {
		unreadable[store.Directory] = &Refusal{fault.Since, fault.Err.Error()}
	}
	return unreadable
}

// Document is a policy or an endpoint as it was put, with what is known of it.
type Document struct {
	Key    string
	Source store.Source
	Text   []byte
}

// PolicyDocuments lists all policies by their keys.
func (s *Server) PolicyDocuments() []Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Document, 0, len(s.policies))
	for _, key := range slices.Sorted(maps.Keys(s.policies)) {
		list = append(list, Document{key, s.policies[key].source, s.policies[key].Document})
	}
	return list
}

// Result returns all that is compiled now.
func (s *Server) Result() *compile.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compiler.Result()
}

// has reports whether anything is from a source.
func (s *Server) has(source store.Source) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.policies {
		if p.source == source {
			return true
		}
	}
	for _, e := range s.endpoints {
		if e.source == source {
			return true
		}
	}
	return false
}

// EndpointDocuments lists all endpoints by their keys.
func (s *Server) EndpointDocuments() []Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Document, 0, len(s.endpoints))
	for _, key := range slices.Sorted(maps.Keys(s.endpoints)) {
		// What has been accepted was encoded before.
		text, _ := cnp.EncodeEndpoint(s.endpoints[key].Endpoint)
		list = append(list, Document{key, s.endpoints[key].source, text})
	}
	return list
}
