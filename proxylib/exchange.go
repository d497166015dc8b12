package proxylib

import (
	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// ReplyStatus is what a reply reports, as far as a parser tells it apart.
type ReplyStatus = cilium.ReplyStatus

const (
	// Replied is for a parser that does not tell apart what replies report.
	Replied = cilium.ReplyStatus_Replied
	// Succeeded says that the reply reports success.
	Succeeded = cilium.ReplyStatus_Succeeded
	// Failed says that the reply reports an error.
	Failed = cilium.ReplyStatus_Failed
)

// exchange is a request that was passed, whose entry waits for the reply. It belongs to one connection until it is given back
// to the instance.
type exchange struct {
	// prev and next are those in the list of the connection; also are the entries of further parts of the request.
	prev, next, also *exchange
	// time, rule, reason, audited and request are those of the entry. user is as whom the client had logged in.
	time               int64
	rule, reason, user string
	request            uint64
	audited            bool
	// ends: the entry says how the request ended.
	ends      bool
	l7, reply L7Entry
	end       accesslog.Exchange
	// from is the offset of the request, without the bytes that were dropped since.
	from uint64
	// bytes is its memory; charged: it counts among the held bytes of all connections.
	bytes   int32
	charged bool
}

// exchanges are the requests of a connection whose entries wait. Only a connection whose exchanges are logged has them.
type exchanges struct {
	// first and last are those of the list, in the order of the requests. What is opened is not yet in it.
	first, last *exchange
	// opened is the last request, until it is known whether its reply is followed. growing is the one whose bytes still
	// come. ended is the one whose reply ends with the next operation.
	opened, growing, ended *exchange
	// count and bytes are those of the list.
	count, bytes int32
	// replyFrom is the offset of the reply, without the bytes that were dropped since. replyEnds: the next operation ends it.
	replyFrom uint64
	replyEnds bool
	// measured is the number of the request of a remote parser whose latency was noted last.
	measured uint64
}

// openExchange opens the exchange of a request that passes, or of a further part of it. Where no exchange is logged, the number of
// the request is all that the entry of its reply needs.
func (c *Connection) openExchange(v *Verdict, l7 *L7Entry, part bool) {
	e := c.exchanges
	if e == nil {
		c.numbers.opened = c.requests()
		return
	}
	x := c.Instance.newExchange()
	x.time, x.rule, x.reason, x.audited = c.time(), v.Rule, v.Reason, v.Audited
	x.user, x.request, x.from = c.flow.User(), c.requests(), c.offsets[0]
	x.l7.CopyFrom(l7)
	if !part || e.opened == nil {
		e.opened, e.growing = x, x
		return
	}
	last := e.opened
	for last.also != nil {
		last = last.also
	}
	last.also = x
}

// settle ends what was logged last: another request is logged, or the call ends.
func (c *Connection) settle() {
	c.numbers.opened = 0
	e := c.exchanges
	if e == nil {
		return
	}
	c.grown()
	if x := e.opened; x != nil {
		e.opened = nil
		c.writeExchange(x)
	}
}

// unsettled reports whether there is something for settle to end, or for finishReply.
func (c *Connection) unsettled() bool {
	e := c.exchanges
	return c.numbers.opened != 0 || e != nil && (e.opened != nil || e.replyEnds)
}

// grown ends the bytes of the last request.
func (c *Connection) grown() {
	if x := c.exchanges.growing; x != nil {
		x.end.RequestBytes, c.exchanges.growing = c.offsets[0]-x.from, nil
	}
}

// followed is a request whose reply is followed: its number, which is 0 if it is not, and its exchange if exchanges are logged.
type followed struct {
	request  uint64
	exchange *exchange
}

// follow moves the request that was logged last to the list of those that wait for replies. If there is none, or if too many wait, it
// is not followed: then the entry is written without the reply.
func (c *Connection) follow() (f followed) {
	e := c.exchanges
	if e == nil {
		f.request, c.numbers.opened = c.numbers.opened, 0
		return f
	}
	x := e.opened
	if x == nil || x.ends {
		return f
	}
	for part := x; part != nil; part = part.also {
		part.ends = true
	}
	if !c.chargeExchange(x) {
		x.end.Status = cilium.ReplyStatus_NotAwaited
		return f
	}
	e.opened = nil
	if x.prev = e.last; x.prev == nil {
		e.first = x
	} else {
		x.prev.next = x
	}
	e.last = x
	return followed{x.request, x}
}

// unlink takes an exchange out of the list.
func (c *Connection) unlink(x *exchange) {
	e := c.exchanges
	if x.prev == nil {
		e.first = x.next
	} else {
		x.prev.next = x.next
	}
	if x.next == nil {
		e.last = x.prev
	} else {
		x.next.prev = x.prev
	}
	x.prev, x.next = nil, nil
	c.unchargeExchange(x)
}

// endReply notes that the reply ends with the operation that the parser is about to return. x is its exchange, if it is followed.
func (c *Connection) endReply(x *exchange) {
	e := c.exchanges
	if e == nil {
		return
	}
	c.finishReply()
	if e.replyEnds = true; x != nil {
		c.unlink(x)
		x.end.Latency = c.since(x)
		c.measured(x.end.Latency)
		e.ended = x
	}
}

// finishReply writes the exchange whose reply has ended where the bytes do that have passed.
func (c *Connection) finishReply() { c.ReplyEnds(0) }

// ReplyEnds is for a parser that passes several replies by one operation: the reply that has ended last does so n bytes after
// the beginning of the input.
func (c *Connection) ReplyEnds(n int) {
	if e := c.exchanges; e != nil && e.replyEnds {
		end := c.offsets[1] + uint64(n)
		c.finish(end-e.replyFrom, end)
	}
}

// ReplySize is for a parser whose replies end before their last bytes have come, or that does not pass them as they are: the reply
// that has ended last is of n bytes.
func (c *Connection) ReplySize(n int) {
	if e := c.exchanges; e != nil && e.replyEnds {
		c.finish(uint64(n), c.offsets[1])
	}
}

// finish writes the exchange whose reply has ended. The next reply begins at an offset.
func (c *Connection) finish(size, next uint64) {
	e := c.exchanges
	e.replyEnds, e.replyFrom = false, next
	if x := e.ended; x != nil {
		e.ended = nil
		x.end.ReplyBytes = size
		c.writeExchange(x)
	}
}

// endWithout ends an exchange for which no reply comes.
func (c *Connection) endWithout(x *exchange, status ReplyStatus) {
	c.unlink(x)
	x.end.Status, x.end.Latency = status, c.since(x)
	c.writeExchange(x)
}

// endExchanges ends all exchanges of a connection that is closed.
func (c *Connection) endExchanges() {
	c.finishReply()
	c.settle()
	for e := c.exchanges; e != nil && e.first != nil; {
		c.endWithout(e.first, cilium.ReplyStatus_NoReply)
	}
}

// Unanswered notes that the server sends no reply to the request that was logged last. more is the number of bytes that belong
// to it beyond the operation that the parser returns next.
func (c *Connection) Unanswered(more int) {
	c.numbers.opened = 0
	if e := c.exchanges; e != nil && e.opened != nil {
		x := e.opened
		x.from -= uint64(more)
		x.ends, x.end.Status = true, cilium.ReplyStatus_Silent
	}
}

// since returns how long ago a request was.
func (c *Connection) since(x *exchange) uint64 { return uint64(max(0, c.time()-x.time)) }

// measured has the host count a request whose reply has ended.
func (c *Connection) measured(latency uint64) {
	if l := c.state.Latencies; l != nil {
		*l = append(*l, latency)
	}
}

// writeExchange writes the entries of a request, and gives the memory back.
func (c *Connection) writeExchange(x *exchange) {
	if c.exchanges.growing == x {
		c.grown()
	}
	c.logExchange(x, &x.end)
	for also := x.also; also != nil; also = also.also {
		also.end.Status, also.end.Latency = x.end.Status, x.end.Latency
		c.logExchange(also, &also.end)
	}
	for x != nil {
		also := x.also
		c.Instance.freeExchange(x)
		x = also
	}
}

// logExchange writes the entry of a request, or of a part of it, that has ended.
func (c *Connection) logExchange(x *exchange, end *accesslog.Exchange) {
	if !x.ends {
		end = nil
	}
	c.Instance.host.AccessLog.Log(accesslog.Entry{
		Time: x.time, Type: EntryTypeRequest, Rule: x.rule, Reason: x.reason, Request: x.request, Exchange: end, Audit: x.audited,
		Flow: c.flowOf(x.user), For: accesslog.Exchanges, Parser: c.ParserName, L7: &x.l7,
	})
}

// flowOf returns the flow with a user who may have been followed by another one.
func (c *Connection) flowOf(user string) *accesslog.Flow {
	if user == c.flow.User() {
		return &c.flow
	}
	flow := c.flow.WithUser(user)
	return &flow
}

// moved notes that bytes have passed or were dropped.
func (c *Connection) moved(reply bool, op OpType, n uint64) {
	c.offsets[direction(reply)] += n
	e := c.exchanges
	switch {
	case e == nil:
	case reply:
		if op == DROP {
			e.replyFrom += n
		}
		c.finishReply()
	case e.growing != nil && op == DROP:
		e.growing.from += n
	}
}
