package envoy

import (
	"sync/atomic"
	"time"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/hosts/internal/instance"
)

type HealthSuite struct{}

var _ = check.Suite(&HealthSuite{})

func (s *HealthSuite) TestWhatTotalsHaveGrownByIsReportedOnce(c *check.C) {
	totals := instance.Totals{Panics: 3}
	n := growth{health: func() instance.Health { return instance.Health{Connections: 7, Totals: totals} }}
	c.Check(n.due(), check.Equals, true)
	health, grown := n.take()
	c.Check(health.Connections, check.Equals, int64(7))
	c.Check(grown, check.Equals, instance.Totals{Panics: 3})
	c.Check(n.due(), check.Equals, false, check.Commentf("it has just been reported"))
	totals.Updates, totals.Panics = 1, 5
	_, grown = n.take()
	c.Check(grown, check.Equals, instance.Totals{Updates: 1, Panics: 2})
	n.at = n.at.Add(-healthEvery)
	c.Check(n.due(), check.Equals, true)
}

func (s *HealthSuite) TestOpenConfigurationsAreReportedEachPeriodTheOldestFirst(c *check.C) {
	var calls atomic.Int64
	seen := make(chan []string, 1000)
	w := watch[string]{every: time.Millisecond, report: func(open []string) {
		calls.Add(1)
		select {
		case seen <- open:
		default:
		}
	}}
	w.add(2, "b")
	w.add(1, "a")
	for calls.Load() < 5 {
		time.Sleep(time.Millisecond)
	}
	w.remove(7)
	w.remove(2)
	for open := range seen {
		if len(open) == 1 && open[0] == "a" {
			break
		}
		c.Check(open[len(open)-1], check.Equals, "b")
	}
	w.remove(1)
	after := calls.Load()
	time.Sleep(20 * time.Millisecond)
	c.Check(calls.Load(), check.Equals, after, check.Commentf("nothing is open"))

	w.add(3, "c")
	for calls.Load() == after {
		time.Sleep(time.Millisecond)
	}
	w.remove(3)
}
