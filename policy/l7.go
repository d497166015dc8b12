package policy

import (
	"fmt"
	"maps"

	"github.com/proxylib/proxylib/api/cilium"
)

// L7NetworkPolicyRule is one compiled L7 rule of a parser.
type L7NetworkPolicyRule interface {
	// Matches reports whether the rule covers the request, in whatever form the parser hands to Connection.Decide. Of a
	// request with several parts it must cover every one. It is called from several threads at once, allocates nothing
	// and retains nothing.
	Matches(l7 any) bool
}

// PartMatcher is an L7 rule for requests that may have several parts, such as keys. For a rule that denies,
// MatchesPart decides, as one denied part is enough; without that method, Matches does.
type PartMatcher interface {
	L7NetworkPolicyRule
	// MatchesPart reports whether the rule covers any part of the request.
	MatchesPart(l7 any) bool
}

// Actor is an L7 rule whose Matches may change the request. Where a port has one that does, the rules for HTTP of the
// precedence that decides are all asked, in their order, even after one has allowed the request.
type Actor interface {
	L7NetworkPolicyRule
	// Acts reports whether this rule may change a request.
	Acts() bool
}

// Merger is an L7 rule that can be compiled together with those of other rules, so that it is cheap to find the one
// of many that matches.
type Merger interface {
	L7NetworkPolicyRule
	// Merge compiles the alternatives of several rules, a list for each. It returns nil if it cannot.
	Merge(rules [][]L7NetworkPolicyRule) Finder
}

// Finder finds a rule among several. It is immutable, and used from several threads at once.
type Finder interface {
	// Find returns the place of a rule of which an alternative covers every part of the request, FindPart of one that
	// covers any part; -1 if there is none. They allocate nothing and retain nothing.
	Find(l7 any) int
	FindPart(l7 any) int
}

// RuleParser compiles the L7 rules of one rule, one for each entry, or says why it cannot.
type RuleParser func(rule *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error)

// RuleParsers holds rule parsers by l7_proto.
type RuleParsers map[string]RuleParser

// ruleParsers is filled by init functions and read-only afterwards.
var ruleParsers = RuleParsers{}

// RegisterL7RuleParser makes a rule parser known for an l7_proto. It is meant to be called from an init function; a name
// that is taken is a programming error and panics.
func RegisterL7RuleParser(name string, parse RuleParser) {
	if _, taken := ruleParsers[name]; taken {
		panic(fmt.Sprintf("policy: rule parser %q is registered twice", name))
	}
	ruleParsers[name] = parse
}

// Registered returns a copy of the registry.
func Registered() RuleParsers { return maps.Clone(ruleParsers) }

// parseError carries a reason through the panic of [ParseError].
type parseError struct{ reason string }

func (e parseError) Error() string { return e.reason }

// ParseError refuses the rule that is being parsed, and with it the whole update, for parsers that return no error. It
// panics with a value that [Compile] turns into an error.
func ParseError(reason string, config any) {
	panic(parseError{fmt.Sprintf("%s (config: %v)", reason, config)})
}
