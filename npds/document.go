package npds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/identity"
)

// Document is what a policy file says, compiled.
type Document struct {
	Policies *policy.Snapshot
	// Identities are those of the addresses that the document knows.
	Identities *policy.Identities
	// Warnings say, a line each, what the document has that has no effect, or another than it seems to have.
	Warnings []string
}

// CompileDocument compiles the policies of a document in YAML or JSON, in one of two forms. Several YAML documents,
// parted by "---", add up. An error begins with the line it is about, where there is one.
//
// The one form holds resources of NPDS: a mapping with the key resources, or the bare list of resources, each a
// cilium.NetworkPolicy in protobuf's JSON form. What allows everything is written out in it: as the item {} of a list of
// rules, or as "allow: all" in a port or a rule. The other holds what package cnp reads: CiliumNetworkPolicy,
// CiliumClusterwideNetworkPolicy and Endpoint documents.
func CompileDocument(document []byte, parsers policy.RuleParsers) (*Document, error) {
	c, err := newDocumentCompiler(parsers)
	if err != nil {
		return nil, err
	}
	return c.compile(document)
}

// documentCompiler compiles the versions of one document. It gives the same identity the same number each time, for
// live connections keep theirs.
type documentCompiler struct {
	parsers policy.RuleParsers
	numbers *identity.Numbers
}

func newDocumentCompiler(parsers policy.RuleParsers) (*documentCompiler, error) {
	numbers, err := identity.NewNumbers(nil)
	if err != nil {
		return nil, err
	}
	return &documentCompiler{parsers: parsers, numbers: numbers}, nil
}

func (c *documentCompiler) compile(document []byte) (*Document, error) {
	if ofManifests(document) {
		return c.compileManifests(document)
	}
	snapshot, err := compileResources(document, c.parsers)
	if err != nil {
		return nil, err
	}
	return &Document{snapshot, &policy.Identities{}, snapshot.Warnings(c.parsers)}, nil
}

// compileResources compiles a document of resources.
func compileResources(document []byte, parsers policy.RuleParsers) (*policy.Snapshot, error) {
	compiler := policy.NewCompiler(parsers)
	err := eachResource(document, explicit, func(text []byte) error {
		resource := &cilium.NetworkPolicy{}
		if err := protojson.Unmarshal(text, resource); err != nil {
			return err
		}
		return compiler.Add(resource)
	})
	if err != nil {
		return nil, err
	}
	return compiler.Snapshot(), nil
}

// HoldsResources reports whether a document is meant to be in the first form of [CompileDocument], whatever else may be
// wrong with it.
func HoldsResources(document []byte) bool {
	root, err := cnp.NewDocuments(document).Next()
	if err != nil {
		return false
	}
	if root.Kind == yaml.SequenceNode && len(root.Content) > 0 {
		return hasKey(root.Content[0], "endpoint_ips") || hasKey(root.Content[0], "endpointIps")
	}
	return hasKey(root, "resources") && !hasKey(root, "apiVersion")
}

// Resource is a resource of NPDS or NPHDS.
type Resource[T any] interface {
	*T
	proto.Message
}

// DecodeResources decodes a document of resources, in the first form of [CompileDocument], without compiling them.
func DecodeResources[T any, R Resource[T]](document []byte) (resources []R, err error) {
	check := explicit
	if _, isPolicy := any(new(T)).(*cilium.NetworkPolicy); !isPolicy {
		check = nil
	}
	err = eachResource(document, check, func(text []byte) error {
		resource := R(new(T))
		resources = append(resources, resource)
		return protojson.Unmarshal(text, resource)
	})
	return resources, err
}

// eachResource calls take for each resource of a document, in JSON. check may refuse a resource and change it before; nil
// does neither.
func eachResource(document []byte, check func(map[string]any) error, take func(text []byte) error) error {
	empty := true
	documents := cnp.NewDocuments(document)
	for {
		root, err := documents.Next()
		switch {
		case errors.Is(err, io.EOF) && empty:
			return errors.New("the document is empty; for a policy that denies everything write: resources: []")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		empty = false
		items, err := resourceNodes(root)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := takeNode(item, check, take); err != nil {
				return fmt.Errorf("line %d: %w", item.Line, err)
			}
		}
	}
}

// resourceNodes finds the list of resources in a document.
func resourceNodes(root *yaml.Node) ([]*yaml.Node, error) {
	if root.Kind == yaml.MappingNode {
		if len(root.Content) != 2 || root.Content[0].Value != "resources" {
			return nil, fmt.Errorf("line %d: want a mapping with the one key resources", root.Line)
		}
		root = root.Content[1]
	}
	if root.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: want a list of resources", root.Line)
	}
	return root.Content, nil
}

// takeNode calls take for one resource.
func takeNode(node *yaml.Node, check func(map[string]any) error, take func(text []byte) error) error {
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	if resource, ok := value.(map[string]any); ok && check != nil {
		if err := check(resource); err != nil {
			return err
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return take(text)
}
