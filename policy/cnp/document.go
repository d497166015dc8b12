package cnp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/netip"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/policy/identity"
)

// The kinds of documents.
const (
	APIVersion         = "cilium.io/v2"
	KindNamespaced     = "CiliumNetworkPolicy"
	KindClusterwide    = "CiliumClusterwideNetworkPolicy"
	EndpointAPIVersion = "proxylib/v1"
	KindEndpoint       = "Endpoint"
)

// DefaultNamespace is that of documents that name none.
const DefaultNamespace = "default"

// maxDocument bounds a document by itself, in bytes.
const maxDocument = 16 << 20

// Content is what a file holds.
type Content struct {
	Policies  []*Policy
	Endpoints []*identity.Endpoint
	// Warnings are those of all documents, in their order.
	Warnings []*Warning
}

// Add adds what another file holds.
func (c *Content) Add(other *Content) {
	c.Policies = append(c.Policies, other.Policies...)
	c.Endpoints = append(c.Endpoints, other.Endpoints...)
	c.Warnings = append(c.Warnings, other.Warnings...)
}

// Decode decodes YAML documents parted by "---", or JSON. Each is a policy, an Endpoint, a List of them, or an array of
// rules, which becomes a cluster-wide policy with the name arrayName. The error joins all that is refused.
func Decode(text []byte, arrayName string) (*Content, error) {
	return Examine(text, arrayName, func(*Policy) error { return nil })
}

// Examine decodes as [Decode] does, and checks each policy. Of a policy that is refused, check gets the parts that were
// understood, so that the error names all that is wrong at once, in the order in which it is written.
func Examine(text []byte, arrayName string, check func(*Policy) error) (*Content, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("the document is larger than %d bytes, cut it into several", maxDocument)
	}
	d := &decoder{content: &Content{}, arrayName: arrayName, check: check}
	return d.finish(d.all(text))
}

// finish returns what has been decoded, or all that is wrong with it.
func (d *decoder) finish(errs []error) (*Content, error) {
	if d.found.enough() {
		errs = append(errs, fmt.Errorf("there may be more that is wrong, the first %d places are named", maxFindings))
	}
	if err := errors.Join(append(errs, d.content.Unique())...); err != nil {
		return nil, inOrder(err)
	}
	d.content.Warnings = d.found.warnings
	sortWarnings(d.content.Warnings)
	return d.content, nil
}

// inOrder sorts the parts of an error by their lines; those without a line come last.
func inOrder(err error) error {
	parts := flatten(err)
	line := func(err error) int {
		if e, placed := err.(*Error); placed {
			return e.Line
		}
		return math.MaxInt
	}
	slices.SortStableFunc(parts, func(a, b error) int { return cmp.Compare(line(a), line(b)) })
	return errors.Join(parts...)
}

func sortWarnings(list []*Warning) {
	slices.SortStableFunc(list, func(a, b *Warning) int { return cmp.Compare(a.Line, b.Line) })
}

// flatten lists the parts of an error that [errors.Join] made.
func flatten(err error) (parts []error) {
	joined, several := err.(interface{ Unwrap() []error })
	if !several {
		return []error{err}
	}
	for _, part := range joined.Unwrap() {
		parts = append(parts, flatten(part)...)
	}
	return parts
}

// all decodes every document, and returns what is refused.
func (d *decoder) all(text []byte) (errs []error) {
	if root, ok := parseJSON(text); ok {
		return []error{d.document(d.value(root))}
	}
	documents := NewDocuments(text)
	for {
		root, err := documents.Next()
		if errors.Is(err, io.EOF) {
			return errs
		}
		if err != nil {
			return append(errs, err)
		}
		if root.Tag != "!!null" {
			errs = append(errs, d.document(d.value(root)))
		}
		if d.found.enough() {
			return errs
		}
	}
}

// Unique reports what is there twice.
func (c *Content) Unique() error {
	var errs []error
	seen := map[string]bool{}
	for _, p := range c.Policies {
		if key := "policy " + p.Key(); seen[key] {
			errs = append(errs, &Error{Line: p.Line, Reason: key + " is given twice"})
		} else {
			seen[key] = true
		}
	}
	for _, e := range c.Endpoints {
		if key := "endpoint " + e.Key(); seen[key] {
			errs = append(errs, errors.New(key+" is given twice"))
		} else {
			seen[key] = true
		}
	}
	return errors.Join(errs...)
}

