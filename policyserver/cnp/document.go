package cnp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/policyserver/identity"
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
}

// Decode decodes YAML documents parted by "---", or JSON. Each is a policy, an Endpoint, a List of them, or an array of
// rules, which becomes a cluster-wide policy with the name arrayName. The error joins all that is refused.
func Decode(text []byte, arrayName string) (*Content, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("the document is larger than %d bytes, cut it into several", maxDocument)
	}
	d := &decoder{content: &Content{}, arrayName: arrayName}
	errs := d.all(text)
	if err := errors.Join(append(errs, d.content.Unique())...); err != nil {
		return nil, err
	}
	return d.content, nil
}

// all decodes every document, and returns what is refused.
func (d *decoder) all(text []byte) (errs []error) {
	if root, ok := parseJSON(text); ok {
		return []error{d.document(value{node: root})}
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		err := documents.Decode(&node)
		if errors.Is(err, io.EOF) {
			return errs
		}
		if err != nil {
			return append(errs, err)
		}
		if root := node.Content[0]; root.Tag != "!!null" {
			errs = append(errs, d.document(value{node: root}))
		}
	}
}

// Unique tells what is there twice.
func (c *Content) Unique() error {
	var errs []error
	seen := map[string]bool{}
	for _, p := range c.Policies {
		if key := "policy " + p.Key(); seen[key] {
			errs = append(errs, &Error{p.Line, "", key + " is given twice"})
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
	case apiVersion == "v1" && kind == "List" || kind == KindNamespaced+"List" || kind == KindClusterwide+"List":
		return v.object(fields{
			"apiVersion": anything, "kind": anything, "metadata": anything,
			"items": func(items value) error {
				return items.list(func(item value) error {
					return d.document(value{node: item.node, outer: joined(item.outer, item.path)})
				})
			},
		})
	}
	return v.errorf("kind %q of apiVersion %q is not served: want %s or %s of %s, or %s of %s",
		kind, apiVersion, KindNamespaced, KindClusterwide, APIVersion, KindEndpoint, EndpointAPIVersion)
}

// policy decodes a policy document.
func (d *decoder) policy(v value, clusterwide bool) error {
	meta := metadata{}
	p := &Policy{Line: v.node.Line}
	specs := 0
	spec := func(item value) error {
		specs++
		return p.rule(item, meta.namespace)
	}
	if err := v.object(fields{
		"apiVersion": anything, "kind": anything, "metadata": meta.decode,
		// What the cluster reports about a policy comes along when it is read from there, and means nothing.
		"status": anything, "spec": anything, "specs": anything,
	}); err != nil {
		return err
	}
	if err := meta.check(v, clusterwide); err != nil {
		return err
	}
	p.Name, p.Namespace = meta.name, meta.namespace
	err := v.each(func(key string, item value) error {
		switch key {
		case "spec":
			return spec(item)
		case "specs":
			return item.list(spec)
		}
		return nil
	})
	if err == nil && specs == 0 {
		err = v.errorf("has neither spec nor specs")
	}
	if err != nil {
		return err
	}
	if p.Document, err = toJSON(v.node); err != nil {
		return v.wrap(err)
	}
	d.content.Policies = append(d.content.Policies, p)
	return nil
}

// array decodes the older form, an array of rules.
func (d *decoder) array(v value) error {
	if err := identity.CheckName(d.arrayName); err != nil {
		return v.errorf("an array of rules has no name, and none that is given along fits: %v", err)
	}
	p := &Policy{Line: v.node.Line, Name: d.arrayName}
	err := v.at("specs", v.node).filled("write a rule", func(item value) error { return p.rule(item, "") })
	if err != nil {
		return err
	}
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
		"apiVersion": anything, "kind": anything, "metadata": meta.decode,
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
	return v.object(fields{
		"name": into(&m.name), "namespace": into(&m.namespace),
		"labels": func(v value) error {
			if m.labels == nil {
				return nil
			}
			return decodeLabels(v, m.labels)
		},
		// The rest is the bookkeeping of the cluster that a document was read from.
		"annotations": anything, "creationTimestamp": anything, "generation": anything, "managedFields": anything,
		"ownerReferences": anything, "resourceVersion": anything, "selfLink": anything, "uid": anything,
		"finalizers": anything,
	})
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
