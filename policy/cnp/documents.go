package cnp

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxAliased bounds what the aliases of a text stand for, all together, in bytes: those of values, and nodeSize for each
// node.
const (
	maxAliased = 16 << 20
	nodeSize   = 64
)

// Documents reads the documents of a YAML text one after the other. In what it returns, aliases are replaced by what
// they stand for, and merge keys (<<) by the fields that they bring, so that readers need not know them.
type Documents struct {
	decoder *yaml.Decoder
	// aliased is what aliases have added so far, in bytes.
	aliased int
}

// NewDocuments returns a reader of the documents in text.
func NewDocuments(text []byte) *Documents {
	return &Documents{decoder: yaml.NewDecoder(bytes.NewReader(text))}
}

// Next returns the root of the next document; one that holds nothing has the tag !!null. After the last, the error is
// [io.EOF]. Parts that several aliases stand for are shared, so a document must not be changed.
func (d *Documents) Next() (*yaml.Node, error) {
	var document yaml.Node
	if err := d.decoder.Decode(&document); err != nil {
		return nil, err
	}
	r := &resolver{open: map[*yaml.Node]bool{}, sizes: map[*yaml.Node]int{}, aliased: &d.aliased}
	if _, err := r.resolve(&document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}

// resolver resolves the aliases of one document, in the order in which they are written: an anchor comes before its
// aliases.
type resolver struct {
	// open are the nodes that are being resolved. An alias of one of them would contain itself.
	open map[*yaml.Node]bool
	// sizes are those of the resolved nodes that have an anchor, aliased what the aliases of the text have added.
	sizes   map[*yaml.Node]int
	aliased *int
}

// resolve resolves what is inside a node and returns its size.
func (r *resolver) resolve(node *yaml.Node) (size int, err error) {
	size = nodeSize + len(node.Value)
	r.open[node] = true
	for i, child := range node.Content {
		n := 0
		if child.Kind == yaml.AliasNode {
			n, err = r.alias(child)
			node.Content[i] = child.Alias
		} else {
			n, err = r.resolve(child)
		}
		if err != nil {
			return 0, err
		}
		size += n
	}
	delete(r.open, node)
	if node.Anchor != "" {
		r.sizes[node] = size
	}
	if node.Kind == yaml.MappingNode {
		return size, merge(node)
	}
	return size, nil
}

// alias returns the size of what an alias stands for.
func (r *resolver) alias(alias *yaml.Node) (int, error) {
	if r.open[alias.Alias] {
		return 0, &Error{Line: alias.Line, Reason: fmt.Sprintf("alias *%s stands for something that contains it", alias.Value)}
	}
	size := r.sizes[alias.Alias]
	if *r.aliased += size; *r.aliased > maxAliased {
		return 0, &Error{
			Line: alias.Line, Reason: fmt.Sprintf("aliases stand for more than %d bytes, write fewer of them", maxAliased),
		}
	}
	return size, nil
}

// merge replaces the merge key of a mapping by the fields that it brings. A field of the mapping itself is written after
// the merge key if both have it: readers of YAML do not agree on one that is written before.
func merge(mapping *yaml.Node) error {
	at := mergeKey(mapping, 0)
	if at < 0 {
		return nil
	}
	key, value := mapping.Content[at], mapping.Content[at+1]
	if again := mergeKey(mapping, at+2); again >= 0 {
		return &Error{Line: mapping.Content[again].Line, Reason: "<< is given twice, write one << with a list"}
	}
	own := map[string]bool{}
	for i := 0; i < len(mapping.Content); i += 2 {
		own[mapping.Content[i].Value] = i < at
	}
	brought, err := broughtFields(key, value)
	if err != nil {
		return err
	}
	fields := append([]*yaml.Node{}, mapping.Content[:at]...)
	for i := 0; i < len(brought); i += 2 {
		name := brought[i].Value
		before, there := own[name]
		if before {
			return &Error{Line: key.Line, Reason: fmt.Sprintf("<< also brings %q, which is written before it: write << first", name)}
		}
		if !there {
			fields = append(fields, brought[i], brought[i+1])
		}
	}
	mapping.Content = append(fields, mapping.Content[at+2:]...)
	return nil
}

// mergeKey returns the place of the first merge key of a mapping at or after the place from, or -1.
func mergeKey(mapping *yaml.Node, from int) int {
	for i := from; i < len(mapping.Content); i += 2 {
		if key := mapping.Content[i]; key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			return i
		}
	}
	return -1
}

// broughtFields returns the fields that the value of a merge key brings: those of a mapping, or of several, of which the
// first that has a field counts.
func broughtFields(key, value *yaml.Node) (fields []*yaml.Node, err error) {
	sources := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		sources = value.Content
	}
	seen := map[string]*yaml.Node{}
	for _, source := range sources {
		if source.Kind != yaml.MappingNode {
			return nil, &Error{Line: key.Line, Reason: "<< wants a mapping, or a list of mappings"}
		}
		for i := 0; i < len(source.Content); i += 2 {
			name := source.Content[i]
			switch of := seen[name.Value]; {
			case name.Kind != yaml.ScalarNode:
				return nil, &Error{Line: name.Line, Reason: "a key must be a plain text"}
			case of == source:
				return nil, &Error{Line: name.Line, Reason: fmt.Sprintf("key %q is given twice", name.Value)}
			case of == nil:
				seen[name.Value] = source
				fields = append(fields, name, source.Content[i+1])
			}
		}
	}
	return fields, nil
}
