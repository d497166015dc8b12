package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/proxylib"
)

// filterConfig is a filter_config with a policy of its own, as it is in an Envoy configuration or alone in a file.
type filterConfig struct {
	line int
	// parser is empty for one in a file whose name is not given.
	parser string
	// http is true in the HTTP filter, which has no parser.
	http   bool
	policy *yaml.Node
}

// inlineFields are the fields of a policy that is in a filter_config itself.
var inlineFields = map[string]bool{"allow": true, "deny": true}

// httpFilter is the type of Envoy's HTTP filter of a dynamic module. Only inside it may a filter_config be without a parser.
const httpFilter = "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter"

// filterConfigs returns those of a document, which may be of any kind. What cannot be read has none.
func filterConfigs(text []byte) (found []filterConfig) { return filterConfigsIn(text, false) }

func filterConfigsIn(text []byte, inHTTP bool) (found []filterConfig) {
	for documents := cnp.NewDocuments(text); ; {
		root, err := documents.Next()
		if err != nil {
			return found
		}
		found = appendFilterConfigs(found, root, inHTTP)
	}
}

func appendFilterConfigs(found []filterConfig, node *yaml.Node, inHTTP bool) []filterConfig {
	if message := child(node, "@type"); message != nil && message.Value == httpFilter {
		inHTTP = true
	}
	if f, ok := filterConfigOf(node, inHTTP); ok {
		return append(found, f)
	}
	if node.Kind == yaml.ScalarNode && strings.HasPrefix(node.Value, "{") {
		// Envoy also takes the JSON text of a filter_config.
		for _, inside := range filterConfigsIn([]byte(node.Value), inHTTP) {
			inside.line, inside.policy.Line = node.Line, node.Line
			found = append(found, inside)
		}
	}
	for _, part := range node.Content {
		found = appendFilterConfigs(found, part, inHTTP)
	}
	return found
}

// filterConfigOf reports whether a node is a filter_config with a policy of its own, and returns it.
func filterConfigOf(node *yaml.Node, inHTTP bool) (f filterConfig, ok bool) {
	parser, source := child(node, "parser"), child(node, "policy")
	switch {
	case source == nil:
		return f, false
	case parser != nil && parser.Kind == yaml.ScalarNode:
		f = filterConfig{line: node.Line, parser: parser.Value, policy: source}
	case parser != nil && child(parser, "wasm") != nil:
		f = filterConfig{line: node.Line, policy: source}
		if name := child(parser, "name"); name != nil {
			f.parser = name.Value
		}
	case parser == nil && inHTTP:
		f = filterConfig{line: node.Line, http: true, policy: source}
	default:
		return f, false
	}
	return f, child(source, "allow") != nil || child(source, "deny") != nil
}

// child returns the value of a key of a mapping, or nil.
func child(node *yaml.Node, key string) *yaml.Node {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

// isFor reports whether the policy is for the connections of a parser.
func (f *filterConfig) isFor(parser string) bool { return !f.http && f.parser == parser }

// check reports why the policy is refused.
func (f *filterConfig) check() error {
	if !f.http && f.parser == "" {
		return fmt.Errorf("line %d: parser: rules for a parser in a file are checked by the parser of the same name in this build: "+
			`give "name" beside "wasm"`, f.line)
	}
	if !f.http && proxylib.Registered(f.parser) == nil {
		return fmt.Errorf("line %d: parser: no parser in this build is named %.64q%s", f.line, f.parser,
			policy.Registered().Suggestion(f.parser))
	}
	inline, err := f.inline()
	switch {
	case err != nil:
	case f.http:
		_, err = npds.CompileHTTP(inline, policy.Registered())
	default:
		_, err = npds.CompileInline(map[string]npds.Inline{f.parser: inline}, policy.Registered())
	}
	if err != nil {
		return fmt.Errorf("line %d: policy: %w", f.policy.Line, err)
	}
	return nil
}

func (f *filterConfig) inline() (inline npds.Inline, err error) {
	for i := 0; i+1 < len(f.policy.Content); i += 2 {
		if key := f.policy.Content[i]; !inlineFields[key.Value] {
			return inline, fmt.Errorf("%.64s: stands beside allow or deny: leave one of them out", key.Value)
		}
	}
	var value any
	if err := f.policy.Decode(&value); err != nil {
		return inline, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return inline, err
	}
	return inline, json.Unmarshal(text, &inline)
}
