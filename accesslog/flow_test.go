package accesslog

import (
	"strings"
	"testing"

	"gopkg.in/check.v1"
)

func (*EntrySuite) TestKeptNamesAreTheSameWhetherTheyAreInTheFlowOrNot(c *check.C) {
	for _, name := range []string{"", "10.0.0.1", "a\xff", "b\n", "...", strings.Repeat("c", maxName), strings.Repeat("c", maxName+1)} {
		for _, other := range []string{"", "10.0.0.1:11211", "\x00", name + "1"} {
			for _, info := range []FlowInfo{
				{PolicyName: name, SourceAddress: other, DestinationAddress: other},
				{PolicyName: other, SourceAddress: name, DestinationAddress: other},
				{PolicyName: other, SourceAddress: other, DestinationAddress: name},
			} {
				retained := info
				flow := retained.Retain()
				c.Check(retained, check.DeepEquals, info)
				c.Check(flow, check.DeepEquals, NewFlow(info))
			}
		}
	}
}

func (*EntrySuite) TestAFlowAndItsNamesAreOneAllocation(c *check.C) {
	retained, flow := info, Flow{}
	c.Check(testing.AllocsPerRun(100, func() { flow = retained.Retain() }), check.Equals, 1.0)
	c.Check(flow.wire, check.Not(check.Equals), "")
}
