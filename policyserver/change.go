package policyserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
	"github.com/proxylib/proxylib/policyserver/identity"
	"github.com/proxylib/proxylib/policyserver/store"
)

// Errors of [Server.Apply] that are no fault of a document.
var (
	// ErrUnknown: what is to be deleted is not there.
	ErrUnknown = errors.New("there is none of that name")
	// ErrOwned: another source has put it there.
	ErrOwned = errors.New("it belongs to another source")
	// ErrKeep: the change could not be kept, so it was not made.
	ErrKeep = errors.New("the change can not be kept")
)

// Change is a set of changes that are made together or not at all.
type Change struct {
	// Source is who asks.
	Source store.Source
	// Put is what is to be there from now on.
	Put cnp.Content
	// DeletePolicies and DeleteEndpoints are keys of what has to go.
	DeletePolicies, DeleteEndpoints []string
	// Replace: whatever else the source has has to go too.
	Replace bool
}

// Refusal is why a source's last change was refused.
type Refusal struct {
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
}

// Apply makes a change and returns the revision that has it. When it returns nil, the change is kept, and on its way to
// the proxies. The error says why all of the change is refused.
func (s *Server) Apply(c Change) (revision uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.apply(c); err != nil {
		if !errors.Is(err, ErrUnknown) {
			s.refuse(c.Source, err)
		}
		return 0, err
	}
	delete(s.refusals, c.Source)
	return s.revision, nil
}

// Refuse notes that a change of a source was refused before it came to [Server.Apply].
func (s *Server) Refuse(source store.Source, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse(source, err)
}

func (s *Server) refuse(source store.Source, err error) {
	if old := s.refusals[source]; old == nil || old.Reason != err.Error() {
		s.config.Log.WithField("source", string(source)).WithError(err).
			Warn("policy change is refused; the policies before it stay in force")
	}
	s.refusals[source] = &Refusal{time.Now(), err.Error()}
}

func (s *Server) apply(c Change) error {
	policies, endpoints := maps.Clone(s.policies), maps.Clone(s.endpoints)
	saved := store.Change{Revision: s.revision + 1, Policies: map[string]store.Item{}, Endpoints: map[string]store.Item{}}
	if err := s.changePolicies(c, policies, saved.Policies); err != nil {
		return err
	}
	if err := s.changeEndpoints(c, endpoints, saved.Endpoints); err != nil {
		return err
	}
	if len(saved.Policies)+len(saved.Endpoints) == 0 {
		return nil
	}
	result, err := s.compile(policies, endpoints)
	if err != nil {
		return err
	}
	saved.Numbers = s.numbers.Added()
	if err := s.store.Save(saved); err != nil {
		return fmt.Errorf("%w: %w", ErrKeep, err)
	}
	s.numbers.Kept()
	s.policies, s.endpoints, s.result = policies, endpoints, result
	s.revision, s.changed = saved.Revision, time.Now()
	s.config.Log.WithField("source", string(c.Source)).WithField("revision", s.revision).Info("policy change is accepted")
	if s.publisher != nil {
		s.publisher.publish(s.revision, result)
	}
	return nil
}

// compile compiles what is or would be there. A fault of the compilation is an error, not the end of the server.
func (s *Server) compile(
	policies map[string]ownedPolicy, endpoints map[string]ownedEndpoint,
) (result *compile.Result, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			result, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	p := make([]*cnp.Policy, 0, len(policies))
	for _, each := range policies {
		p = append(p, each.Policy)
	}
	e := make([]*identity.Endpoint, 0, len(endpoints))
	for _, each := range endpoints {
		e = append(e, each.Endpoint)
	}
	return s.compiler.Compile(p, e)
}

// changePolicies changes the map in place, and notes what is to be saved.
func (s *Server) changePolicies(c Change, policies map[string]ownedPolicy, saved map[string]store.Item) error {
	var errs []error
	put := map[string]bool{}
	for _, p := range c.Put.Policies {
		old, there := policies[p.Key()]
		put[p.Key()] = true
		if there && old.source != c.Source {
			errs = append(errs, owned("policy", p.Key(), old.source))
			continue
		}
		if there && string(old.Document) == string(p.Document) {
			continue
		}
		if err := compile.Check(p, s.config.Parsers); err != nil {
			errs = append(errs, fmt.Errorf("policy %s: %w", p.Key(), err))
		}
		policies[p.Key()] = ownedPolicy{c.Source, p}
		saved[p.Key()] = store.Item{Source: c.Source, Document: p.Document}
	}
	gone := slices.Clone(c.DeletePolicies)
	for key, p := range s.policies {
		if c.Replace && p.source == c.Source && !put[key] {
			gone = append(gone, key)
		}
	}
	for _, key := range gone {
		old, there := policies[key]
		if !there {
			errs = append(errs, fmt.Errorf("policy %s: %w", key, ErrUnknown))
		} else if old.source != c.Source {
			errs = append(errs, owned("policy", key, old.source))
		}
		delete(policies, key)
		saved[key] = store.Item{}
	}
	return errors.Join(errs...)
}

// changeEndpoints changes the map in place, and notes what is to be saved.
func (s *Server) changeEndpoints(c Change, endpoints map[string]ownedEndpoint, saved map[string]store.Item) error {
	var errs []error
	put := map[string]bool{}
	for _, e := range c.Put.Endpoints {
		old, there := endpoints[e.Key()]
		put[e.Key()] = true
		if there && old.source != c.Source {
			errs = append(errs, owned("endpoint", e.Key(), old.source))
			continue
		}
		if there && old.Equal(e) {
			continue
		}
		document, err := cnp.EncodeEndpoint(e)
		errs = append(errs, err)
		endpoints[e.Key()] = ownedEndpoint{c.Source, e}
		saved[e.Key()] = store.Item{Source: c.Source, Document: document}
	}
	gone := slices.Clone(c.DeleteEndpoints)
	for key, e := range s.endpoints {
		if c.Replace && e.source == c.Source && !put[key] {
			gone = append(gone, key)
		}
	}
	for _, key := range gone {
		old, there := endpoints[key]
		if !there {
			errs = append(errs, fmt.Errorf("endpoint %s: %w", key, ErrUnknown))
		} else if old.source != c.Source {
			errs = append(errs, owned("endpoint", key, old.source))
		}
		delete(endpoints, key)
		saved[key] = store.Item{}
	}
	return errors.Join(errs...)
}

func owned(kind, key string, by store.Source) error {
	return fmt.Errorf("%s %s: %w: %s; change it there", kind, key, ErrOwned, by)
}
