package policyserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/store"
)

// Errors of [Server.Apply] that are no fault of a document.
var (
	// ErrUnknown: what is to be deleted is not there.
	ErrUnknown = errors.New("there is none of that name")
	// ErrOwned: another source has put it there.
	ErrOwned = errors.New("it belongs to another source")
	// ErrPersist: the change could not be stored, so it was not made.
	ErrPersist = errors.New("the change cannot be stored")
)

// Change is a set of changes that are made together or not at all.
type Change struct {
	// Source is where the change comes from, By is who asks for it.
	Source store.Source
	By     Actor
	// Put is what is to be there from now on.
	Put cnp.Content
	// DeletePolicies and DeleteEndpoints are keys of what is deleted.
	DeletePolicies, DeleteEndpoints []string
	// Replace: everything else that the source has is deleted too.
	Replace bool
}

// Refusal is why a source's last change was refused.
type Refusal struct {
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
}

// Apply makes a change and returns the revision that has it. When it returns nil, the change is stored, and on its way to
// the proxies. The error says why all of the change is refused.
func (s *Server) Apply(c Change) (revision uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.apply(c); err != nil {
		if !errors.Is(err, ErrUnknown) {
			s.refuse(c.Source, c.By, err)
		}
		return 0, err
	}
	delete(s.refusals, c.Source)
	return s.revision, nil
}

// Refuse notes that a change of a source was refused before it came to [Server.Apply].
func (s *Server) Refuse(source store.Source, by Actor, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse(source, by, err)
}

func (s *Server) refuse(source store.Source, by Actor, err error) {
	reason := policy.Reason(err)
	if old := s.refusals[source]; old == nil || old.Reason != reason {
		s.config.Log.WithFields(by.fields()).WithFields(logrus.Fields{"source": string(source), "error": reason}).
			Warn("policy change is refused; the policies before it stay in force")
	}
	s.refusals[source] = &Refusal{time.Now(), reason}
}

func (s *Server) apply(c Change) error {
	policies, err := s.changedPolicies(c)
	if err != nil {
		return err
	}
	endpoints, err := s.changedEndpoints(c)
	if err != nil {
		return err
	}
	if len(policies)+len(endpoints) == 0 {
		return nil
	}
	changed, err := s.compile(compile.Change{Policies: policies, Endpoints: endpoints})
	if err != nil {
		return err
	}
	if err := s.persist(c.Source, policies, endpoints); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrPersist, err), s.compileAll())
	}
	s.revision, s.changed = s.revision+1, time.Now()
	fields := c.By.fields()
	audited(fields, "policies", policies)
	audited(fields, "endpoints", endpoints)
	s.config.Log.WithFields(fields).WithFields(logrus.Fields{"source": string(c.Source), "revision": s.revision}).
		Info("policy change is accepted")
	s.warn(c.Source, policies)
	if s.publisher != nil {
		s.publisher.publish(s.revision, changed)
	}
	return nil
}

// warn logs the warnings of policies that were put. Those of the directory are logged when its files are read.
func (s *Server) warn(source store.Source, policies map[string]*cnp.Policy) {
	if source == store.Directory {
		return
	}
	var warnings []string
	for _, key := range slices.Sorted(maps.Keys(policies)) {
		if p := policies[key]; p != nil {
			warnings = append(warnings, warningsOf(p)...)
		}
	}
	for _, warning := range policy.Lines(warnings) {
		s.config.Log.WithField("source", string(source)).Warn(warning)
	}
}

// compile compiles a change. A fault of the compilation is an error, not the end of the server; what is in force is
// then compiled again, since the state after the fault is unknown.
func (s *Server) compile(c compile.Change) (changed *compile.Changed, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			changed, err = nil, errors.Join(fmt.Errorf("panic: %v", cause), s.compileAll())
		}
	}()
	return s.compiler.Update(c)
}

// persist stores a change that has been compiled, in the file and in memory.
func (s *Server) persist(
	source store.Source, policies map[string]*cnp.Policy, endpoints map[string]*identity.Endpoint,
) error {
	saved := store.Change{
		Revision: s.revision + 1, Numbers: s.numbers.Added(),
		Policies: map[string]store.Item{}, Endpoints: map[string]store.Item{},
	}
	for key, p := range policies {
		saved.Policies[key] = store.Item{}
		if p != nil {
			saved.Policies[key] = store.Item{Source: source, Document: p.Document}
		}
	}
	for key, e := range endpoints {
		saved.Endpoints[key] = store.Item{}
		if e != nil {
			document, err := cnp.EncodeEndpoint(e)
			if err != nil {
				return err
			}
			saved.Endpoints[key] = store.Item{Source: source, Document: document}
		}
	}
	if err := s.store.Save(saved); err != nil {
		return err
	}
	s.numbers.Stored()
	for key, p := range policies {
		if delete(s.policies, key); p != nil {
			s.policies[key] = ownedPolicy{source, p}
		}
	}
	for key, e := range endpoints {
		if delete(s.endpoints, key); e != nil {
			s.endpoints[key] = ownedEndpoint{source, e}
		}
	}
	return nil
}

// changedPolicies finds what a change makes of policies; nil is one that goes.
func (s *Server) changedPolicies(c Change) (map[string]*cnp.Policy, error) {
	var errs []error
	changed, put := map[string]*cnp.Policy{}, map[string]bool{}
	for _, p := range c.Put.Policies {
		key := p.Key()
		old, there := s.policies[key]
		put[key] = true
		switch {
		case there && old.source != c.Source:
			errs = append(errs, owned("policy", key, old.source))
		case there && string(old.Document) == string(p.Document):
		default:
			if err := compile.Check(p, s.config.Parsers); err != nil {
				errs = append(errs, fmt.Errorf("policy %s: %w", key, err))
			}
			changed[key] = p
		}
	}
	for _, key := range c.DeletePolicies {
		old, there := s.policies[key]
		errs = append(errs, mayDelete("policy", key, there, old.source, c.Source))
		changed[key] = nil
	}
	for key, p := range s.policies {
		if c.Replace && p.source == c.Source && !put[key] {
			changed[key] = nil
		}
	}
	return changed, errors.Join(errs...)
}

// changedEndpoints finds what a change makes of endpoints; nil is one that goes.
func (s *Server) changedEndpoints(c Change) (map[string]*identity.Endpoint, error) {
	var errs []error
	changed, put := map[string]*identity.Endpoint{}, map[string]bool{}
	for _, e := range c.Put.Endpoints {
		key := e.Key()
		old, there := s.endpoints[key]
		put[key] = true
		switch {
		case there && old.source != c.Source:
			errs = append(errs, owned("endpoint", key, old.source))
		case there && old.Equal(e):
		default:
			changed[key] = e
		}
	}
	for _, key := range c.DeleteEndpoints {
		old, there := s.endpoints[key]
		errs = append(errs, mayDelete("endpoint", key, there, old.source, c.Source))
		changed[key] = nil
	}
	for key, e := range s.endpoints {
		if c.Replace && e.source == c.Source && !put[key] {
			changed[key] = nil
		}
	}
	return changed, errors.Join(errs...)
}

// mayDelete returns why a source may not delete an item.
func mayDelete(kind, key string, there bool, of, by store.Source) error {
	switch {
	case !there:
		return fmt.Errorf("%s %s: %w", kind, key, ErrUnknown)
	case of != by:
		return owned(kind, key, of)
	}
	return nil
}

func owned(kind, key string, by store.Source) error {
	return fmt.Errorf("%s %s: %w: %s; change it there", kind, key, ErrOwned, by)
}
