package sink

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/check.v1"
)

func newTestWakeup(c *check.C) *wakeup {
	u, err := newWakeup()
	c.Assert(err, check.IsNil)
	return u
}

func (*SinkSuite) TestAWakeUpEndsTheWait(c *check.C) {
	u := newTestWakeup(c)
	defer u.close()
	u.wake()
	u.wake()
	u.wait(0)
	go u.wake()
	u.wait(0)
}

func (*SinkSuite) TestTheWaitEndsWithoutAWakeUp(c *check.C) {
	u := newTestWakeup(c)
	defer u.close()
	begun := time.Now()
	u.wait(time.Millisecond)
	c.Check(time.Since(begun) >= time.Millisecond, check.Equals, true)
}

func (*SinkSuite) TestAWriterWhosePipeIsClosedDoesNotSpin(c *check.C) {
	u := newTestWakeup(c)
	defer u.close()
	c.Assert(unix.Close(int(u.r.Fd())), check.IsNil)
	begun := time.Now()
	u.wake()
	u.wait(0)
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
