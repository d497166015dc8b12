package policy

import (
	"slices"

	"github.com/proxylib/proxylib/api/cilium"
)

// compileRule compiles all but the L7 part.
func compileRule(r *cilium.PortNetworkPolicyRule) (rule, error) {
	c := rule{
		name: r.GetName(), precedence: r.GetPrecedence(), kind: allow, proxyID: r.GetProxyId(),
		remotes: inOrder(r.GetRemotePolicies()),
	}
	if c.proxyID > 65535 {
		return c, inField("proxy_id", "is at most 65535")
	}
	for _, pattern := range r.GetServerNames() {
		compiled, err := compileServerName(pattern)
		if err != nil {
			return c, err
		}
		c.serverNames = append(c.serverNames, compiled)
	}
	switch verdict := r.GetVerdict().(type) {
	case *cilium.PortNetworkPolicyRule_Deny:
		if verdict.Deny {
			c.kind, c.reason = deny, denyReason(c.name)
		}
	case *cilium.PortNetworkPolicyRule_PassPrecedence:
		if c.kind = pass; verdict.PassPrecedence > c.precedence {
			return c, inField("pass_precedence", "%d is above the rule's own precedence %d",
				verdict.PassPrecedence, c.precedence)
		}
		c.passPrecedence = verdict.PassPrecedence
	}
	return c, nil
}

// inOrder returns numbers in ascending order, each once; as they are, if they are so.
func inOrder(numbers []uint32) []uint32 {
	for i := 1; i < len(numbers); i++ {
		if numbers[i-1] >= numbers[i] {
			return slices.Compact(slices.Sorted(slices.Values(numbers)))
		}
	}
	return numbers
}
