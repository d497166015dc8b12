package compile

import (
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/cnp"
)

// HTTPRules builds the rules for HTTP of an entry of toPorts.
func HTTPRules(list []cnp.HTTPRule) *cilium.HttpNetworkPolicyRules {
	rules := &cilium.HttpNetworkPolicyRules{}
	for i := range list {
		rules.HttpRules = append(rules.HttpRules, httpRule(&list[i]))
	}
	return rules
}

func httpRule(h *cnp.HTTPRule) *cilium.HttpNetworkPolicyRule {
	rule := &cilium.HttpNetworkPolicyRule{}
	for _, field := range []struct{ name, expression string }{{":path", h.Path}, {":method", h.Method}, {":authority", h.Host}} {
		if field.expression != "" {
			rule.Headers = append(rule.Headers, expressionMatcher(field.name, field.expression))
		}
	}
	for _, header := range h.Headers {
		rule.Headers = append(rule.Headers, headerMatcher(header.Name, header.Value))
	}
	for _, m := range h.Matches {
		if m.Mismatch == "" && m.Secret == "" {
			rule.Headers = append(rule.Headers, headerMatcher(m.Name, m.Value))
			continue
		}
		rule.HeaderMatches = append(rule.HeaderMatches, &cilium.HeaderMatch{
			Name: m.Name, Value: m.Value, ValueSdsSecret: m.Secret, MismatchAction: mismatchActions[m.Mismatch],
		})
	}
	return rule
}

// mismatchActions are the actions by their names in documents.
var mismatchActions = map[string]cilium.HeaderMatch_MismatchAction{
	"":        cilium.HeaderMatch_FAIL_ON_MISMATCH,
	"LOG":     cilium.HeaderMatch_CONTINUE_ON_MISMATCH,
	"ADD":     cilium.HeaderMatch_ADD_ON_MISMATCH,
	"DELETE":  cilium.HeaderMatch_DELETE_ON_MISMATCH,
	"REPLACE": cilium.HeaderMatch_REPLACE_ON_MISMATCH,
}

func expressionMatcher(name, expression string) *cilium.HeaderMatcher {
	return &cilium.HeaderMatcher{Name: name, HeaderMatchSpecifier: &cilium.HeaderMatcher_SafeRegexMatch{
		SafeRegexMatch: &cilium.RegexMatcher{Regex: expression},
	}}
}

// headerMatcher asks for a value, or only that the header is there.
func headerMatcher(name, value string) *cilium.HeaderMatcher {
	if value == "" {
		return &cilium.HeaderMatcher{Name: name, HeaderMatchSpecifier: &cilium.HeaderMatcher_PresentMatch{PresentMatch: true}}
	}
	return &cilium.HeaderMatcher{Name: name, HeaderMatchSpecifier: &cilium.HeaderMatcher_StringMatch{
		StringMatch: &cilium.StringMatcher{MatchPattern: &cilium.StringMatcher_Exact{Exact: value}},
	}}
}
