//go:build !race

package policy

import (
	"testing"

	"gopkg.in/check.v1"
)

// The race detector has pools lose what is put back, such as the memory in which regular expressions are matched.

func (s *SemanticsSuite) TestDecidingAllocatesNothing(c *check.C) {
	snapshot, err := compile(port80(denyFive + `,` + allowGet + `,{"server_names": ["**.example.com"], "remote_policies": [1,2,3]}`))
	c.Assert(err, check.IsNil)
	var l7 any = "other"
	run := func() {
		snapshot.Lookup("10.0.0.1", true, 80).Decide(&Request{RemoteID: 2, ServerName: "a.example.com", Parser: "words", L7: l7})
	}
	c.Check(testing.AllocsPerRun(100, run), check.Equals, 0.0)
}
