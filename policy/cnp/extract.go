package cnp

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Extraction takes from policies only what concerns parsers of some names: entries of toPorts for them, entries
// without requests for the same ports, and everything that denies. What else is allowed, also in ways that could not be
// decoded, is left out, and listed. So no more is allowed than before: a direction of which everything is left out
// stays, and denies.
//
// First [Extraction.Learn] is called for each file, then [Extraction.Take]. It belongs to one goroutine.
type Extraction struct {
	parsers []string
	// ports are those of entries for the parsers.
	ports   []directedPort
	leftOut []*Warning
}

// directedPort is a range of ports of one direction.
type directedPort struct {
	Port
	ingress bool
}

// NewExtraction returns an extraction for the parsers with the names.
func NewExtraction(parsers ...string) *Extraction { return &Extraction{parsers: parsers} }

// Learn notes the ports for the parsers in a file. It reports whether there are any.
func (x *Extraction) Learn(text []byte) (found bool, err error) {
	documents, err := nodesOf(text)
	if err != nil {
		return false, err
	}
	before := len(x.ports)
	for _, root := range documents {
		eachRule(value{node: root, found: new(findings)}, x.notePorts)
	}
	return len(x.ports) > before, nil
}

// Take decodes as [Decode] does, but only what concerns the parsers, and lists what it leaves out.
func (x *Extraction) Take(text []byte, arrayName string) (content *Content, leftOut []*Warning, err error) {
	documents, err := nodesOf(text)
	if err != nil {
		return nil, nil, err
	}
	x.leftOut = nil
	d := &decoder{content: &Content{}, arrayName: arrayName, check: func(*Policy) error { return nil }}
	var errs []error
	for _, root := range documents {
		v := d.value(root)
		if kind := v.field("kind"); kind != "" && !restricts(v.field("apiVersion"), kind) {
			x.leave(v, "it is a "+readable(kind))
			continue
		}
		errs = append(errs, d.document(d.value(eachRule(value{node: root, found: new(findings)}, x.rule))))
	}
	if content, err = d.finish(errs); err != nil {
		return nil, nil, fmt.Errorf("what is not left out: %w", err)
	}
	return content, x.leftOut, nil
}

// restricts reports whether documents of a kind may restrict some endpoint, or are needed for those.
func restricts(apiVersion, kind string) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	return served(apiVersion, kind) || group == "cilium.io" || group == "proxylib" || strings.HasSuffix(kind, "List") ||
		strings.Contains(strings.ToLower(kind), "policy")
}

// field is the text of a field of a mapping; empty if there is none.
func (v value) field(name string) string {
	for i := 0; v.node.Kind == yaml.MappingNode && i < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == name {
			return v.node.Content[i+1].Value
		}
	}
	return ""
}

// nodesOf reads all documents that hold something.
func nodesOf(text []byte) (documents []*yaml.Node, err error) {
	if root, ok := parseJSON(text); ok {
		return []*yaml.Node{root}, nil
	}
	reader := NewDocuments(text)
	for {
		root, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		case root.Tag != "!!null":
			documents = append(documents, root)
		}
	}
}

// eachRule returns a document in which each rule is replaced by what visit returns for it.
func eachRule(v value, visit func(value) *yaml.Node) *yaml.Node {
	if v.node.Kind == yaml.SequenceNode {
		return replaceItems(v, visit)
	}
	return replaceFields(v, func(key string, item value) *yaml.Node {
		switch key {
		case "spec":
			return visit(item)
		case "specs":
			return replaceItems(item, visit)
		case "items":
			return replaceItems(item, func(v value) *yaml.Node { return eachRule(v, visit) })
		}
		return item.node
	})
}

// notePorts notes the ports for the parsers in a rule.
func (x *Extraction) notePorts(rule value) *yaml.Node {
	return replaceFields(rule, func(key string, list value) *yaml.Node {
		return replaceItems(list, func(clause value) *yaml.Node {
			return replaceFields(clause, func(name string, entries value) *yaml.Node {
				if allows(key) && name == "toPorts" {
					replaceItems(entries, func(entry value) *yaml.Node { return x.learnEntry(entry, key == "ingress") })
				}
				return entries.node
			})
		})
	})
}

func (x *Extraction) learnEntry(entry value, ingress bool) *yaml.Node {
	if ports, err := decodeEntry(entry); err == nil && slices.Contains(x.parsers, ports.Parser) {
		for _, p := range ports.Ports {
			x.ports = append(x.ports, directedPort{p, ingress})
		}
	}
	return entry.node
}

// allows reports whether a key of a rule is that of entries that allow.
func allows(key string) bool { return key == "ingress" || key == "egress" }

