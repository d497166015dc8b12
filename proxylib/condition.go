package proxylib

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Condition is one key of a compiled rule: what holds for a value of the field. It is immutable.
type Condition struct {
	key *RuleKey
	// texts are the values of an Exact condition, or the one prefix.
	texts []string
	expr  *regexp.Regexp
	limit int64
}

// Holds tells whether the condition holds for a value. It allocates nothing and does not keep the value.
func (c *Condition) Holds(value []byte) bool {
	switch c.key.Match {
	case Exact:
		for _, text := range c.texts {
			if string(value) == text {
				return true
			}
		}
	case Prefix:
		return len(value) >= len(c.texts[0]) && string(value[:len(c.texts[0])]) == c.texts[0]
	case Regexp:
		return c.expr.Match(value)
	}
	return false
}

// HoldsNumber tells whether an [AtMost] condition holds for a number.
func (c *Condition) HoldsNumber(n int64) bool { return c.key.Match == AtMost && n <= c.limit }

// newCondition compiles what is written for a key.
func newCondition(key *RuleKey, text string) (Condition, error) {
	c := Condition{key: key, texts: []string{text}}
	switch {
	case text == "":
		return c, errors.New("is empty; leave the key out to match anything")
	case key.Values != nil:
		texts, known := key.Values[text]
		if !known {
			return c, fmt.Errorf("%q is unknown, use %s", text, key.words())
		}
		c.texts = texts
	case key.Match == Regexp:
		expr, err := regexp.Compile(text)
		if err != nil {
			return c, err
		}
		c.expr = expr
	case key.Match == AtMost:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return c, fmt.Errorf("%q is no number, use decimal digits", text)
		}
		c.limit = n
	case key.MaxLen > 0 && len(text) > key.MaxLen:
		return c, fmt.Errorf("has %d bytes, but no value is longer than %d", len(text), key.MaxLen)
	}
	return c, nil
}

// contradicts says why no value can meet both conditions, of which c is an Exact or Prefix one without Values; empty if
// one can, or if that is not known.
func (c *Condition) contradicts(other *Condition) string {
	if c.key.Field != other.key.Field || c.key.Values != nil || other.key.Values != nil {
		return ""
	}
	text := c.texts[0]
	possible := true
	switch {
	case c.key.Match == Exact && other.key.Match != AtMost:
		possible = other.Holds([]byte(text))
	case c.key.Match == Prefix && other.key.Match == Prefix:
		possible = strings.HasPrefix(text, other.texts[0]) || strings.HasPrefix(other.texts[0], text)
	}
	if possible {
		return ""
	}
	return fmt.Sprintf("%s %q does not go with %s, so nothing can match", c.key.Name, text, other.key.Name)
}

// contradiction finds two conditions that can not both hold.
func contradiction(conditions []Condition) error {
	for i := range conditions {
		for j := range conditions {
			if reason := conditions[i].contradicts(&conditions[j]); i != j && reason != "" {
				return errors.New(reason)
			}
		}
	}
	return nil
}

// indexed tells whether rules can be found by the condition: it names the values that it holds for.
func (c *Condition) indexed() bool { return c.key.Match == Exact || c.key.Match == Prefix }
