//go:build !wasip1

package npds

import (
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
)

// Inline is a policy that a host's configuration holds itself; see [inline.Policy].
type Inline = inline.Policy

// CompileInline is [inline.Compile].
func CompileInline(policies map[string]Inline, parsers policy.RuleParsers) (*policy.Snapshot, error) {
	return inline.Compile(policies, parsers)
}
