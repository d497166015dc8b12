//go:build e2e

package cassandra

import (
	"strings"
	"testing"
)

func TestInModeObserveTheProtocolIsDetectedAndEverythingPasses(t *testing.T) {
	s := newStageAs(t, restricted, map[string]any{"parser": "auto", "mode": "observe", "stat_prefix": "cassandra", "log": "exchange"})
	s.probe.execute("SELECT v FROM secret.t WHERE k = 1")
	s.eventually("the entry says that the policy denies what has passed", func() bool {
		for line := range strings.Lines(s.accessLogText()) {
			if strings.Contains(line, `"parser":"cassandra"`) && strings.Contains(line, `"query_table":"secret.t"`) {
				return strings.Contains(line, `"audit":"denied"`) && strings.Contains(line, `"status":"ok"`)
			}
		}
		return false
	})
}
