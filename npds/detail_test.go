package npds

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"
)

type DetailSuite struct{}

var _ = check.Suite(&DetailSuite{})

func (s *DetailSuite) TestARefusalNamesResourcesWithinBounds(c *check.C) {
	var all refusals
	long := strings.Repeat("x", 1<<16)
	for i := range 1000 {
		label := labelOf(fmt.Sprint(i, long))
		all = append(all, refusal{label, label, errors.New(long)})
	}
	status := detail(all)
	c.Check(proto.Size(status) < 16<<10, check.Equals, true)
	request := &errdetails.BadRequest{}
	c.Assert(status.GetDetails(), check.HasLen, 1)
	c.Assert(status.GetDetails()[0].UnmarshalTo(request), check.IsNil)
	c.Assert(request.GetFieldViolations(), check.HasLen, maxDetails)
	c.Check(request.GetFieldViolations()[31].GetField(), check.Matches, `resource "31x*"`)
	c.Check(request.GetFieldViolations()[0].GetDescription(), check.Not(check.Equals), "")
	c.Check(detail(errors.New("another reason")).GetDetails(), check.HasLen, 0)
	c.Check(detail(nil), check.IsNil)
}
