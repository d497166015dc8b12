package proxylib

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Declaration is what a parser says of its policy rules and its access log. Validation of policies, the messages about
// their mistakes, and documentation come from it.
type Declaration struct {
	// RuleKeys are the keys that an L7 rule may have, in the order in which they are documented.
	RuleKeys []RuleKey
	// CheckRule refuses rules whose keys, each of them valid, make no sense together; may be nil. keys is not empty,
	// and no value in it is.
	CheckRule func(keys map[string]string) error
	// LogFields are the fields of access-log entries, in the order in which they are documented.
	LogFields []LogFieldDoc
}

// RuleKey is a key of L7 rules: a condition on a field of requests. All keys of a rule have to hold; a rule without keys
// matches every request. A key whose value is empty is as one that is left out, where such are accepted: those who write
// resources of NPDS do so; documents with them are refused.
type RuleKey struct {
	Name string
	// Field is the parser's number of the field that the condition is on; see [Subject]. Several keys may be on one.
	Field int
	// Match says how values are compared.
	Match Match
	// Values are what may be written for an [Exact] key, and which values of the field each word stands for; it may stand
	// for none, and then matches nothing. nil allows any text, which stands for itself.
	Values map[string][]string
	// Alias, if not 0, is the number of a field whose value is another name for all that Field has values of. The key
	// holds for a request if it holds for either; a rule that denies takes the values of both as parts.
	Alias int
	// MaxLen is the longest value, in bytes, that the field can have in a request; 0 is no limit. A longer one can not be
	// written for an Exact or [Prefix] key, for it would match nothing.
	MaxLen int
	// Doc ends the sentence "a request matches when …".
	Doc string
}

// Match is a way to compare values.
type Match uint8

const (
	// Exact holds for values that are equal to what is written, or one of the Values that it stands for.
	Exact Match = iota + 1
	// Prefix holds for values that begin with what is written.
	Prefix
	// Regexp holds for values in which the regular expression (RE2, not anchored, on raw bytes) finds something.
	Regexp
	// AtMost holds for numbers that are not above the one that is written, in decimal.
	AtMost
)

// LogFieldDoc documents a field of access-log entries.
type LogFieldDoc struct {
	Name string
	// Doc says what the value is, and where the field is absent.
	Doc string
}

// declarations is filled by init functions and read-only afterwards.
var declarations = map[string]*Declaration{}

// Declare registers what a parser says of itself, and with it the L7 rules of that l7_proto: requests that the parser
// hands to [Connection.Decide] have to be a [Subject]. It is meant to be called from an init function; a name that is
// taken, or two keys of one name, are a programmer's error and panic.
func Declare(name string, d Declaration) {
	if _, taken := declarations[name]; taken {
		panic(fmt.Sprintf("proxylib: parser %q is declared twice", name))
	}
	for i := range d.RuleKeys {
		if d.key(d.RuleKeys[i].Name) != &d.RuleKeys[i] {
			panic(fmt.Sprintf("proxylib: parser %q declares key %q twice", name, d.RuleKeys[i].Name))
		}
	}
	declarations[name] = &d
	RegisterL7RuleParser(name, func(config *PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		var rules []map[string]string
		for _, entry := range config.GetL7Rules().GetL7AllowRules() {
			rules = append(rules, entry.GetRule())
		}
		set, err := d.Compile(rules)
		if err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
		return []L7NetworkPolicyRule{set}, nil
	})
}

// Declared returns the declaration of a parser, not to be changed, or nil.
func Declared(name string) *Declaration { return declarations[name] }

func (d *Declaration) key(name string) *RuleKey {
	i := slices.IndexFunc(d.RuleKeys, func(k RuleKey) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &d.RuleKeys[i]
}

// RuleKeyTable is the documentation of the rule keys, a table in Markdown.
func (d *Declaration) RuleKeyTable() string {
	var b strings.Builder
	b.WriteString("| key | a request matches when |\n|---|---|\n")
	for _, k := range d.RuleKeys {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, k.Doc)
	}
	return b.String()
}

// LogFieldTable is the documentation of the log fields, a table in Markdown.
func (d *Declaration) LogFieldTable() string {
	var b strings.Builder
	b.WriteString("| field | value |\n|---|---|\n")
	for _, f := range d.LogFields {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Doc)
	}
	return b.String()
}

// words lists what may be written for a key, for messages.
func (k *RuleKey) words() string { return either(slices.Sorted(maps.Keys(k.Values))) }

// either joins words for a sentence.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
