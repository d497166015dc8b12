package proxylib_test

import (
	"gopkg.in/check.v1"

	. "github.com/proxylib/proxylib/proxylib"
)

var entry = new(L7Entry)

// enforce has the queue carry out a verdict on a request of 5 bytes.
func (s *ReplyQueueSuite) enforce(v Verdict) (OpType, int) {
	entry.Begin("scripted")
	return s.queue.Enforce(&s.conn.Connection, v, 5, entry, 7, []byte("no"))
}

func (s *ReplyQueueSuite) TestAnAllowedRequestPassesAndIsOwedItsReply(c *check.C) {
	op, n := s.enforce(Verdict{Allowed: true})
	c.Check(op, check.Equals, PASS)
	c.Check(n, check.Equals, 5)
	c.Check(*s.queue.Head(), check.Equals, 7)
	c.Check(s.sent(), check.Equals, "")
}

func (s *ReplyQueueSuite) TestADeniedRequestIsDroppedAndAnsweredInItsTurn(c *check.C) {
	s.queue.Forwarded(1)
	op, n := s.enforce(Verdict{Reason: NoRule})
	c.Check(op, check.Equals, DROP)
	c.Check(n, check.Equals, 5)
	c.Check(s.sent(), check.Equals, "")
	s.queue.Done()
	op, n = s.queue.BeginReply(&s.conn.Connection, View{})
	c.Check(op, check.Equals, INJECT)
	c.Check(n, check.Equals, 2)
	c.Check(s.sent(), check.Equals, "no")
}

func (s *ReplyQueueSuite) TestARequestIsLoggedAndCountedWhenItsVerdictIsCarriedOut(c *check.C) {
	log := new(record)
	s.conn = connect(c, newInstance(log), "scripted")
	s.enforce(Verdict{Allowed: true, Rule: "first"})
	s.enforce(Verdict{Reason: NoRule})
	s.enforce(Verdict{Allowed: true, Audited: true, Reason: NoRule})
	var types []EntryType
	for _, e := range log.entries {
		types = append(types, e.Type)
	}
	c.Check(types, check.DeepEquals, []EntryType{EntryTypeRequest, EntryTypeDenied, EntryTypeRequest})
	c.Check(log.entries[0].Rule, check.Equals, "first")
	counts := s.conn.Counts()
	c.Check([]uint64{counts.Passed, counts.Denied, counts.Audited}, check.DeepEquals, []uint64{2, 1, 1})
}

func (s *ReplyQueueSuite) TestARequestForWhichTheQueueIsFullIsNeitherCarriedOutNorLogged(c *check.C) {
	log := new(record)
	s.conn = connect(c, newInstance(log), "scripted")
	s.conn.SetCanWait()
	for range MaxOwedReplies {
		s.queue.Forwarded(0)
	}
	for _, v := range []Verdict{{Allowed: true}, {Reason: NoRule}} {
		op, _ := s.enforce(v)
		c.Check(op, check.Equals, NOP)
	}
	c.Check(s.queue.Len(), check.Equals, MaxOwedReplies)
	c.Check(log.entries, check.HasLen, 0)
	c.Check(s.sent(), check.Equals, "")
}

func (s *ReplyQueueSuite) TestBytesThatNoRequestAskedForAreNotAReply(c *check.C) {
	op, _ := s.queue.BeginReply(&s.conn.Connection, NewView(chunks("hello")))
	c.Check(op, check.Equals, ERROR)
	op, _ = s.queue.BeginReply(&s.conn.Connection, View{})
	c.Check(op, check.Equals, NOP)
	s.queue.Forwarded(1)
	op, _ = s.queue.BeginReply(&s.conn.Connection, NewView(chunks("hello")))
	c.Check(op, check.Equals, NOP)
}
