package httprule

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/proxylib/proxylib/api/cilium"
)

// condition is what a matcher asks of a value, from those that are cheap to decide to those that are not.
type condition uint8

const (
	isAny condition = iota
	isOneOf
	hasPrefix
	hasSuffix
	contains
	inRange
	isMatch
)

// matcher is a HeaderMatcher, compiled: a condition on the value of a header.
type matcher struct {
	name      string
	condition condition
	// texts are those of which the value is one; the others have one text at most.
	texts []string
	text  string
	// line: what follows the prefix is valid UTF-8 on one line.
	line bool
	// fold: upper and lower case of ASCII are the same.
	fold       bool
	expression *regexp.Regexp
	start, end int64
	// absent is the result where the header is not there. invert reverses the condition.
	absent, missingIsEmpty, invert bool
}

// matches decides by the headers of a request.
func (m *matcher) matches(r *Request) bool {
	joined, single, there := r.value(m.name)
	if !there && !m.missingIsEmpty {
		return m.absent
	}
	if joined != nil {
		// The text is used for the comparison only, so that the conversion does not allocate for most of them.
		return m.holds(string(joined)) != m.invert
	}
	return m.holds(single) != m.invert
}

func (m *matcher) holds(value string) bool {
	if m.fold {
		value = lower(value)
	}
	switch m.condition {
	case isOneOf:
		return slices.Contains(m.texts, value)
	case hasPrefix:
		rest, ok := strings.CutPrefix(value, m.text)
		return ok && (!m.line || utf8.ValidString(rest) && strings.IndexByte(rest, '\n') < 0)
	case hasSuffix:
		return strings.HasSuffix(value, m.text)
	case contains:
		return strings.Contains(value, m.text)
	case inRange:
		n, err := strconv.ParseInt(strings.Trim(value, " \t\n\v\f\r"), 10, 64)
		return err == nil && m.start <= n && n < m.end
	case isMatch:
		return strings.HasPrefix(value, m.text) && utf8.ValidString(value) && m.expression.MatchString(value)
	}
	return true
}

// lower returns a text with the letters of ASCII in lower case, which allocates if there are others.
func lower(s string) string {
	if !slices.ContainsFunc([]byte(s), func(c byte) bool { return 'A' <= c && c <= 'Z' }) {
		return s
	}
	return string(bytes.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, []byte(s)))
}

// compileMatcher compiles a condition. The error says what is wrong with it.
func compileMatcher(h *cilium.HeaderMatcher) (*matcher, error) {
	name, err := headerName(h.GetName())
	if err != nil {
		return nil, err
	}
	if known(h) != nil {
		return nil, known(h)
	}
	m := &matcher{name: name, invert: h.GetInvertMatch(), missingIsEmpty: h.GetTreatMissingHeaderAsEmpty()}
	switch s := h.GetHeaderMatchSpecifier().(type) {
	case nil:
	case *cilium.HeaderMatcher_PresentMatch:
		// Where the header is there, or counts as there, the value does not matter.
		m.absent = s.PresentMatch == m.invert
		m.invert = s.PresentMatch == m.invert
	case *cilium.HeaderMatcher_ExactMatch:
		// An empty text is that of a header which is there.
		if s.ExactMatch != "" {
			m.set(isOneOf, s.ExactMatch)
		}
	case *cilium.HeaderMatcher_PrefixMatch:
		err = m.setFilled(hasPrefix, s.PrefixMatch)
	case *cilium.HeaderMatcher_SuffixMatch:
		err = m.setFilled(hasSuffix, s.SuffixMatch)
	case *cilium.HeaderMatcher_ContainsMatch:
		err = m.setFilled(contains, s.ContainsMatch)
	case *cilium.HeaderMatcher_RangeMatch:
		m.condition, m.start, m.end = inRange, s.RangeMatch.GetStart(), s.RangeMatch.GetEnd()
	case *cilium.HeaderMatcher_SafeRegexMatch:
		err = m.setExpression(s.SafeRegexMatch.GetRegex())
	case *cilium.HeaderMatcher_StringMatch:
		err = m.setString(s.StringMatch)
	default:
		err = errors.New("has a condition that is not known here")
	}
	return m, err
}

// known refuses fields that this library does not know: to ignore a condition could allow more than was meant.
func known(h *cilium.HeaderMatcher) error {
	s := h.GetStringMatch()
	for _, unknown := range [][]byte{
		h.ProtoReflect().GetUnknown(), s.ProtoReflect().GetUnknown(), s.GetSafeRegex().ProtoReflect().GetUnknown(),
		h.GetSafeRegexMatch().ProtoReflect().GetUnknown(),
	} {
		if len(unknown) > 0 {
			return fmt.Errorf("%s: has a condition that is not known here: use one of text, regular expression, range or presence", h.GetName())
		}
	}
	return nil
}

func (m *matcher) set(c condition, text string) {
	m.condition, m.text = c, text
	if c == isOneOf {
		m.texts = []string{text}
	}
}

func (m *matcher) setFilled(c condition, text string) error {
	if text == "" {
		return fmt.Errorf("%s: has an empty text to compare with: leave the condition out", m.name)
	}
	m.set(c, text)
	return nil
}

func (m *matcher) setString(s *cilium.StringMatcher) error {
	m.fold = s.GetIgnoreCase()
	fold := func(text string) string {
		if m.fold {
			return lower(text)
		}
		return text
	}
	switch p := s.GetMatchPattern().(type) {
	case *cilium.StringMatcher_Exact:
		m.set(isOneOf, fold(p.Exact))
		return nil
	case *cilium.StringMatcher_Prefix:
		return m.setFilled(hasPrefix, fold(p.Prefix))
	case *cilium.StringMatcher_Suffix:
		return m.setFilled(hasSuffix, fold(p.Suffix))
	case *cilium.StringMatcher_Contains:
		return m.setFilled(contains, fold(p.Contains))
	case *cilium.StringMatcher_SafeRegex:
		if m.fold {
			return fmt.Errorf("%s: ignore_case is not for regular expressions: begin them with (?i)", m.name)
		}
		return m.setExpression(p.SafeRegex.GetRegex())
	}
	return fmt.Errorf("%s: string_match has no condition that is known here", m.name)
}

// setExpression sets a regular expression, or the plainer condition that it stands for.
func (m *matcher) setExpression(expression string) error {
	if expression == "" {
		return fmt.Errorf("%s: the regular expression is empty", m.name)
	}
	compiled, err := whole(expression)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	form := plain(expression)
	switch m.text = form.prefix; {
	case form.texts != nil:
		m.condition, m.texts = isOneOf, form.texts
	case form.anything:
		m.condition, m.line = hasPrefix, true
	default:
		m.condition, m.expression = isMatch, compiled
	}
	return nil
}

// token are the bytes that a name of a header may have, beside letters and digits.
const token = "!#$%&'*+-.^_`|~"

// headerName returns the name by which a header is found.
func headerName(name string) (string, error) {
	name = lower(name)
	text := strings.TrimPrefix(name, ":")
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(token, c) < 0 {
			return "", fmt.Errorf("name: %.128q is not the name of a header", name)
		}
	}
	switch {
	case text == "":
		return "", errors.New("name: is missing: give the name of a header, or one of :method, :path, :authority and :scheme")
	case name == host:
		return Authority, nil
	}
	return name, nil
}
