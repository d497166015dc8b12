//go:build !wasip1

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
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
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
// live connections retain theirs.
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

// compile compiles a document of which nothing is refused.
func (c *documentCompiler) compile(document []byte) (*Document, error) {
	d, result, err := c.replace(new(policy.Snapshot), document, false)
	if err == nil && len(result.refused) > 0 {
		err = result.refused[0].reason
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// replace compiles a document that takes the place of what is in force. Resources are independent of each other: what is
// refused of them is left out or, with keep, stays as it was. A document of policies for labels is a whole: one that was
// left out might be the one that denies what another allows.
func (c *documentCompiler) replace(before *policy.Snapshot, document []byte, keep bool) (*Document, outcome, error) {
	if ofManifests(document) {
		d, err := c.compileManifests(document)
		return d, outcome{applied: true}, err
	}
	offers, err := compileResources(document, c.parsers)
	if err != nil {
		return nil, outcome{}, err
	}
	after, refused := newWorld(addressField, offers, endpoints{before}, keep)
	snapshot := policy.NewSnapshot(after)
	d := &Document{snapshot, &policy.Identities{}, snapshot.Warnings(c.parsers)}
	return d, worldOutcome(len(offers), refused, before.Endpoints(), len(after)), nil
}

// compileResources compiles a document of resources. The error is that of the document; each resource has its own.
func compileResources(document []byte, parsers policy.RuleParsers) (offers []*offer[*policy.Endpoint], err error) {
	compiler := policy.NewCompiler(parsers)
	err = eachResource(document, explicit, func(line int, text []byte, err error) error {
		o := &offer[*policy.Endpoint]{label: fmt.Sprintf("line %d", line), err: err}
		offers = append(offers, o)
		o.identify(addressesOf(text))
		if err == nil {
			resource := &cilium.NetworkPolicy{}
			if o.err = protojson.Unmarshal(text, resource); o.err == nil {
				o.value, o.err = compiler.Endpoint(resource)
			}
		}
		if o.err != nil {
			o.err = fmt.Errorf("line %d: %w", line, o.err)
		}
		return nil
	})
	return offers, err
}

// addressesOf returns the addresses in the JSON form of a resource, whatever else may be wrong with it.
func addressesOf(text []byte) []string {
	var resource struct {
		Snake []string `json:"endpoint_ips"`
		Camel []string `json:"endpointIps"`
	}
	if json.Unmarshal(text, &resource) != nil {
		return nil
	}
	return append(resource.Snake, resource.Camel...)
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
	err = eachResource(document, check, func(line int, text []byte, err error) error {
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		resource := R(new(T))
		resources = append(resources, resource)
		if err := protojson.Unmarshal(text, resource); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		return nil
	})
	return resources, err
}

// eachResource calls take for each resource of a document, with its line, in JSON, and with why it is refused, until take
// returns an error. check may refuse a resource and change it before; nil does neither.
func eachResource(
	document []byte, check func(map[string]any) error, take func(line int, text []byte, err error) error,
) error {
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
			text, err := nodeText(item, check)
			if err := take(item.Line, text, err); err != nil {
				return err
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

// nodeText returns one resource in JSON, as far as it has that form, and why it is refused.
func nodeText(node *yaml.Node, check func(map[string]any) error) (text []byte, err error) {
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, err
	}
	if resource, ok := value.(map[string]any); ok && check != nil {
		err = check(resource)
	}
	text, broken := json.Marshal(value)
	return text, errors.Join(err, broken)
}
