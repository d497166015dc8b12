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

// place is what a denial takes in the queue besides its text.
const place = 56

func (s *ReplyQueueSuite) TestBytesOfDenialsThatWaitAreCountedAndBounded(c *check.C) {
	limit := overload.NewLimit(1500+3*place, nil)
	s.limit(limit)
	s.queue.Forwarded(1)
	echo := func() []byte { return make([]byte, 500) }
	for range 3 {
		c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, true)
	}
	c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, false)
	c.Check(limit.Used(), check.Equals, int64(1500+3*place))
	s.queue.Done()
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, InjectBufSize)
	c.Check(limit.Used(), check.Equals, int64(500+place))
	c.Check(s.queue.Deny(&s.conn.Connection, echo()), check.Equals, true)
	s.conn.Close()
	c.Check(limit.Used(), check.Equals, int64(0))
}

func (s *ReplyQueueSuite) TestADenialThatIsTheSameMemoryCountsOnce(c *check.C) {
	limit := overload.NewLimit(1<<30, nil)
	s.limit(limit)
	s.queue.Forwarded(1)
	constant := make([]byte, 700)
	for range 1000 {
		c.Check(s.queue.Deny(&s.conn.Connection, constant), check.Equals, true)
	}
	c.Check(limit.Used(), check.Equals, int64(700+1000*place))
}

func (s *ReplyQueueSuite) TestOneConnectionHoldsNoMoreDenialsThanItMay(c *check.C) {
	s.queue.Forwarded(1)
	for range MaxQueuedBytes / (1024 + place) {
		c.Assert(s.queue.Deny(&s.conn.Connection, make([]byte, 1024)), check.Equals, true)
	}
	c.Check(s.queue.Deny(&s.conn.Connection, make([]byte, 1024)), check.Equals, false)
}

// echoed is the denial of a request by its number.
func echoed(number int, dst []byte) []byte { return fmt.Appendf(dst, "%d is denied\n", number) }

func (s *ReplyQueueSuite) TestADenialThatEchoesIsMadeWhenItsTurnComes(c *check.C) {
	limit := overload.NewLimit(1<<30, nil)
	s.limit(limit)
	c.Check(s.queue.DenyWith(&s.conn.Connection, 1, 0, echoed), check.Equals, true)
	c.Check(s.sent(), check.Equals, "1 is denied\n")
	s.queue.Forwarded(2)
	c.Check(s.queue.DenyWith(&s.conn.Connection, 3, 100, echoed), check.Equals, true)
	c.Check(s.queue.DenyWith(&s.conn.Connection, 4, 0, echoed), check.Equals, true)
	c.Check(limit.Used(), check.Equals, int64(100+2*place))
	c.Check(s.sent(), check.Equals, "")
	s.queue.Done()
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 24)
	c.Check(s.sent(), check.Equals, "3 is denied\n4 is denied\n")
	c.Check(limit.Used(), check.Equals, int64(0))
}

func (s *ReplyQueueSuite) TestALongDenialThatEchoesIsSentInPieces(c *check.C) {
	limit := overload.NewLimit(1<<30, nil)
	s.limit(limit)
	long := func(number int, dst []byte) []byte {
		for range 1000 {
			dst = echoed(number, dst)
		}
		return dst
	}
	c.Check(s.queue.DenyWith(&s.conn.Connection, 1, 0, long), check.Equals, true)
	c.Check(s.queue.DenyWith(&s.conn.Connection, 2, 0, long), check.Equals, true)
	got := s.sent()
	for s.queue.Inject(&s.conn.Connection) > 0 {
		got += s.sent()
	}
	c.Check(got, check.Equals, string(long(2, long(1, nil))))
	c.Check(s.queue.Empty(), check.Equals, true)
	c.Check(limit.Used(), check.Equals, int64(0))
}

