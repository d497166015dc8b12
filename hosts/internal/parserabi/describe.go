package parserabi

import (
	"errors"
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
)

// Description is what a parser says of its protocol, as JSON. The fields are those of [proxylib.Protocol].
type Description struct {
	Name      string     `json:"name"`
	RuleKeys  []RuleKey  `json:"rule_keys,omitempty"`
	LogFields []LogField `json:"log_fields,omitempty"`
	Access    []Access   `json:"access,omitempty"`
	Login     bool       `json:"login,omitempty"`
	System    string     `json:"system,omitempty"`
	// Version is that of the parser, of at most [MaxVersion] bytes.
	Version string `json:"version,omitempty"`
	// Configures: the parser takes a configuration. ChecksRules: it wants to see rules, see ExportRule.
	Configures  bool `json:"configures,omitempty"`
	ChecksRules bool `json:"checks_rules,omitempty"`
	// Error, if not empty, is why the module is not a parser.
	Error string `json:"error,omitempty"`
}

// MaxVersion is the length of the longest version, in bytes.
const MaxVersion = 64

// RuleKey is a [proxylib.RuleKey].
type RuleKey struct {
	Name    string              `json:"name"`
	Field   uint32              `json:"field"`
	Match   string              `json:"match"`
	Values  map[string][]string `json:"values,omitempty"`
	Alias   uint32              `json:"alias,omitempty"`
	Implied bool                `json:"implied,omitempty"`
	MaxLen  int                 `json:"max_len,omitempty"`
	Doc     string              `json:"doc,omitempty"`
}

// LogField is a [proxylib.LogFieldDoc].
type LogField struct {
	Name      string `json:"name"`
	Doc       string `json:"doc,omitempty"`
	Attribute string `json:"attribute,omitempty"`
}

// Access is a [proxylib.AccessDoc].
type Access struct {
	Access string `json:"access"`
	Doc    string `json:"doc,omitempty"`
}

// matches are the words for the ways to compare.
var matches = map[string]proxylib.Match{
	"exact": proxylib.Exact, "prefix": proxylib.Prefix, "regexp": proxylib.Regexp, "at_most": proxylib.AtMost, "custom": proxylib.Custom,
}

// Describe returns the description of a registered protocol.
func Describe(p *proxylib.Protocol) Description {
	d := Description{
		Name: p.Name, Login: p.Login, System: p.System, Configures: p.Configure != nil, ChecksRules: p.CheckRule != nil || p.Imply != nil,
	}
	for i := range p.RuleKeys {
		k := &p.RuleKeys[i]
		if k.Field < 0 {
			// The framework adds its own.
			continue
		}
		key := RuleKey{
			Name: k.Name, Field: uint32(k.Field), Values: k.Values, Alias: uint32(k.Alias), Implied: k.Implied, MaxLen: k.MaxLen, Doc: k.Doc,
		}
		for word, match := range matches {
			if match == k.Match {
				key.Match = word
			}
		}
		d.RuleKeys = append(d.RuleKeys, key)
	}
	for _, f := range p.LogFields {
		if p.Login && f.Name == "user" {
			continue
		}
		d.LogFields = append(d.LogFields, LogField(f))
	}
	for _, a := range p.Access {
		d.Access = append(d.Access, Access{a.Access.String(), a.Doc})
	}
	return d
}

// Fields returns the numbers of the fields that rules may ask about, in ascending order.
func (d *Description) Fields() (fields []uint32) {
	for _, k := range d.RuleKeys {
		fields = append(fields, k.Field)
		if k.Alias != 0 {
			fields = append(fields, k.Alias)
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// Limits of a description.
const (
	maxKeys  = 256
	maxField = 1 << 16
	maxName  = 64
)

// Protocol returns the protocol without what calls the parser: New, Configure, CheckRule, Imply, and the Compile of custom keys.
func (d *Description) Protocol() (*proxylib.Protocol, error) {
	if d.Error != "" {
		return nil, errors.New(d.Error)
	}
	if d.Name == "" || len(d.Name) > maxName {
		return nil, fmt.Errorf("name: give 1 to %d bytes", maxName)
	}
	if len(d.RuleKeys) > maxKeys || len(d.LogFields) > maxKeys {
		return nil, fmt.Errorf("rule_keys and log_fields: give at most %d", maxKeys)
	}
	p := &proxylib.Protocol{Name: d.Name, Login: d.Login, System: d.System}
	for _, k := range d.RuleKeys {
		match, known := matches[k.Match]
		switch {
		case !known:
			return nil, fmt.Errorf("rule key %.64q: match %.64q is unknown: give exact, prefix, regexp, at_most or custom", k.Name, k.Match)
		case k.Name == "" || k.Field > maxField || k.Alias > maxField || k.MaxLen < 0:
			return nil, fmt.Errorf("rule key %.64q: name, field, alias or max_len is out of range", k.Name)
		case match != proxylib.Exact && k.Values != nil:
			return nil, fmt.Errorf("rule key %.64q: only a key with match exact has values", k.Name)
		}
		p.RuleKeys = append(p.RuleKeys, proxylib.RuleKey{
			Name: k.Name, Field: int(k.Field), Match: match, Values: k.Values, Alias: int(k.Alias), Implied: k.Implied,
			MaxLen: k.MaxLen, Doc: k.Doc,
		})
	}
	for _, f := range d.LogFields {
		p.LogFields = append(p.LogFields, proxylib.LogFieldDoc(f))
	}
	for _, a := range d.Access {
		class, err := accessOf(a.Access)
		if err != nil {
			return nil, err
		}
		p.Access = append(p.Access, proxylib.AccessDoc{Access: class, Doc: a.Doc})
	}
	return p, nil
}

func accessOf(word string) (proxylib.Access, error) {
	for a := proxylib.Read; a <= proxylib.Admin; a++ {
		if a.String() == word {
			return a, nil
		}
	}
	return 0, errors.New("access: give read, write or admin")
}

// SameRules reports whether rules that were compiled for d mean the same to other.
func (d *Description) SameRules(other *Description) bool {
	return d.Name == other.Name && d.Login == other.Login && (len(d.Access) > 0) == (len(other.Access) > 0) &&
		d.ChecksRules == other.ChecksRules && slices.EqualFunc(d.RuleKeys, other.RuleKeys, sameKey)
}

func sameKey(a, b RuleKey) bool {
	if a.Name != b.Name || a.Field != b.Field || a.Match != b.Match || a.Alias != b.Alias || a.Implied != b.Implied ||
		a.MaxLen != b.MaxLen || len(a.Values) != len(b.Values) || (a.Values == nil) != (b.Values == nil) {
		return false
	}
	for word, values := range a.Values {
		if other, there := b.Values[word]; !there || !slices.Equal(values, other) {
			return false
		}
	}
	return true
}

// RuleQuestion is what ExportRule is asked, as JSON: Keys are those of a rule; or Key is a custom key, and Written what is
// written for it.
type RuleQuestion struct {
	Keys    map[string]string `json:"keys,omitempty"`
	Key     string            `json:"key,omitempty"`
	Written string            `json:"written,omitempty"`
}

// RuleAnswer is what it returns: why the rule is refused, or what it demands besides.
type RuleAnswer struct {
	Error   string            `json:"error,omitempty"`
	Implied map[string]string `json:"implied,omitempty"`
}
