package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/rest"
	"github.com/proxylib/proxylib/policyserver/store"
)

// serverContent is what a server has in force.
type serverContent struct {
	content  cnp.Content
	settings compile.Settings
	// sources are by "policy KEY" and "endpoint KEY".
	sources map[string]store.Source
}

// current reads what the server has in force.
func (c *apiClient) current(ctx context.Context) (*serverContent, error) {
	status := policyserver.Status{}
	if err := c.call(ctx, "GET", "/v1/status", nil, &status); err != nil {
		return nil, err
	}
	s := &serverContent{
		settings: compile.Settings{AllowUnselected: status.Default == "allow", Audit: status.Audit},
		sources:  map[string]store.Source{},
	}
	for kind, one := range map[string]string{"policies": "policy", "endpoints": "endpoint"} {
		list := rest.List[rest.Item]{}
		if err := c.call(ctx, "GET", "/v1/"+kind, nil, &list); err != nil {
			return nil, err
		}
		documents := []json.RawMessage{}
		for _, item := range list.Items {
			documents = append(documents, item.Document)
			s.sources[one+" "+item.Key] = item.Source
		}
		text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": documents})
		if err != nil {
			return nil, err
		}
		part, err := cnp.Decode(text, "")
		if err != nil {
			return nil, fmt.Errorf("the server's %s cannot be read by this build: %w", kind, err)
		}
		s.content.Add(part)
	}
	return s, nil
}
