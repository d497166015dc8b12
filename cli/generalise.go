package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// class is a set of values of a field that a rule treats alike.
type class struct {
	// alternatives are prefixes or, if exact, whole values. Several are those that requests have together.
	alternatives []alternative
	// any: no condition holds for all of them.
	any bool
}

type alternative struct {
	text  string
	exact bool
}

// separators end the parts of values by which they are generalised.
const separators = "/:.-_|#@ "

// prefixes generalises values to at most a number of prefixes that end in a separator, the longest that will do. What has
// no separator stays as it is, unless that would be too many: then it is what all begin with.
func prefixes(values []string, maximum int) map[string]alternative {
	deepest := 0
	for _, v := range values {
		deepest = max(deepest, len(cutsOf(v)))
	}
	for depth := deepest; depth > 0; depth-- {
		found, distinct := map[string]alternative{}, map[alternative]bool{}
		for _, v := range values {
			found[v] = prefixOf(v, depth)
			distinct[found[v]] = true
		}
		if len(distinct) <= maximum {
			return found
		}
	}
	found, common := map[string]alternative{}, alternative{text: commonPrefix(values)}
	for _, v := range values {
		found[v] = common
	}
	return found
}

// cutsOf are the places after separators, but for the end of the value.
func cutsOf(value string) (cuts []int) {
	for i := range len(value) - 1 {
		if strings.IndexByte(separators, value[i]) >= 0 {
			cuts = append(cuts, i+1)
		}
	}
	return cuts
}

func prefixOf(value string, depth int) alternative {
	cuts := cutsOf(value)
	if len(cuts) == 0 {
		return alternative{value, true}
	}
	return alternative{text: value[:cuts[min(depth, len(cuts))-1]]}
}

func commonPrefix(values []string) string {
	common := values[0]
	for _, v := range values[1:] {
		for !strings.HasPrefix(v, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// classes are those of the values of an open field, by value. Values that a request has together are in one class, for one
// rule has to hold for all of them.
func (f *learnField) classes(group []*observation, maximum int) map[string]*class {
	var values []string
	for _, o := range group {
		values = append(values, o.texts(f.number)...)
	}
	slices.Sort(values)
	values = slices.Compact(values)
	of := map[string]alternative{}
	if len(values) > maximum && (f.prefix != nil || f.regex != nil) {
		of = prefixes(values, maximum)
	} else {
		for _, v := range values {
			of[v] = alternative{v, true}
		}
	}
	joined := newPartition()
	for _, o := range group {
		texts := o.texts(f.number)
		for _, text := range texts {
			joined.join(of[texts[0]], of[text])
		}
	}
	byRoot, found := map[alternative]*class{}, map[string]*class{}
	for _, v := range values {
		root := joined.find(of[v])
		c := byRoot[root]
		if c == nil {
			c = &class{}
			byRoot[root] = c
		}
		if !slices.Contains(c.alternatives, of[v]) {
			c.alternatives = append(c.alternatives, of[v])
		}
		found[v] = c
	}
	for _, c := range byRoot {
		f.simplify(c, maximum)
	}
	return found
}

// simplify makes one prefix of alternatives that are too many, or that the field has no key for.
func (f *learnField) simplify(c *class, maximum int) {
	c.alternatives = slices.DeleteFunc(slices.Clone(c.alternatives), func(a alternative) bool {
		return slices.ContainsFunc(c.alternatives, func(b alternative) bool { return b != a && !b.exact && strings.HasPrefix(a.text, b.text) })
	})
	switch {
	case len(c.alternatives) == 1 && c.alternatives[0].text != "":
	case len(c.alternatives) > 1 && len(c.alternatives) <= maximum && f.regex != nil:
	default:
		var texts []string
		for _, a := range c.alternatives {
			texts = append(texts, a.text)
		}
		common := commonPrefix(texts)
		c.alternatives = []alternative{{text: common}}
		c.any = common == "" || f.prefix == nil && f.regex == nil
	}
	for _, a := range c.alternatives {
		c.any = c.any || !writable(a.text)
	}
}

// condition is the key for a class, with its value; not ok if there is none.
func (f *learnField) condition(c *class) (kv keyValue, ok bool) {
	if c.any {
		return kv, false
	}
	if len(c.alternatives) == 1 {
		a := c.alternatives[0]
		switch {
		case a.exact && f.exact != nil:
			return keyValue{f.exact.Name, a.text}, true
		case !a.exact && f.prefix != nil:
			return keyValue{f.prefix.Name, a.text}, true
		}
	}
	if f.regex == nil {
		return kv, false
	}
	return keyValue{f.regex.Name, expression(c.alternatives)}, true
}

// expression is a regular expression for alternatives.
func expression(alternatives []alternative) string {
	var parts []string
	for _, a := range alternatives {
		part := regexp.QuoteMeta(a.text)
		if a.exact {
			part += "$"
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return "^" + parts[0]
	}
	return "^(?:" + strings.Join(parts, "|") + ")"
}

// partition joins alternatives that belong together.
type partition struct{ parents map[alternative]alternative }

func newPartition() *partition { return &partition{map[alternative]alternative{}} }

func (p *partition) find(a alternative) alternative {
	for {
		parent, known := p.parents[a]
		if !known || parent == a {
			return a
		}
		a = parent
	}
}

func (p *partition) join(a, b alternative) {
	if a, b = p.find(a), p.find(b); a != b {
		p.parents[b] = a
	}
}

// examplesOf shows some values of a field, and how many there are.
func examplesOf(name string, values []string) string {
	const shown = 3
	var texts []string
	for _, v := range values[:min(len(values), shown)] {
		texts = append(texts, quoted(v))
	}
	text := fmt.Sprintf("%s %s", name, strings.Join(texts, ", "))
	if len(values) > shown {
		text += fmt.Sprintf(", … (%d different)", len(values))
	}
	return text
}