type decoder struct {
	content   *Content
	arrayName string
	check     func(*Policy) error
	found     findings
}

// value is the root of a document.
func (d *decoder) value(root *yaml.Node) value {
	return value{node: root, found: &d.found}
}

func (d *decoder) document(v value) error {
	if v.node.Kind == yaml.SequenceNode {
		return d.array(v)
	}
	var apiVersion, kind string
	header := map[string]*string{"apiVersion": &apiVersion, "kind": &kind}
	err := v.each(func(key string, item value) error {
		if target := header[key]; target != nil {
			return into(target)(item)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case apiVersion == APIVersion && (kind == KindNamespaced || kind == KindClusterwide):
		return d.policy(v, kind == KindClusterwide)
	case apiVersion == EndpointAPIVersion && kind == KindEndpoint:
		return d.endpoint(v)
	case served(apiVersion, kind):
		return v.object(fields{
			// v1, or cilium.io/v2 for a list of policies
			"apiVersion": anything,
			// List, CiliumNetworkPolicyList or CiliumClusterwideNetworkPolicyList
			"kind": anything,
			// accepted, and without effect
			"metadata": anything,
			// the documents
			"items": func(items value) error {
				return items.list(func(item value) error {
					item.outer, item.path = joined(item.outer, item.path), ""
					return d.document(item)
				})
			},
		})
	}
	return v.errorf("kind %q of apiVersion %q is not served: want %s or %s of %s, or %s of %s",
		kind, apiVersion, KindNamespaced, KindClusterwide, APIVersion, KindEndpoint, EndpointAPIVersion)
}

// served reports whether documents of a kind are decoded, by themselves or in a list.
func served(apiVersion, kind string) bool {
	switch kind {
	case KindNamespaced, KindClusterwide:
		return apiVersion == APIVersion
	case KindEndpoint:
		return apiVersion == EndpointAPIVersion
	case "List":
		return apiVersion == "v1"
	}
	return kind == KindNamespaced+"List" || kind == KindClusterwide+"List"
}

// policy decodes a policy document.
func (d *decoder) policy(v value, clusterwide bool) error {
	meta := metadata{}
	p := &Policy{Line: v.node.Line}
	warned := len(d.found.warnings)
	errs := []error{v.pruned(fields{
		// cilium.io/v2
		"apiVersion": anything,
		// CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy
		"kind": anything,
		// name and namespace
		"metadata": meta.decode,
		// what a cluster reports about a policy that was read from it; without effect
		"status": anything,
		// a rule
		"spec": anything,
		// a list of rules, instead of spec or besides it
		"specs": anything,
	}, fieldsOfSpec)}
	if errs[0] == nil {
		errs = append(errs, meta.check(v, clusterwide))
	}
	p.Name, p.Namespace = meta.name, meta.namespace
	errs = append(errs, p.specs(v), d.check(p))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	document, err := toJSON(v.node)
	if err != nil {
		return v.wrap(err)
	}
	p.Document, p.Warnings = document, slices.Clone(d.found.warnings[warned:])
	sortWarnings(p.Warnings)
	d.content.Policies = append(d.content.Policies, p)
	return nil
}

// fieldsOfSpec are the fields that mean nothing beside spec, where a mistake of indentation puts them.
var fieldsOfSpec = fields{
	"endpointSelector": anything, "nodeSelector": anything, "ingress": anything, "ingressDeny": anything,
	"egress": anything, "egressDeny": anything, "enableDefaultDeny": anything,
}

// specs decodes what a policy document says.
func (p *Policy) specs(v value) error {
	rule := func(item value) error { return p.rule(item, p.Namespace) }
	if !v.has("spec") && !v.has("specs") {
		return v.errorf("has neither spec nor specs")
	}
	return v.each(func(key string, item value) error {
		switch key {
		case "spec":
			return rule(item)
		case "specs":
			return item.filled("write a rule", rule)
		}
		return nil
	})
}

// array decodes the older form, an array of rules.
func (d *decoder) array(v value) error {
	if err := identity.CheckName(d.arrayName); err != nil {
		return v.errorf("an array of rules has no name, and none that is given along fits: %v", err)
	}
	p := &Policy{Line: v.node.Line, Name: d.arrayName}
	warned := len(d.found.warnings)
	err := v.at("specs", v.node).filled("write a rule", func(item value) error { return p.rule(item, "") })
	if err := errors.Join(err, d.check(p)); err != nil {
		return err
	}
	p.Warnings = slices.Clone(d.found.warnings[warned:])
	rules, err := toJSON(v.node)
	if err != nil {
		return v.wrap(err)
	}
	p.Document, err = json.Marshal(map[string]any{
		"apiVersion": APIVersion, "kind": KindClusterwide, "metadata": map[string]string{"name": p.Name},
		"specs": json.RawMessage(rules),
	})
	d.content.Policies = append(d.content.Policies, p)
	return v.wrap(err)
}

// endpoint decodes an Endpoint document.
func (d *decoder) endpoint(v value) error {
	meta := metadata{labels: identity.Labels{}}
	e := &identity.Endpoint{}
	err := v.object(fields{
		// proxylib/v1
		"apiVersion": anything,
		// Endpoint
		"kind": anything,
		// name, namespace and labels
		"metadata": meta.decode,
		// the IP addresses of the endpoint
		"addresses": func(v value) error {
			return v.list(func(item value) error {
				text, err := item.text()
				if err != nil {
					return err
				}
				addr, err := netip.ParseAddr(text)
				e.Addresses = append(e.Addresses, addr)
				return item.wrap(err)
			})
		},
	})
	if err != nil {
		return err
	}
	if err := meta.check(v, false); err != nil {
		return err
	}
	e.Name, e.Namespace, e.Labels = meta.name, meta.namespace, meta.labels
	if err := e.Check(); err != nil {
		return v.wrap(err)
	}
	d.content.Endpoints = append(d.content.Endpoints, e)
	return nil
}

// metadata is what the documents have in common.
type metadata struct {
	name, namespace string
	// labels are decoded for endpoints alone, which have a mapping here.
	labels identity.Labels
}

func (m *metadata) decode(v value) error {
	known := fields{
		// the name, of which there is one in each namespace; required
		"name": into(&m.name),
		// the namespace, "default" without it; a cluster-wide policy has none
		"namespace": into(&m.namespace),
		// of an endpoint, those that selectors select it by
		"labels": func(v value) error {
			if m.labels == nil {
				return nil
			}
			return decodeLabels(v, m.labels)
		},
	}
	maps.Copy(known, bookkeeping)
	return v.pruned(known, nil)
}

// bookkeeping is what a document has from the cluster that it was read from.
var bookkeeping = fields{
	"annotations": anything, "creationTimestamp": anything, "generation": anything, "managedFields": anything,
	"ownerReferences": anything, "resourceVersion": anything, "selfLink": anything, "uid": anything,
	"finalizers": anything, "generateName": anything, "deletionTimestamp": anything,
	"deletionGracePeriodSeconds": anything,
}

func (m *metadata) check(v value, clusterwide bool) error {
	if err := identity.CheckName(m.name); err != nil {
		return v.at("metadata.name", v.node).wrap(err)
	}
	if clusterwide {
		if m.namespace != "" {
			return v.at("metadata.namespace", v.node).errorf("a cluster-wide policy is in no namespace")
		}
		return nil
	}
	if m.namespace == "" {
		m.namespace = DefaultNamespace
	}
	return v.at("metadata.namespace", v.node).wrap(identity.CheckName(m.namespace))
}

func decodeLabels(v value, labels identity.Labels) error {
	return v.each(func(key string, item value) error {
		text, err := item.text()
		if err != nil {
			return err
		}
		name := identity.LabelName(key)
		if _, twice := labels[name]; twice || name == "" {
			return item.errorf("label %q is empty or given twice", name)
		}
		labels[name] = text
		return nil
	})
}
