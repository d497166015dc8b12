package parsertest

import (
	"fmt"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// protocol is what the kit has to know of a parser.
type protocol struct {
	*proxylib.Protocol
	newParser func(*proxylib.Connection) proxylib.Parser
	rules     policy.RuleParsers
}

// parserName is the name of the parser of the case.
func (c *Case) parserName() string {
	if c.Protocol != nil {
		return c.Protocol.Name
	}
	return c.Parser
}

// protocol returns the protocol of the case, with its configuration.
func (c *Case) protocol() (*protocol, error) {
	p := &protocol{Protocol: proxylib.Registered(c.Parser), rules: policy.Registered()}
	switch {
	case c.Protocol != nil:
		p.Protocol = c.Protocol.Complete()
		p.rules[c.Protocol.Name] = p.ParseRules
	case p.Protocol == nil:
		return nil, fmt.Errorf("unknown parser %q", c.Parser)
	}
	var err error
	p.newParser, err = p.Configured([]byte(c.Config))
	return p, err
}

// pauses reports whether requests of the case may pause.
func (c *Case) pauses() bool {
	p := c.Protocol
	if p == nil {
		p = proxylib.Registered(c.Parser)
	}
	return p != nil && p.Pauses
}

// declares reports whether the protocol says which rule keys or log fields it has.
func (p *protocol) declares() bool { return p.RuleKeys != nil || p.LogFields != nil }

// compile compiles a policy in the form that [CompilePolicy] takes.
func (p *protocol) compile(text string) (*policy.Snapshot, error) {
	return compilePolicy(p.Name, text, p.rules)
}
