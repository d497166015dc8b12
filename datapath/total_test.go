package datapath_test

import (
	"strings"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib"
)

// wholeLines wants lines whole and passes them.
func wholeLines(_ *proxylib.Connection, _, _ bool, data [][]byte) (proxylib.OpType, int) {
	n := 0
	for _, part := range data {
		if end := strings.IndexByte(string(part), '\n'); end >= 0 {
			return proxylib.PASS, n + end + 1
		}
		n += len(part)
	}
	if n == 0 {
		return proxylib.NOP, 0
	}
	return proxylib.MORE, 1
}

func (s *EngineSuite) TestAllConnectionsTogetherHoldNoMoreThanTheTotal(c *check.C) {
	total := overload.NewLimit(10_000, nil)
	limits := datapath.Limits{Total: total}
	old, late := newLimited(wholeLines, limits), newLimited(wholeLines, limits)
	plan := &datapath.Plan{}
	body := strings.Repeat("x", 6000)

	data(old, plan, body)
	c.Check(plan.Close, check.Equals, false)
	held := total.Used()
	c.Check(held >= 6000 && held <= 10_000, check.Equals, true, check.Commentf("%d", held))

	c.Check(data(late, plan, "whole\n", body), check.Equals, "whole\n")
	c.Check([]any{plan.Close, plan.Reason}, check.DeepEquals,
		[]any{true, "test.judge: limit of held bytes of all connections reached"})
	c.Check([]any{total.Used(), total.Refused()}, check.DeepEquals, []any{held, uint64(1)})
	late.Close()

	c.Check(data(old, plan, "end\n"), check.Equals, body+"end\n", check.Commentf("the one that came first goes on"))
	c.Check(total.Used(), check.Equals, int64(0))
	old.Close()

	again := newLimited(wholeLines, limits)
	data(again, plan, body)
	c.Check(plan.Close, check.Equals, false, check.Commentf("there is space again"))
	again.Close()
	c.Check(total.Used(), check.Equals, int64(0), check.Commentf("a connection that ends gives back what it holds"))
}

func (s *EngineSuite) TestAConnectionThatGrowsPastTheTotalIsClosed(c *check.C) {
	total := overload.NewLimit(10_000, nil)
	e := newLimited(wholeLines, datapath.Limits{Total: total})
	plan := &datapath.Plan{}
	for sent := 0; !plan.Close; sent += 500 {
		c.Assert(sent < 20_000, check.Equals, true, check.Commentf("never closed"))
		data(e, plan, strings.Repeat("x", 500))
		c.Check(total.Used() <= 10_000, check.Equals, true)
	}
	c.Check(total.Used(), check.Equals, int64(0))
	e.Close()
	c.Check(total.Used(), check.Equals, int64(0))
}

func (s *EngineSuite) TestAFewBytesOfEachConnectionAreNotCounted(c *check.C) {
	total := overload.NewLimit(1, nil)
	e := newLimited(wholeLines, datapath.Limits{Total: total})
	plan := &datapath.Plan{}
	data(e, plan, "begun")
	c.Check([]any{plan.Close, total.Used()}, check.DeepEquals, []any{false, int64(0)})
}
