package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
)

// HTTP is the name by which rules for HTTP are compiled, and by which a host asks about requests of HTTP. A compiler whose rule
// parsers have none of that name leaves such rules to others: they say nothing then.
const HTTP = "envoy.http"

// l7Protocol names the parser of a rule. A rule for HTTP that names none is for [HTTP].
func l7Protocol(r *cilium.PortNetworkPolicyRule) (string, error) {
	if r.GetL7Proto() != "" {
		if r.GetHttpRules() != nil && !strings.HasPrefix(r.GetL7Proto(), "envoy.") {
			return "", inField("http_rules", "are not for a parser, leave l7_proto out")
		}
		return r.GetL7Proto(), nil
	}
	switch r.GetL7().(type) {
	case *cilium.PortNetworkPolicyRule_HttpRules:
		return HTTP, nil
	case *cilium.PortNetworkPolicyRule_KafkaRules:
		return "kafka", nil
	case *cilium.PortNetworkPolicyRule_L7Rules:
		return "", inField("l7_proto", "is missing, l7_rules need the name of their parser")
	}
	return "", nil
}

// compileL7 compiles the L7 rules that allow, and those that deny, with the rule parser of the parser.
func compileL7(
	parser string, r *cilium.PortNetworkPolicyRule, c *compilation,
) (allowed, denied []L7NetworkPolicyRule, err error) {
	if r.GetL7() == nil {
		return nil, nil, nil
	}
	for _, list := range [][]*cilium.L7NetworkPolicyRule{r.GetL7Rules().GetL7AllowRules(), r.GetL7Rules().GetL7DenyRules()} {
		for _, entry := range list {
			if len(entry.GetMetadataRule()) > 0 {
				return nil, nil, inField("metadata_rule", "a parser has no metadata to match, use rule")
			}
		}
	}
	if list := r.GetL7Rules().GetL7DenyRules(); len(list) > 0 {
		denied, err = c.parse(parser, withL7(r, list), list)
		if err == nil && len(denied) == 0 {
			err = fmt.Errorf("the rule parser made no rule of %d entries", len(list))
		}
		if err != nil {
			return nil, nil, inL7Field("l7_deny_rules", parser, err)
		}
	}
	if list := r.GetL7Rules().GetL7AllowRules(); len(list) > 0 || r.GetKafkaRules() != nil || r.GetHttpRules() != nil {
		if allowed, err = c.parse(parser, r, list); err != nil {
			return nil, nil, inL7Field(l7Field(r), parser, err)
		}
	}
	return allowed, denied, nil
}

// inL7Field returns the error of a rule parser as one about a field of the rule.
func inL7Field(field, parser string, err error) *Error {
	e := inner(err)
	e.Field, e.Parser, e.Err = field, parser, Brief(e.Err)
	return e
}

func l7Field(r *cilium.PortNetworkPolicyRule) string {
	switch {
	case r.GetKafkaRules() != nil:
		return "kafka_rules"
	case r.GetHttpRules() != nil:
		return "http_rules"
	}
	return "l7_allow_rules"
}

// withL7 is the rule with entries in the place of its L7 allow rules, and no deny rules.
func withL7(r *cilium.PortNetworkPolicyRule, entries []*cilium.L7NetworkPolicyRule) *cilium.PortNetworkPolicyRule {
	return &cilium.PortNetworkPolicyRule{
		Name: r.GetName(), L7Proto: r.GetL7Proto(), RemotePolicies: r.GetRemotePolicies(),
		L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{L7AllowRules: entries}},
	}
}

// parseAll calls a rule parser and turns its panic, if it ends in one, into an error. A rule parser may make no rule of its
// entries: the rule is then about every request, as parsers written for Cilium expect that log and have no rules yet.
func parseAll(r *cilium.PortNetworkPolicyRule, parse RuleParser) (rules []L7NetworkPolicyRule, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case parseError:
			rules, err = nil, cause
		default:
			rules, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	rules, err = parse(r)
	if err != nil {
		return nil, err
	}
	if slices.Contains(rules, nil) {
		return nil, errors.New("the rule parser made a rule that is nil")
	}
	return rules, nil
}
