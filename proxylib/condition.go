package proxylib

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// condition is one key of a compiled rule: what holds for a value of the field. It is immutable.
type condition struct {
	key *RuleKey
	// match is that of the key, or a simpler one that says the same.
	match Match
	// texts are the values of an Exact condition, or the one prefix.
	texts []string
	// set are the texts of an Exact condition that has many.
	set    map[string]bool
	expr   *regexp.Regexp
	custom func([]byte) bool
	limit  int64
}

// manyTexts is the number of texts up to which comparing one by one is faster than a lookup.
const manyTexts = 8

// holds reports whether the condition holds for a value.
func (c *condition) holds(value Value) bool {
	if len(value.text) > 0 {
		return c.holdsText(value.text)
	}
	if value.text == nil {
		return false
	}
	return c.match == AtMost && value.number <= c.limit || value.isUnknown()
}

func (c *condition) holdsText(text []byte) bool {
	switch c.match {
	case Exact:
		if c.set != nil {
			return c.set[string(text)]
		}
		for _, t := range c.texts {
			if string(text) == t {
				return true
			}
		}
	case Prefix:
		return hasPrefix(text, c.texts[0])
	case Regexp:
		return c.expr.Match(text)
	case Custom:
		return c.custom(text)
	case accessLevel:
		return accessOfText(text) <= Access(c.limit)
	}
	return false
}

// reached reports whether a request does as much as a condition on its access says, or more: that is what rules that deny
// ask, and there is one such condition in a rule at most.
func (r conditions) reached(s Subject) bool {
	value, _ := fieldValue(s, fieldAccess, 0)
	return value.isUnknown() || len(value.text) > 0 && accessOfText(value.text) >= Access(r[0].limit)
}

// newCondition compiles what is written for a key, which is not empty.
func newCondition(key *RuleKey, text string) (condition, error) {
	c := condition{key: key, match: key.Match, texts: []string{text}}
	switch {
	case key.Values != nil:
		texts, known := key.Values[text]
		if !known {
			return c, fmt.Errorf("%q is unknown, use %s", text, key.words())
		}
		c.texts = texts
		if len(texts) > manyTexts {
			c.set = map[string]bool{}
			for _, t := range texts {
				c.set[t] = true
			}
		}
		c.limit = int64(accessOfText([]byte(text)))
	case key.Match == Regexp:
		expr, err := regexp.Compile(text)
		if err != nil {
			return c, err
		}
		c.expr = expr
		if match, literal := simpler(text); match != Regexp {
			c.match, c.texts = match, []string{literal}
		}
	case key.Match == Custom:
		holds, err := key.Compile(text)
		if err != nil {
			return c, err
		}
		c.custom = holds
	case key.Match == AtMost:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return c, fmt.Errorf("%q is not a number, use decimal digits", text)
		}
		if n < key.Min {
			return c, fmt.Errorf("%d allows nothing, use a number from %d", n, key.Min)
		}
		c.limit = n
	case key.MaxLen > 0 && len(text) > key.MaxLen:
		return c, fmt.Errorf("has %d bytes, but no value is longer than %d", len(text), key.MaxLen)
	}
	return c, nil
}

// contradicts says why no value can meet both conditions, of which c holds for one value, or for those with a prefix;
// empty if one can, or if that is not known.
func (c *condition) contradicts(other *condition) string {
	if c.key.Field != other.key.Field || c.key.Values != nil || other.key.Values != nil {
		return ""
	}
	text := c.texts[0]
	possible := true
	switch {
	case c.match == Exact && other.match != AtMost:
		possible = other.holdsText([]byte(text))
	case c.match == Prefix && other.match == Prefix:
		possible = strings.HasPrefix(text, other.texts[0]) || strings.HasPrefix(other.texts[0], text)
	}
	if possible {
		return ""
	}
	return fmt.Sprintf("%s %q does not go with %s, so nothing can match", c.key.Name, text, other.key.Name)
}

// contradiction finds two conditions that cannot both hold.
func contradiction(conditions []condition) error {
	for i := range conditions {
		for j := range conditions {
			if reason := conditions[i].contradicts(&conditions[j]); i != j && reason != "" {
				return errors.New(reason)
			}
		}
	}
	return nil
}

// indexed reports whether rules can be found by the condition: it names the values that it holds for.
func (c *condition) indexed() bool {
	return c.key.Alias == 0 && (c.match == Exact || c.match == Prefix)
}

// simpler reports whether a regular expression says no more than that a value is, or begins with, a literal text. Those
// are found by a lookup, where others have to be tried.
func simpler(expr string) (Match, string) {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil || parsed.Op != syntax.OpConcat || parsed.Sub[0].Op != syntax.OpBeginText {
		return Regexp, ""
	}
	parts := parsed.Sub[1:]
	literal := parts[0]
	// A replacement character also stands for bytes that are no UTF-8.
	if literal.Op != syntax.OpLiteral || literal.Flags&syntax.FoldCase != 0 || slices.Contains(literal.Rune, utf8.RuneError) {
		return Regexp, ""
	}
	switch {
	case len(parts) == 1, len(parts) == 2 && parts[1].Op == syntax.OpStar:
		return Prefix, string(literal.Rune)
	case len(parts) == 2 && parts[1].Op == syntax.OpEndText:
		return Exact, string(literal.Rune)
	}
	return Regexp, ""
}
