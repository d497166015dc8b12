package policyserver

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/live"
	"github.com/proxylib/proxylib/policyserver/store"
	"github.com/proxylib/proxylib/policyserver/xds"
)

// Config says how a server works.
type Config struct {
	// State is the file in which everything is stored.
	State string
	// Directory holds documents; empty is none. It is watched, and what is in it cannot be changed otherwise.
	Directory string
	// Parsers check L7 rules.
	Parsers policy.RuleParsers
	// Settings say what is enforced beside the policies.
	Settings compile.Settings
	// Log takes what an operator must know.
	Log logrus.FieldLogger
}

// Server is a policy server without its listeners. It may be used from several threads at once.
type Server struct {
	config  Config
	store   *store.Store
	started time.Time

	mu        sync.Mutex
	compiler  *compile.Compiler
	numbers   *identity.Numbers
	revision  uint64
	policies  map[string]ownedPolicy
	endpoints map[string]ownedEndpoint
	changed   time.Time
	refusals  map[store.Source]*Refusal

	// Live is what libraries send for people to see.
	Live *live.Hub
	// Policies and Hosts are what NPDS and NPHDS serve.
	Policies, Hosts *xds.Cache

	publisher *publisher
	directory *directory
}

type ownedPolicy struct {
	source store.Source
	*cnp.Policy
}

type ownedEndpoint struct {
	source store.Source
	*identity.Endpoint
}

// Open starts a server with what its state file holds, and with what is in its directory. The error says what an
// operator must correct. The caller must close the server.
func Open(config Config) (*Server, error) {
	state, err := store.Open(config.State)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: config, store: state, started: time.Now(), refusals: map[store.Source]*Refusal{},
		Live: live.NewHub(), policies: map[string]ownedPolicy{}, endpoints: map[string]ownedEndpoint{},
		Policies: xds.NewCache(&cilium.NetworkPolicy{}), Hosts: xds.NewCache(&cilium.NetworkPolicyHosts{}),
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, state.Close())
	}
	return s, nil
}

func (s *Server) start() error {
	state, err := s.store.Load()
	if err != nil {
		return err
	}
	if err := s.restore(state); err != nil {
		return fmt.Errorf("state file %s: %w", s.config.State, err)
	}
	if s.config.Directory == "" {
		if _, err := s.Apply(Change{Source: store.Directory, Replace: true}); err != nil {
			return fmt.Errorf("released what an earlier directory held: %w", err)
		}
	} else if s.directory, err = watch(s); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publisher = startPublisher(s.Policies, s.Hosts)
	all := s.compiler.Result()
	s.publisher.publish(s.revision, &compile.Changed{Policies: all.Policies, Hosts: all.Hosts})
	return nil
}

// restore loads what was stored.
func (s *Server) restore(state *store.State) (err error) {
	if s.numbers, err = identity.NewNumbers(state.Numbers); err != nil {
		return err
	}
	s.revision = state.Revision
	for key, item := range state.Policies {
		content, err := cnp.Decode(item.Document, "")
		if err != nil || len(content.Policies) != 1 {
			return fmt.Errorf("policy %s cannot be used by this build: %w", key, err)
		}
		s.policies[key] = ownedPolicy{item.Source, content.Policies[0]}
	}
	for key, item := range state.Endpoints {
		content, err := cnp.Decode(item.Document, "")
		if err != nil || len(content.Endpoints) != 1 {
			return fmt.Errorf("endpoint %s cannot be used by this build: %w", key, err)
		}
		s.endpoints[key] = ownedEndpoint{item.Source, content.Endpoints[0]}
	}
	if err := s.compileAll(); err != nil {
		return err
	}
	return s.storeNumbers()
}

// compileAll compiles what is there from the beginning.
func (s *Server) compileAll() error {
	all := compile.Change{Policies: map[string]*cnp.Policy{}, Endpoints: map[string]*identity.Endpoint{}}
	for key, p := range s.policies {
		all.Policies[key] = p.Policy
	}
	for key, e := range s.endpoints {
		all.Endpoints[key] = e.Endpoint
	}
	s.compiler = compile.New(s.config.Settings, s.config.Parsers, s.numbers)
	_, err := s.compiler.Update(all)
	return err
}

// storeNumbers stores numbers that were assigned without a change, such as by a newer build.
func (s *Server) storeNumbers() error {
	if len(s.numbers.Added()) == 0 {
		return nil
	}
	if err := s.store.Save(store.Change{Revision: s.revision, Numbers: s.numbers.Added()}); err != nil {
		return err
	}
	s.numbers.Stored()
	return nil
}

// Check returns why documents could not be put, or nil, and changes nothing.
func (s *Server) Check(content *cnp.Content) error {
	errs := []error{content.Unique()}
	for _, p := range content.Policies {
		if err := compile.Check(p, s.config.Parsers); err != nil {
			errs = append(errs, fmt.Errorf("policy %s: %w", p.Key(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := compile.Offline(content, s.config.Settings, s.config.Parsers)
	return err
}

// Settings says what is enforced beside the policies.
func (s *Server) Settings() compile.Settings { return s.config.Settings }

// Log returns what takes what an operator must know.
func (s *Server) Log() logrus.FieldLogger { return s.config.Log }

// Close stops the server and waits until that is done. What is stored stays.
func (s *Server) Close() error {
	if s.directory != nil {
		s.directory.close()
	}
	if s.publisher != nil {
		s.publisher.close()
	}
	return s.store.Close()
}
