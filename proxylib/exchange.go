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
	entry            accesslog.Entry
	flow             accesslog.Flow
	l7, reply        L7Entry
	end              accesslog.Exchange
	// from is the offset of the request, without the bytes that were dropped since.
	from uint64
	// bytes is its memory; charged: it counts among the held bytes of all connections.
	bytes   int32
	charged bool
}

// exchanges are the requests of a connection whose entries wait.
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
}

// openExchange opens the exchange of a request that passes, or of a further part of it. Where only entries of requests and replies
// are wanted, all that it is for is the number of the request, which the entry of the reply names.
func (c *Connection) openExchange(v *Verdict, l7 *L7Entry, part bool) {
	x, e := c.Instance.newExchange(), &c.exchanges
	x.from = c.offsets[0]
	x.entry.Request, x.entry.Exchange = c.requests(), nil
	if c.logs(accesslog.Exchanges) {
		x.flow = c.flow
		x.entry = accesslog.Entry{
			Time: c.time(), Type: EntryTypeRequest, Rule: v.Rule, Reason: v.Reason, Audit: v.Audited, Flow: &x.flow, Parser: c.ParserName,
			Request: x.entry.Request, L7: &x.l7, For: accesslog.Exchanges,
		}
		x.l7.CopyFrom(l7)
	}
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
	c.grown()
	if x := c.exchanges.opened; x != nil {
		c.exchanges.opened = nil
		c.writeExchange(x)
	}
}

// grown ends the bytes of the last request.
func (c *Connection) grown() {
	if x := c.exchanges.growing; x != nil {
		x.end.RequestBytes, c.exchanges.growing = c.offsets[0]-x.from, nil
	}
}

// follow moves the request that was logged last to the list of those that wait for replies. It returns nil if there is none, or if
// too many wait: then the entry is written without the reply.
func (c *Connection) follow() *exchange {
	x, e := c.exchanges.opened, &c.exchanges
	if x == nil || x.entry.Exchange != nil {
		return nil
	}
	for part := x; part != nil; part = part.also {
		part.entry.Exchange = &part.end
	}
	if !c.chargeExchange(x) {
		x.end.Status = cilium.ReplyStatus_NotAwaited
		return nil
	}
	e.opened = nil
	if x.prev = e.last; x.prev == nil {
		e.first = x
	} else {
		x.prev.next = x
	}
	e.last = x
	return x
}

// unlink takes an exchange out of the list.
func (c *Connection) unlink(x *exchange) {
	e := &c.exchanges
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
	e := &c.exchanges
	c.finishReply()
	if e.replyEnds = true; x != nil {
		c.unlink(x)
		x.end.Latency = c.since(x)
		e.ended = x
	}
}

// finishReply writes the exchange whose reply has ended where the bytes do that have passed.
func (c *Connection) finishReply() { c.ReplyEnds(0) }

// ReplyEnds is for a parser that passes several replies by one operation: the reply that has ended last does so n bytes after
// the beginning of the input.
func (c *Connection) ReplyEnds(n int) {
	if c.exchanges.replyEnds {
		end := c.offsets[1] + uint64(n)
		c.finish(end-c.exchanges.replyFrom, end)
	}
}

// ReplySize is for a parser whose replies end before their last bytes have come, or that does not pass them as they are: the reply
// that has ended last is of n bytes.
func (c *Connection) ReplySize(n int) {
	if c.exchanges.replyEnds {
		c.finish(uint64(n), c.offsets[1])
	}
}

// finish writes the exchange whose reply has ended. The next reply begins at an offset.
func (c *Connection) finish(size, next uint64) {
	e := &c.exchanges
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
	for c.exchanges.first != nil {
		c.endWithout(c.exchanges.first, cilium.ReplyStatus_NoReply)
	}
}

// Unanswered notes that the server sends no reply to the request that was logged last. more is the number of bytes that belong
// to it beyond the operation that the parser returns next.
func (c *Connection) Unanswered(more int) {
	if x := c.exchanges.opened; x != nil {
		x.from -= uint64(more)
		x.entry.Exchange, x.end.Status = &x.end, cilium.ReplyStatus_Silent
	}
}

// since returns how long ago a request was, 0 if no entry has it.
func (c *Connection) since(x *exchange) uint64 {
	if !c.logs(accesslog.Exchanges) {
		return 0
	}
	return uint64(max(0, c.time()-x.entry.Time))
}

// writeExchange writes the entries of a request, and gives the memory back.
func (c *Connection) writeExchange(x *exchange) {
	if c.exchanges.growing == x {
		c.grown()
	}
	wanted := c.logs(accesslog.Exchanges)
	for end := x.end; x != nil; {
		if wanted {
			if x.entry.Exchange != nil {
				x.end.Status, x.end.Latency = end.Status, end.Latency
			}
			c.Instance.host.AccessLog.Log(x.entry)
		}
		also := x.also
		c.Instance.freeExchange(x)
		x = also
	}
}

// moved notes that bytes have passed or were dropped.
func (c *Connection) moved(reply bool, op OpType, n uint64) {
	c.offsets[direction(reply)] += n
	e := &c.exchanges
	switch {
	case reply:
		if op == DROP {
			e.replyFrom += n
		}
		c.finishReply()
	case e.growing != nil && op == DROP:
		e.growing.from += n
	}
}
