package cnp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/policy"
)

// Error says what is refused, where, and why.
type Error struct {
	// Line counts from 1 in the document that was given.
	Line   int
	Path   string
	Reason string
	// Err is an error with the text Reason that says more, such as a *[policy.Error]; may be nil.
	Err error
}

// Unwrap returns the error that says more, or nil.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string { return placed(e.Line, e.Path, e.Reason) }

// Warning says what is accepted but has no effect, or another than it seems to have, where, and why.
type Warning struct {
	// Line counts from 1 in the document that was given.
	Line   int
	Path   string
	Reason string
}

func (w *Warning) String() string { return placed(w.Line, w.Path, w.Reason) }

// placed is the one form of what there is to say about a place in a document.
func placed(line int, path, reason string) string {
	if path != "" {
		reason = path + ": " + reason
	}
	return fmt.Sprintf("line %d: %s", line, reason)
}

// value is a part of a document that is being decoded.
type value struct {
	node *yaml.Node
	// path leads to it inside its policy or endpoint; outer to that, where it is an item of a list.
	path, outer string
	// found is what there is to say about the text.
	found *findings
}

// maxFindings bounds the mistakes, and the warnings, that are reported of a text, and maxKey the length in bytes of a key
// in the path of one.
const (
	maxFindings = 1000
	maxKey      = 128
)

// findings are what there is to say about a text.
type findings struct {
	mistakes int
	warnings []*Warning
}

// enough reports whether the limit of mistakes is reached, after which no more are looked for.
func (f *findings) enough() bool { return f.mistakes >= maxFindings }

// fields says how each key of a mapping is decoded; those that are not in it are refused.
type fields map[string]func(value) error

func (v value) place() Place { return Place{v.node.Line, v.path} }

func (v value) errorf(format string, args ...any) error {
	v.found.mistakes++
	return &Error{Line: v.node.Line, Path: joined(v.outer, v.path), Reason: fmt.Sprintf(format, args...)}
}

// wrap gives an error a place.
func (v value) wrap(err error) error {
	if err == nil {
		return nil
	}
	return v.errorf("%v", err)
}

// warnf warns of what is accepted.
func (v value) warnf(format string, args ...any) {
	switch n := len(v.found.warnings); {
	case n == maxFindings:
		v.found.warnings = append(v.found.warnings, &Warning{v.node.Line, "", "there are more warnings"})
	case n < maxFindings:
		w := &Warning{v.node.Line, joined(v.outer, v.path), fmt.Sprintf(format, args...)}
		v.found.warnings = append(v.found.warnings, w)
	}
}

func (v value) at(key string, node *yaml.Node) value {
	return value{node, joined(v.path, readable(key)), v.outer, v.found}
}

// readable is a key as it is written in a path: cut if it is long, and quoted if not all of it can be printed.
func readable(key string) string {
	key = policy.Cut(key, maxKey)
	for _, r := range key {
		if !unicode.IsPrint(r) {
			return strconv.Quote(key)
		}
	}
	return key
}

// item is the item of a list at a place.
func (v value) item(i int, node *yaml.Node) value {
	return value{node, fmt.Sprintf("%s[%d]", v.path, i), v.outer, v.found}
}

// of is another node at the same path.
func (v value) of(node *yaml.Node) value { return value{node, v.path, v.outer, v.found} }

// joined is the path of something inside something.
func joined(outer, inner string) string {
	if outer == "" || inner == "" {
		return outer + inner
	}
	return outer + "." + inner
}

// each calls decode for every key of a mapping, and joins what it refuses.
func (v value) each(decode func(key string, v value) error) error {
	if v.node.Kind != yaml.MappingNode {
		return v.errorf("is %s, want a mapping", v.kind())
	}
	var errs []error
	seen := map[string]bool{}
	for i := 0; i < len(v.node.Content) && !v.found.enough(); i += 2 {
		key, item := v.node.Content[i], v.at(v.node.Content[i].Value, v.node.Content[i+1])
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || key.Tag == "!!null":
			errs = append(errs, v.of(key).errorf("a key must be a plain text"))
		case seen[key.Value]:
			errs = append(errs, v.at(key.Value, key).errorf("is given twice"))
		default:
			errs = append(errs, decode(key.Value, item))
		}
		seen[key.Value] = true
	}
	return errors.Join(errs...)
}

// object decodes a mapping whose keys are known.
func (v value) object(known fields) error {
	return v.each(func(key string, item value) error {
		if decode := known[key]; decode != nil {
			return decode(item)
		}
		if reason := refused[key]; reason != "" {
			return item.errorf("is refused: %s", reason)
		}
		return item.errorf("is unknown, want one of %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	})
}

// pruned decodes a mapping whose unknown keys a cluster removes before it checks a policy: they are accepted with a
// warning. misplaced are keys that are known elsewhere and would be missed there.
func (v value) pruned(known, misplaced fields) error {
	return v.each(func(key string, item value) error {
		if decode := known[key]; decode != nil {
			return decode(item)
		}
		if reason := refused[key]; reason != "" {
			return item.errorf("is refused: %s", reason)
		}
		if misplaced[key] != nil {
			return item.errorf("is in the wrong place: it belongs inside spec")
		}
		for name := range known {
			if strings.EqualFold(name, key) {
				return item.errorf("is unknown, want %s", name)
			}
		}
		item.warnf("is unknown and has no effect, as in a cluster, which removes it")
		return nil
	})
}

// has reports whether a mapping has a key.
func (v value) has(key string) bool {
	if v.node.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == key {
			return true
		}
	}
	return false
}

// list calls decode for every item of a list, and joins what it refuses.
func (v value) list(decode func(value) error) error {
	if v.node.Kind != yaml.SequenceNode {
		return v.errorf("is %s, want a list", v.kind())
	}
	var errs []error
	for i, item := range v.node.Content {
		if v.found.enough() {
			break
		}
		if err := decode(v.item(i, item)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// filled is a list that must not be empty; instead says what to write in its place.
func (v value) filled(instead string, decode func(value) error) error {
	if v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0 {
		return v.errorf("is an empty list, which says nothing: %s", instead)
	}
	return v.list(decode)
}

// kind says what a value is.
func (v value) kind() string {
	switch v.node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias, which is not supported"
	}
	if v.node.Tag == "!!null" {
		return "empty"
	}
	return "a " + strings.TrimPrefix(v.node.Tag, "!!")
}

// text decodes a text.
func (v value) text() (string, error) {
	if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!str" {
		return "", v.errorf("is %s, want a text; put it in quotes", v.kind())
	}
	return v.node.Value, nil
}

// into decodes a text into a variable.
func into(target *string) func(value) error {
	return func(v value) (err error) {
		*target, err = v.text()
		return err
	}
}

// texts decodes a list of texts into a variable.
func texts(target *[]string) func(value) error {
	return func(v value) error {
		return v.list(func(item value) error {
			text, err := item.text()
			*target = append(*target, text)
			return err
		})
	}
}

// number decodes a whole number, which may stand in quotes. One that begins with 0 is octal to some readers and decimal
// to others.
func (v value) number(target *int, minimum, maximum int) error {
	if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!int" && v.node.Tag != "!!str" {
		return v.errorf("is %s, want a number", v.kind())
	}
	n, err := strconv.Atoi(v.node.Value)
	if err != nil || strconv.Itoa(n) != v.node.Value || n < minimum || n > maximum {
		return v.errorf("%q is not a number from %d to %d in decimal digits", v.node.Value, minimum, maximum)
	}
	*target = n
	return nil
}

// anything accepts a field that has no meaning here.
func anything(value) error { return nil }
