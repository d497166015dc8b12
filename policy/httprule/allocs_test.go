//go:build !race

package httprule

import (
	"testing"

	"github.com/proxylib/proxylib/policy"
)

// The race detector makes a sync.Pool forget things at random, and regular expressions use one.
func TestADecisionAllocatesNothing(t *testing.T) {
	ports := shop(t, 100)
	for path, rule := range map[string]string{"/item/96": "r96", "/public/97/x": "r97", "/v12/98": "r98", "/b/99": "r99", "/none": ""} {
		r := policy.Request{Parser: policy.HTTP, L7: requestFor(path)}
		if v := ports.Decide(&r); v.Rule != rule || v.Allowed != (rule != "") {
			t.Errorf("%s: got %+v", path, v)
		}
		if n := testing.AllocsPerRun(100, func() { ports.Decide(&r) }); n > 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
}
