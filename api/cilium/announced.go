package cilium

// The names below are those that parsers and their tests use which were written for Cilium's library.

// GetL7Rules returns the rules that allow. The field was l7_rules until Cilium 1.7.
func (x *L7NetworkPolicyRules) GetL7Rules() []*L7NetworkPolicyRule { return x.GetL7AllowRules() }

// IsLogEntry_L7 is one of the forms that the l7 part of a [LogEntry] has.
type IsLogEntry_L7 = isLogEntry_L7
