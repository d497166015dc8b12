package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// rulesOf makes the rules for requests that have the same words.
func (l *learner) rulesOf(group []*observation, exact int, limits bool) (rules []learnedRule, err error) {
	classes := map[int]map[string]*class{}
	for i := range l.fields {
		if f := &l.fields[i]; f.open() {
			classes[f.number] = f.classes(group, exact)
		}
	}
	parts, order := map[string][]*observation{}, []string(nil)
	for _, o := range group {
		id := ""
		for _, f := range l.fields {
			if texts := o.texts(f.number); f.open() && len(texts) > 0 {
				id += fmt.Sprintf("%d:%p ", f.number, classes[f.number][texts[0]])
			}
		}
		if parts[id] == nil {
			order = append(order, id)
		}
		parts[id] = append(parts[id], o)
	}
	for _, id := range order {
		r, err := l.ruleOf(parts[id], classes, limits)
		if err != nil {
			return nil, err
		}
		if !r.unclear {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// ruleOf makes the rule for requests that differ only in values of one class each.
func (l *learner) ruleOf(part []*observation, classes map[int]map[string]*class, limits bool) (r learnedRule, err error) {
	first := part[0]
	var whole []keyValue
	for i := range l.fields {
		f := &l.fields[i]
		texts := first.texts(f.number)
		if len(texts) == 0 {
			continue
		}
		switch {
		case f.word != nil:
			if word, narrow, ok := wordFor(f.word, texts); ok && narrow {
				r.keys = append(r.keys, keyValue{f.word.Name, word})
			} else if ok {
				whole = append(whole, keyValue{f.word.Name, word})
			}
		case f.open():
			if kv, ok := f.condition(classes[f.number][texts[0]]); ok {
				r.keys = append(r.keys, kv)
			} else {
				r.evidence = append(r.evidence, "any "+f.name)
			}
		case f.atMost != nil && limits:
			n := int64(0)
			for _, o := range part {
				n = max(n, largest(o.values[f.number]))
			}
			if n > 0 && n < math.MaxInt64 {
				r.keys = append(r.keys, keyValue{f.atMost.Name, fmt.Sprint(n)})
			}
		}
	}
	r.explain(l.fields, part)
	return r, l.fit(&r, part, whole)
}

// wordFor returns the word that stands for the fewest values, these among them. It is narrow if it leaves out a value that
// another word stands for.
func wordFor(key *proxylib.RuleKey, texts []string) (word string, narrow, ok bool) {
	all := map[string]bool{}
	best := -1
	for w, values := range key.Values {
		for _, v := range values {
			all[v] = true
		}
		holds := !slices.ContainsFunc(texts, func(t string) bool { return !slices.Contains(values, t) })
		if holds && (best < 0 || len(values) < best || len(values) == best && better(w, word, texts)) {
			word, best = w, len(values)
		}
	}
	return word, best < len(all), best >= 0
}

// better reports whether one of two words that stand for the same is to be taken: the value itself, or the first.
func better(word, than string, texts []string) bool {
	if own, other := slices.Contains(texts, word), slices.Contains(texts, than); own != other {
		return own
	}
	return cmp.Compare(word, than) < 0
}

// explain adds the evidence: how many requests there were, and examples of their values.
func (r *learnedRule) explain(fields []learnField, part []*observation) {
	for _, o := range part {
		r.count += o.count
	}
	evidence := []string{number(uint64(r.count), "request")}
	for _, f := range fields {
		if !f.open() {
			continue
		}
		var values []string
		for _, o := range part {
			values = append(values, o.texts(f.number)...)
		}
		slices.Sort(values)
		if values = slices.Compact(values); len(values) > 0 {
			evidence = append(evidence, examplesOf(f.name, values))
		}
	}
	r.evidence = append(evidence, r.evidence...)
}

// fit makes sure that the rule allows the requests: keys that the protocol does not take together, or that do not hold for
// all of them, are left out. whole are keys that restrict nothing, and that some protocols ask for.
func (l *learner) fit(r *learnedRule, part []*observation, whole []keyValue) error {
	given := r.keys
	if l.allows(r, part) {
		return nil
	}
	if l.fromLog {
		// A log may not have all that a request is about. A rule with fewer keys would allow more than was recorded.
		if r.keys = slices.Concat(given, whole); !l.allows(r, part) {
			l.unclear += uint64(r.count)
			r.unclear = true
		}
		return nil
	}
	for _, more := range [][]keyValue{whole, nil} {
		var kept []keyValue
		if r.keys = slices.Concat(given, more); l.allows(r, part) {
			return nil
		}
		for _, kv := range given {
			if r.keys = slices.Concat(kept, []keyValue{kv}, more); l.allows(r, part) {
				kept = append(kept, kv)
			}
		}
		if r.keys = slices.Concat(kept, more); !l.allows(r, part) {
			continue
		}
		for _, kv := range given {
			if !slices.Contains(kept, kv) {
				r.evidence = append(r.evidence, "without "+kv.key)
			}
		}
		return nil
	}
	return fmt.Errorf("no rule of parser %s allows a request with %s: please report it", l.protocol.Name, strings.Join(r.evidence, "; "))
}

// allows reports whether a rule can be written and allows all requests.
func (l *learner) allows(r *learnedRule, part []*observation) bool {
	set, err := l.protocol.Compile([]map[string]string{r.asMap()})
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(part, func(o *observation) bool { return !set.Matches(o) })
}

// write writes the policy.
func (p *proposal) write(out io.Writer, form string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Learned from %s: %s.\n", p.source, number(p.requests, "request"))
	if form == "filter" {
		fmt.Fprintf(&b, "parser: %s\npolicy:\n  allow:\n", p.parser)
		p.writeRules(&b, "  ", true)
	} else {
		p.writeResource(&b)
	}
	_, err := out.Write(b.Bytes())
	return err
}

// writeResource writes a policy for all servers, which has the same rules for each port.
func (p *proposal) writeResource(b *bytes.Buffer) {
	var addresses []string
	var ports []uint16
	for _, s := range p.servers {
		addresses, ports = append(addresses, s.Addr().String()), append(ports, s.Port())
	}
	slices.Sort(addresses)
	slices.Sort(ports)
	addresses, ports = slices.Compact(addresses), slices.Compact(ports)
	fmt.Fprintf(b, "resources:\n- endpoint_ips: [%s]\n  ingress_per_port_policies:\n", quoteAll(addresses))
	for _, port := range ports {
		fmt.Fprintf(b, "  - port: %d\n    rules:\n    - name: learned\n      l7_proto: %s\n      l7_rules:\n        l7_allow_rules:\n",
			port, p.parser)
		p.writeRules(b, strings.Repeat(" ", 8), false)
	}
}

func (p *proposal) writeRules(b *bytes.Buffer, indent string, filter bool) {
	for i := range p.rules {
		p.rules[i].write(b, indent, filter)
	}
}

func quoteAll(addresses []string) string {
	var texts []string
	for _, a := range addresses {
		texts = append(texts, yamlText(a))
	}
	return strings.Join(texts, ", ")
}

// write writes a rule below its evidence.
func (r *learnedRule) write(b *bytes.Buffer, indent string, filter bool) {
	var pairs []string
	for _, kv := range r.keys {
		pairs = append(pairs, kv.key+": "+yamlText(kv.value))
	}
	keys := "{" + strings.Join(pairs, ", ") + "}"
	if !filter && len(pairs) > 0 {
		keys = "rule: " + keys
	}
	fmt.Fprintf(b, "%s# %s\n%s- %s\n", indent, strings.Join(r.evidence, "; "), indent, keys)
}

// plainText are texts that YAML takes as they are.
var plainText = regexp.MustCompile(`^[A-Za-z/@][A-Za-z0-9/_.|@-]*$`)

// yamlText writes a text for YAML, quoted where it could be taken for something else.
func yamlText(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
	default:
		if plainText.MatchString(text) && text[0] != '@' {
			return text
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	// A text can be written.
	_ = encoder.Encode(text)
	return strings.TrimSuffix(b.String(), "\n")
}
