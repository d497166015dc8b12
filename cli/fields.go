package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// requestField is a field of requests that rules of a parser are about.
type requestField struct {
	name   string
	number int
	keys   []proxylib.RuleKey
}

// requestFields lists the fields that a parser's rule keys are about. A field is called by what the names of its keys
// begin with: "key" if they are keyExact and keyPrefix.
func requestFields(p *proxylib.Protocol) []requestField {
	var list []requestField
	for _, key := range p.RuleKeys {
		i := slices.IndexFunc(list, func(f requestField) bool { return f.number == key.Field })
		if i < 0 {
			i, list = len(list), append(list, requestField{number: key.Field, name: key.Name})
		}
		list[i].keys = append(list[i].keys, key)
		list[i].name = stem(list[i].name, key.Name)
	}
	for i := range list {
		other := func(f requestField) bool { return f.number != list[i].number && f.answersTo(list[i].name) }
		if list[i].name == "" || slices.ContainsFunc(list, other) {
			list[i].name = list[i].keys[0].Name
		}
	}
	return list
}

// stem is the whole words that two names begin with.
func stem(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	endsWord := func(name string) bool { return n == len(name) || name[n] < 'a' || name[n] > 'z' }
	for n > 0 && !(endsWord(a) && endsWord(b)) {
		n--
	}
	return strings.TrimRight(a[:n], "_-.")
}

// answersTo reports whether a name is that of the field or of one of its keys.
func (f requestField) answersTo(name string) bool {
	return f.name == name || slices.ContainsFunc(f.keys, func(k proxylib.RuleKey) bool { return k.Name == name })
}

// read returns the values that a text stands for: a word of a rule key may stand for several, of which any is meant.
func (f requestField) read(text string) ([]proxylib.Value, error) {
	var words []string
	for _, key := range f.keys {
		switch values, known := key.Values[text]; {
		case key.Match == proxylib.AtMost:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("%s: %q is not a number, use decimal digits", f.name, text)
			}
			return []proxylib.Value{proxylib.Number(n)}, nil
		case known:
			var list []proxylib.Value
			for _, value := range values {
				list = append(list, proxylib.Text([]byte(value)))
			}
			return list, nil
		default:
			for word := range key.Values {
				words = append(words, word)
			}
		}
	}
	switch {
	case len(words) > 0:
		slices.Sort(words)
		return nil, fmt.Errorf("%s: %q is unknown, want one of %s", f.name, text, strings.Join(words, ", "))
	case text == "":
		return nil, nil
	}
	return []proxylib.Value{proxylib.Text([]byte(unescape(text)))}, nil
}

// writtenRequest is a request that is given by its fields. It implements [proxylib.Subject].
type writtenRequest struct {
	known []requestField
	// values are by the numbers of fields; a field that is not in it is not known, one without values is not there.
	values map[int][]proxylib.Value
	// assume: what is not known fits.
	assume bool
}

// readRequest reads fields that are written as name=value.
func readRequest(parser string, pairs []string) (*writtenRequest, error) {
	p := proxylib.Registered(parser)
	if p == nil || p.RuleKeys == nil {
		return nil, fmt.Errorf("parser %q does not declare fields, use --request", parser)
	}
	r := &writtenRequest{known: requestFields(p), values: map[int][]proxylib.Value{}}
	for _, pair := range pairs {
		name, text, found := strings.Cut(pair, "=")
		i := slices.IndexFunc(r.known, func(f requestField) bool { return f.answersTo(name) })
		switch {
		case !found:
			return nil, fmt.Errorf("%q: want name=value", pair)
		case i < 0:
			return nil, fmt.Errorf("parser %s has no field %q, but %s", parser, name, strings.Join(r.names(), ", "))
		}
		values, err := r.known[i].read(text)
		if err != nil {
			return nil, err
		}
		number := r.known[i].number
		r.values[number] = append(r.values[number], values...)
	}
	if len(r.values) == 0 {
		return nil, errors.New("there is no field")
	}
	if p.Describe != nil {
		r.complete(p.Describe)
	}
	return r, nil
}

// complete adds fields that are not given, but follow from those that are.
func (r *writtenRequest) complete(describe func(map[int]string) map[int]string) {
	given := map[int]string{}
	for number, values := range r.values {
		if len(values) == 1 {
			given[number] = values[0].String()
		}
	}
	for number, text := range describe(given) {
		if _, known := r.values[number]; !known {
			r.values[number] = []proxylib.Value{proxylib.Text([]byte(text))}
		}
	}
}

func (r *writtenRequest) names() (names []string) {
	for _, f := range r.known {
		names = append(names, f.name)
	}
	return names
}

// WholeSubject says that Value knows the fields of the framework, access and user, as well as those of the parser.
func (r *writtenRequest) WholeSubject() {}

// Value implements [proxylib.Subject].
func (r *writtenRequest) Value(field, at int) (proxylib.Value, int) {
	values, given := r.values[field]
	switch {
	case !given && r.assume && r.has(field):
		return proxylib.UnknownValue, 0
	case len(values) == 0:
		return proxylib.NoValue, 0
	case at+1 < len(values):
		return values[at], at + 1
	}
	return values[at], 0
}

// has reports whether keys are about the field by itself, not as another name for others.
func (r *writtenRequest) has(field int) bool {
	return slices.ContainsFunc(r.known, func(f requestField) bool { return f.number == field })
}

// missing lists the fields that keys of a rule are about and that are not given.
func (r *writtenRequest) missing(keys map[string]string) (names []string) {
	for _, f := range r.known {
		_, given := r.values[f.number]
		asked := slices.ContainsFunc(f.keys, func(k proxylib.RuleKey) bool { return keys[k.Name] != "" })
		if asked && !given {
			names = append(names, f.name)
		}
	}
	return names
}
