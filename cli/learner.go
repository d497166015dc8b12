package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/proxylib/proxylib/proxylib"
)

// learnField is a field of requests, and the keys by which rules can be about it.
type learnField struct {
	requestField
	// word is a key of which each value stands for some of a few; exact, prefix, regex and atMost are those of other kinds.
	word, exact, prefix, regex, atMost *proxylib.RuleKey
}

// open reports whether the field has values that the protocol does not list.
func (f *learnField) open() bool {
	return f.word == nil && (f.exact != nil || f.prefix != nil || f.regex != nil)
}

// observation is a request, as the values of its fields. It implements [proxylib.Subject].
type observation struct {
	values map[int][]proxylib.Value
	count  int
}

// Value implements [proxylib.Subject].
func (o *observation) Value(field, at int) (proxylib.Value, int) {
	values := o.values[field]
	switch {
	case at >= len(values):
		return proxylib.NoValue, 0
	case at+1 < len(values):
		return values[at], at + 1
	}
	return values[at], 0
}

// texts returns the values of a field, each once.
func (o *observation) texts(field int) (texts []string) {
	for _, v := range o.values[field] {
		texts = append(texts, v.String())
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// learner collects the requests that are different.
type learner struct {
	protocol *proxylib.Protocol
	fields   []learnField
	// seen are the requests by all that is known of them; order is that in which they came.
	seen  map[string]*observation
	order []*observation
	// requests is their number. refused are those that the parser refuses by itself, closed the connections that it closes.
	requests, refused, closed uint64
	// fromLog: what is learned from is an access log. unclear are requests of which it does not say enough.
	fromLog bool
	unclear uint64
	servers []netip.AddrPort
	stats   recordStats
	failed  error
}

// maxObservations is the number of different requests that are learned from.
const maxObservations = 1 << 19

// framework are the keys of the framework, which are not learned.
var framework = []string{"access", "user", "user_prefix", "user_regex"}

func newLearner(parser string) (*learner, error) {
	l := &learner{protocol: proxylib.Registered(parser), seen: map[string]*observation{}}
	for _, f := range requestFields(l.protocol) {
		field := learnField{requestField: f}
		for i := range f.keys {
			key := &f.keys[i]
			switch {
			case key.Implied || slices.Contains(framework, key.Name):
			case key.Match == proxylib.Exact && key.Values != nil:
				field.word = key
			case key.Match == proxylib.Exact:
				field.exact = key
			case key.Match == proxylib.Prefix:
				field.prefix = key
			case key.Match == proxylib.Regexp:
				field.regex = key
			case key.Match == proxylib.AtMost:
				field.atMost = key
			}
		}
		l.fields = append(l.fields, field)
	}
	if len(l.fields) == 0 {
		return nil, fmt.Errorf("parser %s declares no rule keys: nothing can be learned for it", parser)
	}
	return l, nil
}

// observe copies what a request says of its fields. It is not known if a part is not: it is then the second question about
// a request, whether a rule denies it.
func (l *learner) observe(subject proxylib.Subject) (o *observation, known bool) {
	o = &observation{values: map[int][]proxylib.Value{}}
	for _, f := range l.fields {
		for at := 0; ; {
			value, next := subject.Value(f.number, at)
			if value.Unknown() {
				return nil, false
			}
			if value.String() != "" {
				o.values[f.number] = append(o.values[f.number], value.Clone())
			}
			if next == 0 {
				break
			}
			at = next
		}
	}
	return o, true
}

// add adds a request.
func (l *learner) add(o *observation) {
	var b strings.Builder
	for _, f := range l.fields {
		if f.atMost == nil {
			fmt.Fprintf(&b, "%d%q", f.number, o.texts(f.number))
		}
	}
	l.requests++
	known := l.seen[b.String()]
	if known == nil {
		if len(l.order) == maxObservations {
			l.failed = fmt.Errorf("more than %d different requests: learn from a part of them", maxObservations)
			return
		}
		known = o
		l.seen[b.String()] = o
		l.order = append(l.order, o)
	}
	known.count++
	known.raise(l.fields, o)
}

// raise keeps the largest numbers.
func (o *observation) raise(fields []learnField, other *observation) {
	for _, f := range fields {
		values := other.values[f.number]
		if f.atMost == nil || len(values) == 0 {
			continue
		}
		if own := o.values[f.number]; len(own) == 0 || largest(own) < largest(values) {
			o.values[f.number] = values
		}
	}
}

func largest(values []proxylib.Value) (n int64) {
	for _, v := range values {
		if i, ok := v.Int(); ok {
			n = max(n, i)
		}
	}
	return n
}

// proposal is a policy with its evidence.
type proposal struct {
	source   string
	parser   string
	servers  []netip.AddrPort
	requests uint64
	rules    []learnedRule
}

// learnedRule is a rule and what it was learned from.
type learnedRule struct {
	// keys are in the order of the protocol's.
	keys     []keyValue
	count    int
	evidence []string
	// unclear: the log does not say enough of the requests for a rule.
	unclear bool
}

type keyValue struct{ key, value string }

func (r *learnedRule) asMap() map[string]string {
	m := map[string]string{}
	for _, kv := range r.keys {
		m[kv.key] = kv.value
	}
	return m
}

var errNothing = errors.New("there is no request to learn from")

// propose makes a policy that allows all that has been seen.
func (l *learner) propose(exact int, limits bool) (*proposal, error) {
	if len(l.order) == 0 {
		return nil, errNothing
	}
	p := &proposal{parser: l.protocol.Name, servers: l.servers, requests: l.requests}
	l.dropRedundant()
	known := map[string]int{}
	for _, group := range l.groups() {
		rules, err := l.rulesOf(group, exact, limits)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			id := fmt.Sprint(r.keys)
			if i, twice := known[id]; twice {
				p.rules[i].count += r.count
				continue
			}
			known[id] = len(p.rules)
			p.rules = append(p.rules, r)
		}
	}
	return p, nil
}

// dropRedundant leaves out fields whose values are put together from those of others.
func (l *learner) dropRedundant() {
	l.fields = slices.DeleteFunc(slices.Clone(l.fields), func(f learnField) bool {
		return f.open() && f.exact == nil && slices.IndexFunc(l.order, func(o *observation) bool {
			for _, text := range o.texts(f.number) {
				if !l.composed(o, f.number, text) {
					return true
				}
			}
			return false
		}) < 0
	})
}

// composed reports whether a text is a value of another open field, or two of them with one byte between.
func (l *learner) composed(o *observation, field int, text string) bool {
	var others []string
	for _, f := range l.fields {
		if f.number != field && f.open() && f.exact != nil {
			others = append(others, o.texts(f.number)...)
		}
	}
	for _, a := range others {
		if a == text {
			return true
		}
		for _, b := range others {
			if len(text) == len(a)+1+len(b) && strings.HasPrefix(text, a) && strings.HasSuffix(text, b) {
				return true
			}
		}
	}
	return false
}

// groups are the requests that have the same words, and values of the same open fields, in the order in which they came.
func (l *learner) groups() [][]*observation {
	var groups [][]*observation
	index := map[string]int{}
	for _, o := range l.order {
		var b strings.Builder
		for _, f := range l.fields {
			switch {
			case f.word != nil:
				fmt.Fprintf(&b, "%d%q", f.number, o.texts(f.number))
			case f.open() && len(o.values[f.number]) > 0:
				fmt.Fprintf(&b, "%d+", f.number)
			}
		}
		i, known := index[b.String()]
		if !known {
			i = len(groups)
			index[b.String()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// writable reports whether a value can be written in a policy.
func writable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}
