package decompile

import (
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
)

// mismatches are the names in documents of what happens where a header has not the expected value.
var mismatches = map[cilium.HeaderMatch_MismatchAction]string{
	cilium.HeaderMatch_FAIL_ON_MISMATCH:     "",
	cilium.HeaderMatch_CONTINUE_ON_MISMATCH: "LOG",
	cilium.HeaderMatch_ADD_ON_MISMATCH:      "ADD",
	cilium.HeaderMatch_DELETE_ON_MISMATCH:   "DELETE",
	cilium.HeaderMatch_REPLACE_ON_MISMATCH:  "REPLACE",
}

// expressions are the pseudo headers that documents have fields for.
var expressions = map[string]string{":path": "path", ":method": "method", ":authority": "host"}

// http writes the rules for HTTP.
func (d *decompiler) http(path string, r *cilium.PortNetworkPolicyRule) object {
	var alternatives []any
	for i, h := range r.GetHttpRules().GetHttpRules() {
		alternatives = append(alternatives, d.httpRule(fmt.Sprintf("%s.http_rules.http_rules[%d]", path, i), h))
	}
	if len(alternatives) == 0 {
		alternatives = []any{object{}}
	}
	return object{"http": alternatives}
}

func (d *decompiler) httpRule(path string, h *cilium.HttpNetworkPolicyRule) object {
	rule := object{}
	var headers, matches []any
	for i, m := range h.GetHeaders() {
		path, field := fmt.Sprintf("%s.headers[%d]", path, i), expressions[m.GetName()]
		if m.GetInvertMatch() || m.GetTreatMissingHeaderAsEmpty() || m.GetStringMatch().GetIgnoreCase() {
			d.refuse(path, "documents have no inverted conditions, nor those that treat headers and values otherwise than they are")
		}
		expression := m.GetSafeRegexMatch().GetRegex() + m.GetStringMatch().GetSafeRegex().GetRegex()
		exact := m.GetExactMatch() + m.GetStringMatch().GetExact()
		switch {
		case field != "" && expression != "" && rule[field] == nil:
			rule[field] = expression
		case exact != "":
			headers = append(headers, m.GetName()+" "+exact)
		case m.GetPresentMatch() || m.GetHeaderMatchSpecifier() == nil:
			headers = append(headers, m.GetName())
		default:
			d.refuse(path, "documents have no such condition on %s", m.GetName())
		}
	}
	for i, m := range h.GetHeaderMatches() {
		match := object{"name": m.GetName()}
		mismatch, known := mismatches[m.GetMismatchAction()]
		if m.GetMatchAction() != cilium.HeaderMatch_CONTINUE_ON_MATCH || !known {
			d.refuse(fmt.Sprintf("%s.header_matches[%d]", path, i), "documents have no such action")
		}
		if mismatch == "" && m.GetValueSdsSecret() == "" {
			// Documents have no way to write it but one that is decided in another place.
			d.refuse(fmt.Sprintf("%s.header_matches[%d]", path, i), "is a condition: write it in headers")
		}
		if mismatch != "" {
			match["mismatch"] = mismatch
		}
		if m.GetValue() != "" {
			match["value"] = m.GetValue()
		}
		if name := m.GetValueSdsSecret(); name != "" {
			match["secret"] = secretOf(name)
		}
		matches = append(matches, match)
	}
	if headers != nil {
		rule["headers"] = headers
	}
	if matches != nil {
		rule["headerMatches"] = matches
	}
	return rule
}

// secretOf writes the name of a secret, which has its namespace before it.
func secretOf(name string) object {
	if namespace, inside, found := strings.Cut(name, "/"); found {
		return object{"namespace": namespace, "name": inside}
	}
	return object{"name": name}
}
