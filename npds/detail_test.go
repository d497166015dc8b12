package npds

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/nack"
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
	named, complete := nack.Named(status)
	c.Assert(named, check.HasLen, maxDetails)
	c.Check(complete, check.Equals, false)
	c.Check(named[31].Field, check.Matches, `resource "31x*"`)
	c.Check(named[0].Reason, check.Not(check.Equals), "")
	named, complete = nack.Named(detail(all[:3]))
	c.Check(named, check.HasLen, 3)
	c.Check(complete, check.Equals, true)
	c.Check(detail(errors.New("another reason")).GetDetails(), check.HasLen, 0)
	c.Check(detail(nil), check.IsNil)
}
