package sink

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/check.v1"
)

func newTestBell(c *check.C) *bell {
	b, err := newBell()
	c.Assert(err, check.IsNil)
	return b
}

func (*SinkSuite) TestABellThatRingsEndsTheWait(c *check.C) {
	b := newTestBell(c)
	defer b.close()
	b.ring()
	b.ring()
	b.wait(0)
	go b.ring()
	b.wait(0)
}

func (*SinkSuite) TestTheWaitEndsWithoutABell(c *check.C) {
	b := newTestBell(c)
	defer b.close()
	begun := time.Now()
	b.wait(time.Millisecond)
	c.Check(time.Since(begun) >= time.Millisecond, check.Equals, true)
}

func (*SinkSuite) TestAWriterWhoseBellIsGoneDoesNotSpin(c *check.C) {
	b := newTestBell(c)
	defer b.close()
	c.Assert(unix.Close(int(b.ear.Fd())), check.IsNil)
	begun := time.Now()
	b.ring()
	b.wait(0)
	c.Check(time.Since(begun) >= pollEvery, check.Equals, true)
}

func (*SinkSuite) TestALogThatIsClosedLeavesNoDescriptors(c *check.C) {
	before, err := os.ReadDir("/proc/self/fd")
	c.Assert(err, check.IsNil)
	for range 5 {
		l := open(c, Config{Writer: new(stream)})
		l.Queue().Log(entry(1))
		c.Check(l.Close(), check.IsNil)
	}
	after, err := os.ReadDir("/proc/self/fd")
	c.Assert(err, check.IsNil)
	c.Check(len(after) <= len(before), check.Equals, true, check.Commentf("%d were open, now %d", len(before), len(after)))
}
