package httprule

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/proxylib/proxylib/api/cilium"
)

// judge decides slowly, by the words that describe the rules: it compiles nothing, and looks at everything in its order.
type judge struct {
	headers           []Header
	secrets           map[string]string
	missing, rejected []Header
}

func (j *judge) value(name string) (string, bool) {
	if name = strings.ToLower(name); name == "host" {
		name = ":authority"
	}
	var lines []string
	for _, h := range j.headers {
		if h.Name == name {
			lines = append(lines, h.Value)
		}
	}
	return strings.Join(lines, ","), lines != nil
}

var expressions = map[string]*regexp.Regexp{}

func wholeMatch(expression, value string) bool {
	if expressions[expression] == nil {
		expressions[expression] = regexp.MustCompile("^(?:" + expression + ")$")
	}
	return utf8.ValidString(value) && expressions[expression].MatchString(value)
}

func stringHolds(s *cilium.StringMatcher, value string) bool {
	change := func(text string) string { return text }
	if s.GetIgnoreCase() {
		change = strings.ToLower
	}
	value = change(value)
	switch p := s.GetMatchPattern().(type) {
	case *cilium.StringMatcher_Exact:
		return value == change(p.Exact)
	case *cilium.StringMatcher_Prefix:
		return strings.HasPrefix(value, change(p.Prefix))
	case *cilium.StringMatcher_Suffix:
		return strings.HasSuffix(value, change(p.Suffix))
	case *cilium.StringMatcher_Contains:
		return strings.Contains(value, change(p.Contains))
	}
	return wholeMatch(s.GetSafeRegex().GetRegex(), value)
}

func (j *judge) holds(h *cilium.HeaderMatcher) bool {
	value, there := j.value(h.GetName())
	_, presence := h.GetHeaderMatchSpecifier().(*cilium.HeaderMatcher_PresentMatch)
	if !there && !h.GetTreatMissingHeaderAsEmpty() {
		return presence && h.GetPresentMatch() == h.GetInvertMatch()
	}
	holds := true
	switch s := h.GetHeaderMatchSpecifier().(type) {
	case *cilium.HeaderMatcher_PresentMatch:
		holds = s.PresentMatch
	case *cilium.HeaderMatcher_ExactMatch:
		holds = s.ExactMatch == "" || s.ExactMatch == value
	case *cilium.HeaderMatcher_PrefixMatch:
		holds = strings.HasPrefix(value, s.PrefixMatch)
	case *cilium.HeaderMatcher_SuffixMatch:
		holds = strings.HasSuffix(value, s.SuffixMatch)
	case *cilium.HeaderMatcher_ContainsMatch:
		holds = strings.Contains(value, s.ContainsMatch)
	case *cilium.HeaderMatcher_RangeMatch:
		n, err := strconv.ParseInt(value, 10, 64)
		holds = err == nil && n >= s.RangeMatch.Start && n < s.RangeMatch.End
	case *cilium.HeaderMatcher_SafeRegexMatch:
		holds = wholeMatch(s.SafeRegexMatch.GetRegex(), value)
	case *cilium.HeaderMatcher_StringMatch:
		holds = stringHolds(s.StringMatch, value)
	}
	return holds != h.GetInvertMatch()
}

func (j *judge) note(list *[]Header, h *cilium.HeaderMatch, value string) {
	if h.GetValueSdsSecret() != "" {
		value = "[redacted]"
	}
	line := Header{strings.ToLower(h.GetName()), value}
	if !slices.Contains(*list, line) {
		*list = append(*list, line)
	}
}

func (j *judge) remove(name string) {
	j.headers = slices.DeleteFunc(j.headers, func(h Header) bool { return h.Name == strings.ToLower(name) })
}

func (j *judge) add(name, value string) {
	j.headers = append(j.headers, Header{strings.ToLower(name), value})
}

