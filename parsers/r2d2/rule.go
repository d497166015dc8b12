package r2d2

import (
	"fmt"
	"regexp"

	"github.com/proxylib/proxylib/proxylib"
)

// rule is one L7 rule: the command and the file that a request must have. An empty cmd and a nil file match any.
type rule struct {
	cmd  string
	file *regexp.Regexp
}

// Matches implements [proxylib.L7NetworkPolicyRule] for a *request. A rule for files never matches a request that has none.
func (r *rule) Matches(l7 any) bool {
	req, ok := l7.(*request)
	if !ok {
		return false
	}
	if r.cmd != "" && r.cmd != string(req.cmd) {
		return false
	}
	return r.file == nil || len(req.file) > 0 && r.file.Match(req.file)
}

// parseRules compiles the rule keys cmd and file.
func parseRules(config *proxylib.PortNetworkPolicyRule) ([]proxylib.L7NetworkPolicyRule, error) {
	var rules []proxylib.L7NetworkPolicyRule
	for i, entry := range config.GetL7Rules().GetL7AllowRules() {
		r, err := parseRule(entry.GetRule())
		if err != nil {
			return nil, fmt.Errorf("r2d2 rule %d: %w", i, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(keys map[string]string) (*rule, error) {
	r := &rule{}
	for key, value := range keys {
		switch key {
		case "cmd":
			if _, ok := commands[value]; !ok {
				return nil, fmt.Errorf("key cmd: %q is no command, use READ, WRITE, HALT or RESET", value)
			}
			r.cmd = value
		case "file":
			if value == "" {
				return nil, fmt.Errorf("key file: is empty, leave it out to match any file")
			}
			expr, err := regexp.Compile(value)
			if err != nil {
				return nil, fmt.Errorf("key file: %w", err)
			}
			r.file = expr
		default:
			return nil, fmt.Errorf("unknown key %q, use cmd or file", key)
		}
	}
	if r.file != nil && r.cmd != "" && !commands[r.cmd] {
		return nil, fmt.Errorf("key file: %s takes no file, use it with READ, WRITE or without cmd", r.cmd)
	}
	return r, nil
}
