package httprule

import (
	"slices"
	"strings"
)

// index finds the first of many alternatives that covers a request. It is immutable, and used from several threads at once.
type index struct {
	alternatives []alternative
	// exact are the alternatives for one method, or any, and one path; prefixes those for paths that begin alike; rest the
	// others. Lists of places are in ascending order.
	exact    map[question][]int32
	prefixes node
	rest     []int32
}

// question is a method, empty for any, and a path.
type question struct{ method, path string }

func newIndex(alternatives []alternative) *index {
	x := &index{alternatives: alternatives, exact: map[question][]int32{}}
	for i := range alternatives {
		x.add(int32(i), &alternatives[i])
	}
	return x
}

func (x *index) add(place int32, a *alternative) {
	paths, prefix := a.texts(Path), a.prefix(Path)
	switch {
	case paths != nil:
		methods := a.texts(Method)
		if methods == nil {
			methods = []string{""}
		}
		for _, path := range paths {
			for _, method := range methods {
				if q := (question{method, path}); !slices.Contains(x.exact[q], place) {
					x.exact[q] = append(x.exact[q], place)
				}
			}
		}
	case prefix != "":
		x.prefixes.add(prefix, place)
	default:
		x.rest = append(x.rest, place)
	}
}

// texts returns the texts of which the value of a header has to be one; nil if that is not known.
func (a *alternative) texts(name string) []string {
	for _, m := range a.matchers {
		if m.name == name && m.condition == isOneOf && m.simple() {
			return m.texts
		}
	}
	return nil
}

// prefix returns what the value of a header has to begin with; empty if that is not known.
func (a *alternative) prefix(name string) string {
	for _, m := range a.matchers {
		if m.name == name && (m.condition == hasPrefix || m.condition == isMatch) && m.simple() {
			return m.text
		}
	}
	return ""
}

// simple reports whether the condition is one on a value that is there, as it is.
func (m *matcher) simple() bool { return !m.invert && !m.fold && !m.missingIsEmpty }

// find returns the place of the first rule that covers a request, -1 if none does.
func (x *index) find(r *Request) int {
	best := int32(len(x.alternatives))
	method, _ := r.First(Method)
	if path, there := r.First(Path); there {
		if len(x.exact) > 0 {
			best = x.first(x.exact[question{method, path}], best, r)
			if method != "" {
				best = x.first(x.exact[question{"", path}], best, r)
			}
		}
		for n := &x.prefixes; n != nil; n, path = n.next(path) {
			best = x.first(n.places, best, r)
		}
	}
	if best = x.first(x.rest, best, r); int(best) == len(x.alternatives) {
		return -1
	}
	return int(x.alternatives[best].rule)
}

// first returns the first place of a list that is below best and covers a request, or else best.
func (x *index) first(places []int32, best int32, r *Request) int32 {
	for _, place := range places {
		if place >= best {
			break
		}
		if x.alternatives[place].holds(r) {
			return place
		}
	}
	return best
}

// node is a part of a tree of texts, which share what they begin with.
type node struct {
	// label is what follows the text of the parent.
	label    string
	places   []int32
	children []*node
}

func (n *node) add(text string, place int32) {
	if text == "" {
		n.places = append(n.places, place)
		return
	}
	for _, child := range n.children {
		if child.label[0] != text[0] {
			continue
		}
		child.split(common(child.label, text))
		child.add(text[len(child.label):], place)
		return
	}
	n.children = append(n.children, &node{label: text, places: []int32{place}})
}

// split cuts the label of a node to a length, and makes a child of the rest.
func (n *node) split(length int) {
	if length == len(n.label) {
		return
	}
	rest := *n
	rest.label = n.label[length:]
	*n = node{label: n.label[:length], children: []*node{&rest}}
}

// common returns the length of what two texts begin with.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// next returns the child whose label a text begins with, and the rest of the text; nil if there is none.
func (n *node) next(text string) (*node, string) {
	for _, child := range n.children {
		if rest, ok := strings.CutPrefix(text, child.label); ok {
			return child, rest
		}
	}
	return nil, text
}
