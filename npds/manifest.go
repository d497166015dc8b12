//go:build !wasip1

package npds

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
)

// ofManifests reports whether the first document is one of those that package cnp reads: it has an apiVersion, or is a list
// of rules with an endpointSelector.
func ofManifests(document []byte) bool {
	root, err := cnp.NewDocuments(document).Next()
	if err != nil {
		return false
	}
	if root.Kind == yaml.SequenceNode {
		return len(root.Content) > 0 && hasKey(root.Content[0], "endpointSelector")
	}
	return hasKey(root, "apiVersion")
}

func hasKey(node *yaml.Node, key string) bool {
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return true
		}
	}
	return false
}

// compileManifests compiles a document of policies and endpoints. What no policy allows is denied.
func (c *documentCompiler) compileManifests(document []byte) (*Document, error) {
	content, err := cnp.Examine(document, "file", func(p *cnp.Policy) error { return compile.Check(p, c.parsers) })
	if err != nil {
		return nil, err
	}
	result, err := compile.New(compile.Settings{}, c.parsers, c.numbers).Compile(content)
	if err != nil {
		return nil, err
	}
	d := &Document{Identities: &policy.Identities{}}
	for _, hosts := range result.Hosts {
		for _, prefix := range hosts.GetHostAddresses() {
			if err := d.Identities.Add(prefix, uint32(hosts.GetPolicy())); err != nil {
				return nil, fmt.Errorf("identity %d: %w", hosts.GetPolicy(), err)
			}
		}
	}
	for _, w := range content.Warnings {
		d.Warnings = append(d.Warnings, w.String())
	}
	d.Policies, err = policy.Compile(result.Resources(), c.parsers)
	return d, err
}
