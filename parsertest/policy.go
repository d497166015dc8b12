package parsertest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// What the usual connection looks like; see [Conn].
const (
	Endpoint = "127.0.0.1"
	Port     = 10000
	ClientID = 1
	ServerID = 2
)

// CompilePolicy compiles a policy from text, for tests of rules and their mistakes. There are three forms.
//
// Empty text allows every request.
//
// Text that begins with a brace is a cilium.NetworkPolicy in JSON, for [Endpoint] and [Port].
//
// Any other text is L7 rules of the parser, one a line: key=value pairs with spaces between them, where a value may be
// quoted as in Go. A line that begins with the word "deny" is a rule that denies, others allow, with or without the
// word "allow" before them. A rule without keys covers every request. A line may begin with the name of the rule in
// brackets: "[NAME] deny key=value". Empty lines and lines that begin with # are skipped.
//
// A rule for a parser that does not exist denies everything, silently; here it is an error.
func CompilePolicy(parser, text string) (*policy.Snapshot, error) {
	return compilePolicy(parser, text, policy.Registered())
}

func compilePolicy(parser, text string, parsers policy.RuleParsers) (*policy.Snapshot, error) {
	resource, err := parsePolicy(parser, strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	snapshot, err := policy.Compile([]*cilium.NetworkPolicy{resource}, parsers)
	if err != nil {
		return nil, err
	}
	if unknown := snapshot.Warnings(parsers); len(unknown) > 0 {
		return nil, fmt.Errorf("policy: %s", strings.Join(unknown, "; "))
	}
	return snapshot, nil
}

func parsePolicy(parser, text string) (*cilium.NetworkPolicy, error) {
	if strings.HasPrefix(text, "{") {
		resource := &cilium.NetworkPolicy{}
		if err := protojson.Unmarshal([]byte(text), resource); err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		return resource, nil
	}
	port := &cilium.PortNetworkPolicy{Port: Port}
	if text != "" {
		rules, err := parseRules(parser, text)
		if err != nil {
			return nil, err
		}
		port.Rules = rules
	}
	ports := []*cilium.PortNetworkPolicy{port}
	return &cilium.NetworkPolicy{
		EndpointIps: []string{Endpoint}, IngressPerPortPolicies: ports, EgressPerPortPolicies: ports,
	}, nil
}

// parseRules makes one rule of all lines without a name, and one of each line with one.
func parseRules(parser, text string) ([]*cilium.PortNetworkPolicyRule, error) {
	var named []*cilium.PortNetworkPolicyRule
	unnamed := &cilium.L7NetworkPolicyRules{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest := cutName(line)
		deny, rest := cutVerdict(rest)
		keys, err := parseKeys(rest)
		if err != nil {
			return nil, fmt.Errorf("policy line %d: %w", i+1, err)
		}
		rule := &cilium.L7NetworkPolicyRule{Rule: keys}
		switch {
		case name != "":
			named = append(named, namedRule(parser, name, deny, rule))
		case deny:
			unnamed.L7DenyRules = append(unnamed.L7DenyRules, rule)
		default:
			unnamed.L7AllowRules = append(unnamed.L7AllowRules, rule)
		}
	}
	if len(unnamed.L7AllowRules)+len(unnamed.L7DenyRules) == 0 && len(named) > 0 {
		return named, nil
	}
	return append(named, &cilium.PortNetworkPolicyRule{
		L7Proto: parser, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: unnamed},
	}), nil
}

func namedRule(parser, name string, deny bool, l7 *cilium.L7NetworkPolicyRule) *cilium.PortNetworkPolicyRule {
	rule := &cilium.PortNetworkPolicyRule{
		Name: name, L7Proto: parser, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
			L7AllowRules: []*cilium.L7NetworkPolicyRule{l7},
		}},
	}
	if deny {
		rule.Verdict = &cilium.PortNetworkPolicyRule_Deny{Deny: true}
	}
	return rule
}

// cutName cuts "[NAME]" off the front.
func cutName(line string) (name, rest string) {
	if text, ok := strings.CutPrefix(line, "["); ok {
		if name, rest, ok := strings.Cut(text, "]"); ok {
			return name, strings.TrimSpace(rest)
		}
	}
	return "", line
}

// cutVerdict cuts the word allow or deny off the front.
func cutVerdict(line string) (deny bool, rest string) {
	word, rest, _ := strings.Cut(line, " ")
	if word != "deny" && word != "allow" {
		rest = line
	}
	return word == "deny", rest
}

func parseKeys(text string) (map[string]string, error) {
	keys := map[string]string{}
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		key, rest, found := strings.Cut(text, "=")
		if !found || key == "" || strings.ContainsAny(key, " \"") {
			return nil, fmt.Errorf("want key=value, have %q", text)
		}
		if _, twice := keys[key]; twice {
			return nil, fmt.Errorf("key %s is given twice", key)
		}
		value, rest, err := cutValue(rest)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", key, err)
		}
		keys[key], text = value, rest
	}
	return keys, nil
}

// cutValue takes a value, quoted or not, off the front of text.
func cutValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		value, rest, _ = strings.Cut(text, " ")
		return value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", errors.New("the quoted value has no end or a wrong escape")
	}
	value, err = strconv.Unquote(quoted)
	return value, text[len(quoted):], err
}
