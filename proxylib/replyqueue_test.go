package proxylib_test

import (
	"fmt"
	"strings"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/overload"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

type ReplyQueueSuite struct {
	conn  *host.Connection
	queue ReplyQueue[int]
}

var _ = check.Suite(&ReplyQueueSuite{})

func (s *ReplyQueueSuite) SetUpTest(c *check.C) {
	script.next = answers()
	s.conn = connect(c, newInstance(nil), "scripted")
	s.queue = ReplyQueue[int]{}
}

// sent returns what waits for the client and takes it away, as a host does.
func (s *ReplyQueueSuite) sent() string {
	text := string(*s.conn.ReplyBuf)
	*s.conn.ReplyBuf = (*s.conn.ReplyBuf)[:0]
	return text
}

func (s *ReplyQueueSuite) TestADenialGoesOutAtOnceWhenNothingIsOwed(c *check.C) {
	c.Check(s.queue.Deny(&s.conn.Connection, []byte("no")), check.Equals, true)
	c.Check(s.sent(), check.Equals, "no")
	c.Check(s.queue.Empty(), check.Equals, true)
}

func (s *ReplyQueueSuite) TestADenialWaitsForTheRepliesBeforeIt(c *check.C) {
	s.queue.Forwarded(1)
	s.queue.Deny(&s.conn.Connection, []byte("no1"))
	s.queue.Deny(&s.conn.Connection, []byte("no2"))
	s.queue.Forwarded(2)
	s.queue.Deny(&s.conn.Connection, []byte("no3"))
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 0)
	c.Check(*s.queue.Head(), check.Equals, 1)
	s.queue.Done()
	c.Check(s.queue.Head(), check.IsNil)
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 6)
	c.Check(s.sent(), check.Equals, "no1no2")
	c.Check(*s.queue.Head(), check.Equals, 2)
	s.queue.Done()
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 3)
	c.Check(s.sent(), check.Equals, "no3")
	c.Check(s.queue.Empty(), check.Equals, true)
}

func (s *ReplyQueueSuite) TestDenialsThatDoNotFitAreSentInPieces(c *check.C) {
	var want, got strings.Builder
	for i := range 200 {
		denial := fmt.Sprintf("denied %03d\r\n", i)
		want.WriteString(denial)
		c.Assert(s.queue.Deny(&s.conn.Connection, []byte(denial)), check.Equals, true)
	}
	got.WriteString(s.sent())
	for s.queue.Inject(&s.conn.Connection) > 0 {
		got.WriteString(s.sent())
	}
	c.Check(got.String(), check.Equals, want.String())
	c.Check(s.queue.Empty(), check.Equals, true)
}

func (s *ReplyQueueSuite) TestTheQueueIsBounded(c *check.C) {
	for range MaxOwedReplies {
		c.Assert(s.queue.Forwarded(0), check.Equals, true)
	}
	c.Check(s.queue.Forwarded(0), check.Equals, false)
	c.Check(s.queue.Deny(&s.conn.Connection, []byte("no")), check.Equals, false)
	c.Check(s.queue.Len(), check.Equals, MaxOwedReplies)
}

func (s *ReplyQueueSuite) TestDoneWithoutAReplyPanics(c *check.C) {
	c.Check(s.queue.Done, check.PanicMatches, "proxylib: no reply .*")
}

func (s *ReplyQueueSuite) TestASteadyStreamAllocatesNothing(c *check.C) {
	burst := func() {
		for i := range 64 {
			s.queue.Forwarded(i)
		}
		for range 64 {
			s.queue.Done()
		}
	}
	burst()
	c.Check(testing.AllocsPerRun(100, burst), check.Equals, 0.0)
}

func (s *ReplyQueueSuite) TestBytesOfDenialsThatWaitAreCountedAndBounded(c *check.C) {
	limit := overload.NewLimit(1500, nil)
	s.conn.Instance.Settings().HeldBytes = limit
	s.queue.Forwarded(1)
	echo := func() []byte { return make([]byte, 500) }
	for range 3 {
		c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, true)
	}
	c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, false)
	c.Check(limit.Used(), check.Equals, int64(1500))
	s.queue.Done()
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, InjectBufSize)
	c.Check(limit.Used(), check.Equals, int64(500))
	c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, true)
	s.conn.Close()
	c.Check(limit.Used(), check.Equals, int64(0))
}

func (s *ReplyQueueSuite) TestADenialThatIsTheSameMemoryCountsOnce(c *check.C) {
	limit := overload.NewLimit(1<<30, nil)
	s.conn.Instance.Settings().HeldBytes = limit
	s.queue.Forwarded(1)
	constant := make([]byte, 700)
	for range 1000 {
		c.Check(s.queue.Deny(&s.conn.Connection, constant), check.Equals, true)
	}
	c.Check(limit.Used(), check.Equals, int64(700))
}

func (s *ReplyQueueSuite) TestOneConnectionHoldsNoMoreDenialsThanItMay(c *check.C) {
	s.queue.Forwarded(1)
	for range MaxDenialBytes / 1024 {
		c.Check(s.queue.Deny(&s.conn.Connection, make([]byte, 1024)), check.Equals, true)
	}
	c.Check(s.queue.Deny(&s.conn.Connection, make([]byte, 1024)), check.Equals, false)
}
