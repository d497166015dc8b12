package instance

import (
	"fmt"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// ruleParsers are those that compile the policies.
func (c *Config) ruleParsers() policy.RuleParsers {
	parsers := policy.Registered()
	if !c.HTTP {
		delete(parsers, policy.HTTP)
	}
	for _, f := range c.files {
		parsers[f.Protocol().Name] = f.RuleParser()
	}
	return parsers
}

// inline compiles the policies of the configuration itself; nil if it has none.
func (c *Config) inline() (*policy.Snapshot, error) {
	if c.InlinePolicies == "" {
		return nil, nil
	}
	policies := map[string]npds.Inline{}
	if err := proxylib.DecodeConfig([]byte(c.InlinePolicies), &policies); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if c.HTTP {
		snapshot, err := npds.CompileHTTP(policies[policy.HTTP], c.ruleParsers())
		if err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		return snapshot, nil
	}
	for parser := range policies {
		if proxylib.Registered(parser) == nil && c.loaded(parser) == nil {
			return nil, fmt.Errorf("policy: parser %.64q is not in this library%s", parser, policy.Registered().Suggestion(parser))
		}
		if err := c.checkPauses(parser); err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
	}
	snapshot, err := npds.CompileInline(policies, c.ruleParsers())
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return snapshot, nil
}