// rule returns what is left of a rule.
func (x *Extraction) rule(v value) *yaml.Node {
	return replaceFields(v, func(key string, list value) *yaml.Node {
		if !allows(key) || list.node.Kind != yaml.SequenceNode {
			return list.node
		}
		remaining := replaceItems(list, func(clause value) *yaml.Node { return x.clause(clause, key == "ingress") })
		if len(remaining.Content) == 0 {
			nobody := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: list.node.Line}
			remaining.Content = append(remaining.Content, nobody)
		}
		return remaining
	})
}

// clause returns what is left of an entry that allows; nil if that is nothing.
func (x *Extraction) clause(v value, ingress bool) *yaml.Node {
	left := replaceFields(v, func(key string, item value) *yaml.Node {
		if key != "toPorts" {
			return item.node
		}
		return replaceItems(item, func(entry value) *yaml.Node {
			if reason := x.foreign(entry, ingress); reason != "" {
				return x.leave(entry, reason)
			}
			return entry.node
		})
	})
	switch err := (&ruleDecoder{rule: &Rule{}}).clause(value{node: left, found: new(findings)}, &Clause{Ingress: ingress}); {
	case hasEmpty(v.node, "toPorts"):
		return x.leave(v, "toPorts is an empty list")
	case hasEmpty(left, "toPorts"):
		return nil
	case err != nil:
		return x.leave(v, reasons(err))
	case !v.has("toPorts") && !x.overlaps(Port{TCP: true}, ingress):
		return x.leave(v, "no port of this direction is for "+x.names())
	}
	return left
}

// hasEmpty reports whether a mapping has an empty list.
func hasEmpty(mapping *yaml.Node, key string) bool {
	for i := 0; mapping.Kind == yaml.MappingNode && i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key && len(mapping.Content[i+1].Content) == 0 {
			return true
		}
	}
	return false
}

// foreign says why an entry of toPorts is not for the parsers; empty if it is.
func (x *Extraction) foreign(entry value, ingress bool) string {
	ports, err := decodeEntry(entry)
	switch {
	case err != nil:
		return reasons(err)
	case slices.Contains(x.parsers, ports.Parser):
		return ""
	case ports.Parser != "":
		return "it is for " + ports.Parser
	case len(ports.HTTP) > 0:
		return "it is for HTTP"
	case !slices.ContainsFunc(ports.Ports, func(p Port) bool { return x.overlaps(p, ingress) }):
		return "none of its ports is for " + x.names()
	}
	return ""
}

// overlaps reports whether a range of ports has one in common with an entry for the parsers.
func (x *Extraction) overlaps(p Port, ingress bool) bool {
	return slices.ContainsFunc(x.ports, func(of directedPort) bool {
		every := p.First == 0 || of.First == 0
		return p.TCP && of.ingress == ingress && (every || p.First <= of.Last && of.First <= p.Last)
	})
}

func (x *Extraction) names() string { return strings.Join(x.parsers, " or ") }

// leave leaves out a part, which is nil then.
func (x *Extraction) leave(v value, reason string) *yaml.Node {
	x.leftOut = append(x.leftOut, &Warning{v.node.Line, joined(v.outer, v.path), "is left out: " + reason})
	return nil
}

// decodeEntry decodes an entry of toPorts by itself.
func decodeEntry(v value) (*PortRule, error) {
	rule := &PortRule{}
	v.path, v.outer, v.found = "", "", new(findings)
	return rule, decodePortRule(v, rule, false)
}

// reasons are those of an error, with their paths and without their lines.
func reasons(err error) string {
	var list []string
	for _, part := range flatten(err) {
		text := part.Error()
		if e, placed := part.(*Error); placed {
			text = strings.TrimPrefix(e.Path+": "+e.Reason, ": ")
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// replaceItems returns a list in which each item is replaced by what visit returns for it; nil leaves it out. Other
// values are returned as they are.
func replaceItems(v value, visit func(value) *yaml.Node) *yaml.Node {
	if v.node.Kind != yaml.SequenceNode {
		return v.node
	}
	changed := *v.node
	changed.Content = nil
	for i, node := range v.node.Content {
		if item := visit(v.item(i, node)); item != nil {
			changed.Content = append(changed.Content, item)
		}
	}
	return &changed
}

// replaceFields returns a mapping in which each value is replaced by what visit returns for it. Other values are returned
// as they are.
func replaceFields(v value, visit func(key string, v value) *yaml.Node) *yaml.Node {
	if v.node.Kind != yaml.MappingNode {
		return v.node
	}
	changed := *v.node
	changed.Content = slices.Clone(v.node.Content)
	for i := 0; i < len(changed.Content); i += 2 {
		key := changed.Content[i].Value
		changed.Content[i+1] = visit(key, v.at(key, changed.Content[i+1]))
	}
	return &changed
}
