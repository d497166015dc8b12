package cli

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/rest"
	"github.com/proxylib/proxylib/policyserver/store"
)

// apiSource is the source of what this program puts in force.
const apiSource = store.API

// plannedChange is what importing a document would do.
type plannedChange struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	// Change is "new", "changed" or "unchanged".
	Change string `json:"change"`
}

// wouldImport reports what importing documents would do, after checking that they can be enforced together with what the
// server has.
func (c *apiClient) wouldImport(cmd *cobra.Command, output outputFlag, put *cnp.Content) error {
	current, err := c.current(cmd.Context())
	if err != nil {
		return err
	}
	merged, changes, err := current.with(put)
	if err != nil {
		return refused(err)
	}
	if _, err := compile.Offline(merged, current.settings, policy.Registered()); err != nil {
		return refused(err)
	}
	return output.print(cmd.OutOrStdout(), rest.List[plannedChange]{Items: changes}, "KIND\tNAMESPACE/NAME\tCHANGE",
		func(add func(...any)) {
			for _, change := range changes {
				add(change.Kind, change.Key, change.Change)
			}
		})
}

// with returns what the server would have after documents have been put, and what changes.
func (s *serverContent) with(put *cnp.Content) (*cnp.Content, []plannedChange, error) {
	merged, changes := &cnp.Content{}, []plannedChange{}
	policies, endpoints := map[string]*cnp.Policy{}, map[string]*identity.Endpoint{}
	for _, p := range s.content.Policies {
		policies[p.Key()] = p
	}
	for _, e := range s.content.Endpoints {
		endpoints[e.Key()] = e
	}
	for _, p := range put.Policies {
		old := policies[p.Key()]
		change, err := s.compare("policy", p.Key(), old != nil, old != nil && bytes.Equal(old.Document, p.Document))
		if err != nil {
			return nil, nil, err
		}
		policies[p.Key()], changes = p, append(changes, change)
	}
	for _, e := range put.Endpoints {
		old := endpoints[e.Key()]
		change, err := s.compare("endpoint", e.Key(), old != nil, old != nil && old.Equal(e))
		if err != nil {
			return nil, nil, err
		}
		endpoints[e.Key()], changes = e, append(changes, change)
	}
	for _, p := range policies {
		merged.Policies = append(merged.Policies, p)
	}
	for _, e := range endpoints {
		merged.Endpoints = append(merged.Endpoints, e)
	}
	return merged, changes, nil
}

// compare says what becomes of one item.
func (s *serverContent) compare(kind, key string, there, equal bool) (plannedChange, error) {
	if source := s.sources[kind+" "+key]; there && source != apiSource {
		return plannedChange{}, fmt.Errorf("%s %s belongs to another source: %s; change it there", kind, key, source)
	}
	switch {
	case !there:
		return plannedChange{kind, key, "new"}, nil
	case equal:
		return plannedChange{kind, key, "unchanged"}, nil
	}
	return plannedChange{kind, key, "changed"}, nil
}