// act carries out a header match and reports whether it says yes.
func (j *judge) act(h *cilium.HeaderMatch) bool {
	expected := h.GetValue()
	if h.GetValueSdsSecret() != "" {
		if secret := j.secrets[h.GetValueSdsSecret()]; secret != "" {
			expected = secret
		}
		if expected == "" {
			return false
		}
	}
	value, there := j.value(h.GetName())
	if there && (expected == "" || value == expected) {
		if h.GetMatchAction() != cilium.HeaderMatch_CONTINUE_ON_MATCH {
			j.note(&j.rejected, h, value)
		}
		if h.GetMatchAction() == cilium.HeaderMatch_DELETE_ON_MATCH {
			j.remove(h.GetName())
		}
		return h.GetMatchAction() != cilium.HeaderMatch_FAIL_ON_MATCH
	}
	switch h.GetMismatchAction() {
	case cilium.HeaderMatch_FAIL_ON_MISMATCH:
		j.note(&j.missing, h, expected)
		return false
	case cilium.HeaderMatch_ADD_ON_MISMATCH:
		j.add(h.GetName(), expected)
		j.note(&j.missing, h, expected)
	case cilium.HeaderMatch_CONTINUE_ON_MISMATCH:
		j.note(&j.missing, h, expected)
	case cilium.HeaderMatch_REPLACE_ON_MISMATCH:
		if there {
			j.note(&j.rejected, h, value)
		}
		j.remove(h.GetName())
		j.add(h.GetName(), expected)
		j.note(&j.missing, h, expected)
	case cilium.HeaderMatch_DELETE_ON_MISMATCH:
		if there && expected != "" {
			j.note(&j.rejected, h, value)
			j.remove(h.GetName())
		}
	}
	return true
}

func (j *judge) matches(h *cilium.HttpNetworkPolicyRule) bool {
	for _, header := range h.GetHeaders() {
		if !j.holds(header) {
			return false
		}
	}
	yes := true
	for _, match := range h.GetHeaderMatches() {
		if !j.act(match) {
			yes = false
		}
	}
	return yes
}

// covers reports whether any of the HTTP rules of a rule matches. Where rules act, all of them are asked.
func (j *judge) covers(r *cilium.PortNetworkPolicyRule, acts bool) bool {
	list := r.GetHttpRules().GetHttpRules()
	covers := len(list) == 0
	for _, h := range list {
		if covers && !acts {
			break
		}
		if j.matches(h) {
			covers = true
		}
	}
	return covers
}

func rank(r *cilium.PortNetworkPolicyRule) int {
	switch r.GetVerdict().(type) {
	case *cilium.PortNetworkPolicyRule_PassPrecedence:
		return 2
	case *cilium.PortNetworkPolicyRule_Deny:
		return 0
	}
	return 1
}

// decide asks the rules of a port.
func (j *judge) decide(rules []*cilium.PortNetworkPolicyRule, remote uint32) (allowed bool, rule string) {
	acts := slices.ContainsFunc(rules, func(r *cilium.PortNetworkPolicyRule) bool {
		return slices.ContainsFunc(r.GetHttpRules().GetHttpRules(), func(h *cilium.HttpNetworkPolicyRule) bool { return len(h.GetHeaderMatches()) > 0 })
	})
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b *cilium.PortNetworkPolicyRule) int {
		return cmp.Or(cmp.Compare(b.GetPrecedence(), a.GetPrecedence()), cmp.Compare(rank(a), rank(b)))
	})
	below, settled := int64(1)<<40, int64(-1)
	for _, r := range rules {
		precedence := int64(r.GetPrecedence())
		if allowed && (precedence != settled || rank(r) != 1) {
			break
		}
		if precedence >= below || len(r.GetRemotePolicies()) > 0 && !slices.Contains(r.GetRemotePolicies(), remote) || !j.covers(r, acts) {
			continue
		}
		switch {
		case rank(r) == 0:
			return false, r.GetName()
		case rank(r) == 2:
			below = int64(r.GetPassPrecedence())
		case !allowed:
			allowed, settled, rule = true, precedence, r.GetName()
			if !acts {
				return true, rule
			}
		}
	}
	return allowed, rule
}
