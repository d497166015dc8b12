package counter

import (
	"testing"

	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
)

func TestRequestsAreCountedByMethodAndStatus(t *testing.T) {
	c := httpfiltertest.Open(t, "counter", "")
	underWay := c.Stream()
	underWay.Request(httpfiltertest.Post("/", []string{"ab", "c"}))
	c.Until(func() bool { return c.Metric("counter_open") == 1 })
	underWay.Response(httpfiltertest.Reply("201", nil))
	underWay.End(201)
	odd := c.Stream()
	m := httpfiltertest.Get("/")
	m.Headers[0].Value = "fOo"
	odd.Request(m)
	odd.End(404)
	c.Until(func() bool {
		return c.Metric("counter_requests", "POST", "201") == 1 && c.Metric("counter_requests", "other", "404") == 1 && c.Metric("counter_open") == 0 && c.Metric("counter_bytes") == 2
	})
}