func (s *ReplyQueueSuite) TestADenialThatFitsNeedsNoMemory(c *check.C) {
	s.limit(overload.NewLimit(0, nil))
	c.Check(s.queue.Deny(&s.conn.Connection, []byte("no")), check.Equals, true)
	c.Check(s.queue.DenyWith(&s.conn.Connection, 1, 9, echoed), check.Equals, true)
	c.Check(s.queue.Deny(&s.conn.Connection, make([]byte, InjectBufSize)), check.Equals, false)
	c.Check(s.sent(), check.Equals, "no1 is denied\n")
}

func (s *ReplyQueueSuite) TestAGreetingComesBeforeDenials(c *check.C) {
	s.queue.Expect(9)
	s.queue.Deny(&s.conn.Connection, []byte("no"))
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 0)
	c.Check(*s.queue.Head(), check.Equals, 9)
	s.queue.Done()
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 2)
}

func (s *ReplyQueueSuite) TestTheReplyToAProbeIsTakenOut(c *check.C) {
	s.queue.Forwarded(1)
	op, n := s.queue.Probe(&s.conn.Connection, 2, []byte("ping"))
	c.Check(op, check.Equals, INJECT)
	c.Check(string(*s.conn.OrigBuf), check.Equals, "ping")
	c.Check(n, check.Equals, 4)
	c.Check(s.queue.Last(), check.IsNil)
	s.queue.Deny(&s.conn.Connection, []byte("no"))
	c.Check(s.queue.Probed(), check.Equals, false)
	op, _ = s.queue.Take(10)
	c.Check(op, check.Equals, PASS)
	c.Check(s.queue.Probed(), check.Equals, true)
	op, _ = s.queue.Piece(2)
	c.Check(op, check.Equals, DROP)
	op, n = s.queue.Take(5)
	c.Check(op, check.Equals, DROP)
	c.Check(n, check.Equals, 5)
	c.Check(s.queue.Inject(&s.conn.Connection), check.Equals, 2)
}

func (s *ReplyQueueSuite) TestWaitingEndsWhenHalfHasGone(c *check.C) {
	s.canWait()
	for range MaxOwedReplies {
		s.queue.Forwarded(0)
	}
	op, _ := s.queue.Wait(&s.conn.Connection)
	c.Check(op, check.Equals, NOP)
	for range MaxOwedReplies / 2 {
		c.Assert(s.waiting(), check.Equals, true)
		s.queue.Done()
	}
	c.Check(s.waiting(), check.Equals, false)
}

func (s *ReplyQueueSuite) TestWaitingForDenialsEndsWhenTheyHaveGone(c *check.C) {
	s.canWait()
	s.queue.Forwarded(0)
	for s.queue.Deny(&s.conn.Connection, make([]byte, 1024)) {
	}
	s.queue.Wait(&s.conn.Connection)
	s.queue.Done()
	c.Check(s.waiting(), check.Equals, true)
	for s.queue.Inject(&s.conn.Connection) > 0 {
		s.sent()
	}
	c.Check(s.waiting(), check.Equals, false)
}

func (s *ReplyQueueSuite) TestNothingWaitsForAnEmptyQueue(c *check.C) {
	s.canWait()
	op, _ := s.queue.Wait(&s.conn.Connection)
	c.Check(op, check.Equals, ERROR)
}

func (s *ReplyQueueSuite) TestAHostThatCannotWaitClosesTheConnection(c *check.C) {
	s.queue.Forwarded(1)
	op, _ := s.queue.Wait(&s.conn.Connection)
	c.Check(op, check.Equals, ERROR)
}

// limit sets the limit of bytes that all connections together hold.
func (s *ReplyQueueSuite) limit(l *overload.Limit) { s.conn.Instance.Settings().HeldBytes = l }

func (s *ReplyQueueSuite) canWait() { s.conn.SetCanWait() }

func (s *ReplyQueueSuite) waiting() bool { return s.conn.Waiting() }
