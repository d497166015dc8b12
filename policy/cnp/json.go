package cnp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth is how deep values may be nested in JSON.
const maxDepth = 100

// parseJSON reads a text that is one JSON value, much faster than a YAML parser would. ok is false where it is not
// JSON; it may then still be YAML.
func parseJSON(text []byte) (root *yaml.Node, ok bool) {
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) == 0 || first[0] != '{' && first[0] != '[' {
		return nil, false
	}
	p := &jsonParser{text: text, decoder: json.NewDecoder(bytes.NewReader(text)), line: 1}
	p.decoder.UseNumber()
	root, err := p.value(0)
	if err != nil {
		return nil, false
	}
	if _, err := p.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return root, true
}

// jsonParser makes the nodes that a YAML parser would make.
type jsonParser struct {
	text    []byte
	decoder *json.Decoder
	// line is that of the offset counted.
	line, counted int
}

// token reads a token, and notes its line.
func (p *jsonParser) token() (json.Token, error) {
	token, err := p.decoder.Token()
	end := int(p.decoder.InputOffset())
	p.line += bytes.Count(p.text[p.counted:end], []byte("\n"))
	p.counted = end
	return token, err
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	token, err := p.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("values are nested too deeply")
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: p.line}
	switch t := token.(type) {
	case json.Delim:
		return node, p.collection(node, t, depth)
	case string:
		node.Tag, node.Value = "!!str", t
	case json.Number:
		if node.Tag, node.Value = "!!int", t.String(); strings.ContainsAny(node.Value, ".eE") {
			node.Tag = "!!float"
		}
	case bool:
		node.Tag, node.Value = "!!bool", fmt.Sprint(t)
	case nil:
		node.Tag, node.Value = "!!null", "null"
	}
	return node, nil
}

// collection reads the rest of a list or a mapping; the keys of a mapping are values like others.
func (p *jsonParser) collection(node *yaml.Node, begin json.Delim, depth int) error {
	if node.Kind, node.Tag = yaml.SequenceNode, "!!seq"; begin == '{' {
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
	}
	for p.decoder.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		node.Content = append(node.Content, item)
	}
	_, err := p.token()
	return err
}

// toJSON writes a part of a document as JSON, with sorted keys.
func toJSON(node *yaml.Node) ([]byte, error) {
	content, err := plain(node)
	if err != nil {
		return nil, err
	}
	return json.Marshal(content)
}

// plain is a part of a document as maps, lists and what else JSON knows.
func plain(node *yaml.Node) (any, error) {
	switch {
	case node.Kind == yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			var err error
			if list[i], err = plain(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case node.Kind == yaml.MappingNode:
		return plainMapping(node)
	case node.Kind != yaml.ScalarNode:
		return nil, &Error{Line: node.Line, Reason: "an alias is not supported"}
	case node.Tag == "!!str":
		return node.Value, nil
	}
	var value any
	err := node.Decode(&value)
	return value, err
}

func plainMapping(node *yaml.Node) (any, error) {
	fields := make(map[string]any, len(node.Content)/2)
	for i := 0; i < len(node.Content); i += 2 {
		key := node.Content[i]
		if _, twice := fields[key.Value]; twice || key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			reason := fmt.Sprintf("key %q is given twice, or is not a plain text", key.Value)
			return nil, &Error{Line: key.Line, Reason: reason}
		}
		value, err := plain(node.Content[i+1])
		if err != nil {
			return nil, err
		}
		fields[key.Value] = value
	}
	return fields, nil
}
