package proxylib

import (
	"bytes"
	"reflect"
)

// MaxOwedReplies is the number of replies and denials that a [ReplyQueue] holds at most.
const MaxOwedReplies = 16384

// ReplyQueue keeps denials in the order of replies, for protocols that reply to requests in the order they came. It has
// one slot for each reply the server owes, described by a T (small, for it is held by value), and one for each denial
// that waits for its turn among them. The zero value is empty and ready for use. Like the parser, it is used by one
// thread at a time.
//
// On the request side, the parser returns what Enforce returns for the verdict on a request. A parser that needs more calls
// Forwarded for each request it passes that the server will reply to, and Deny or DenyWith for each one it drops. When
// one of them reports false, it returns Wait.
//
// On the reply side, where a reply may begin, it first returns what BeginReply returns, unless that is [NOP]; then it judges
// the server's bytes as the reply that Head describes, and calls Done when it passes the last byte of it. A message that
// belongs to no request, such as a notification, is passed between two replies, without Done; a parser of such a protocol
// calls Next instead of BeginReply.
//
// For the access log, a parser without Enforce calls Follow after LogRequest and Forwarded, and LogReply before Done where a
// reply says more than that there is one.
type ReplyQueue[T any] struct {
	// connection is known from the first call that has it.
	connection *Connection
	slots      ring[slot[T]]
	// own is what waits besides the replies that the server owes; nil while nothing does, so that idle connections are small.
	own *own[T]
}

// own is what a connection needs only while denials wait, the parser replaces bytes, or the client is read no further.
type own[T any] struct {
	denials ring[denial[T]]
	// out has what does not fit into the inject buffer of that whose turn has come.
	out   Outbox
	pause pause
}

// owned returns what waits of the parser's own, to be added to.
func (q *ReplyQueue[T]) owned() *own[T] {
	if q.own == nil {
		q.own = &own[T]{out: Outbox{Reply: true}}
	}
	return q.own
}

// sends reports whether the sending of bytes of the parser's own has begun.
func (q *ReplyQueue[T]) sends() bool { return q.own != nil && !q.own.out.Empty() }

// denial is a reply of the parser's own that waits: either reply, or what render makes of the description in the slot.
type denial[T any] struct {
	reply   []byte
	render  func(T, []byte) []byte
	charged int
}

type slotKind uint8

const (
	// slotReply: the server owes a reply.
	slotReply slotKind = iota
	// slotProbe: the server owes a reply to a request of the parser's own.
	slotProbe
	slotDenial
)

type slot[T any] struct {
	owed T
	kind slotKind
	// loose says that a request which the reply also stands for is not followed.
	loose bool
	// gap leads from the number of the request before, of those that are followed, to that of the first of these.
	gap uint16
	// followed is the number of requests that are followed until the reply: those at the front of the connection's list.
	followed uint32
}

// Forwarded notes that the server owes a reply. It reports false when the queue is full; the request must then not be
// passed.
func (q *ReplyQueue[T]) Forwarded(owed T) bool {
	if q.Full() {
		return false
	}
	q.slots.add().owed = owed
	return true
}

// Expect notes that the server sends a message without a request, such as the greeting with which it speaks first: call it
// when the parser is made. Denials wait until the message has come. It is [ReplyQueue.Forwarded] under another name.
func (q *ReplyQueue[T]) Expect(owed T) bool { return q.Forwarded(owed) }

// Deny answers a dropped request with reply: at once if no earlier reply is owed, else in its turn. The queue keeps
// reply itself, not a copy, so it must never change. It reports false when the queue is full, or when more bytes would wait
// than may: [MaxQueuedBytes], or what is left for all connections together. The parser then returns Wait. A
// reply that is the same memory as the one before it counts once.
func (q *ReplyQueue[T]) Deny(c *Connection, reply []byte) bool {
	if q.Empty() && c.injectWhole(reply) {
		return true
	}
	text := len(reply)
	if q.own != nil && q.own.denials.n > 0 && sameMemory(q.own.denials.back().reply, reply) {
		text = 0
	}
	var none T
	return q.keep(c, none, denial[T]{reply: reply}, text)
}

// DenyWith is [ReplyQueue.Deny] for a denial that says what it denies, such as by the number of the request: render appends
// the reply to dst when its turn comes, and returns it. owed is what render needs, and kept is the number of bytes of
// memory that owed refers to, 0 if it refers to none. render may be called twice, and must make the same each time. It is
// a function rather than a closure, so that nothing but owed is kept.
func (q *ReplyQueue[T]) DenyWith(c *Connection, owed T, kept int, render func(owed T, dst []byte) []byte) bool {
	if q.Empty() && c.injectWhole(render(owed, c.injectSpace())) {
		return true
	}
	return q.keep(c, owed, denial[T]{render: render}, kept)
}

// keep queues a denial, which is charged with what it takes in the queue and the bytes of its text.
func (q *ReplyQueue[T]) keep(c *Connection, owed T, d denial[T], text int) bool {
	first := q.Empty()
	d.charged = text + int(reflect.TypeFor[slot[T]]().Size()+reflect.TypeFor[denial[T]]().Size())
	if q.Full() || !c.Hold(d.charged) {
		return false
	}
	q.slots.push(slot[T]{owed: owed, kind: slotDenial})
	q.owned().denials.push(d)
	if first {
		q.Inject(c)
	}
	return true
}

// Replace returns the operation that takes the next n bytes of the reply direction out of the stream and puts a copy of by
// in their place; see [Outbox.Replace]. Denials that follow come after by.
func (q *ReplyQueue[T]) Replace(c *Connection, n int, by []byte) (OpType, int) {
	return q.ReplaceAndPass(c, n, by, 0)
}

// ReplaceAndPass is [ReplyQueue.Replace] for the beginning of a reply, whose next pass bytes go on as they are; see
// [Outbox.ReplaceAndPass].
func (q *ReplyQueue[T]) ReplaceAndPass(c *Connection, n int, by []byte, pass int) (OpType, int) {
	return q.owned().out.ReplaceAndPass(c, n, by, pass)
}

// Next returns the operation that sends denials whose turn it is, or goes on with what Replace began; [NOP] when there is
// nothing to send. It is for the reply side, where a reply may begin.
func (q *ReplyQueue[T]) Next(c *Connection) (OpType, int) {
	if n := q.Inject(c); n > 0 {
		return INJECT, n
	}
	if !q.sends() {
		return NOP, 0
	}
	return q.own.out.Next(c)
}

// Inject puts the denials whose turn it is into the inject buffer of the reply direction, and returns how many bytes
// went in. It is for the reply side alone, which returns INJECT with that number if it is not 0. A parser that calls
// Replace calls Next instead.
func (q *ReplyQueue[T]) Inject(c *Connection) int {
	q.connection = c
	if !q.sends() && !q.due() {
		return 0
	}
	return q.injectDue(c)
}

// due reports whether the turn of a denial has come.
func (q *ReplyQueue[T]) due() bool { return q.slots.n > 0 && q.slots.front().kind == slotDenial }

func (q *ReplyQueue[T]) injectDue(c *Connection) int {
	total := 0
	if q.sends() {
		total = q.own.out.inject(c)
	}
	for !q.sends() && q.due() {
		n, whole := q.injectDenial(c)
		total += n
		if !whole {
			break
		}
		q.slots.pop()
		q.settle()
	}
	return total
}

// injectDenial puts the first denial into the inject buffer, and removes it if it fits whole; if not, its rest is kept.
func (q *ReplyQueue[T]) injectDenial(c *Connection) (n int, whole bool) {
	d := q.own.denials.front()
	text := d.reply
	if d.render != nil {
		text = d.render(q.slots.front().owed, c.injectSpace())
	}
	n = c.Inject(true, text)
	if n == len(text) {
		c.Unhold(d.charged)
		q.own.denials.pop()
		return n, true
	}
	rest := text[n:]
	if d.render != nil {
		// The memory may be that of the inject buffer. The text of one denial may exceed what the connection may hold.
		rest = bytes.Clone(rest)
		if c.Hold(len(rest)) {
			d.charged += len(rest)
		}
	}
	d.reply, d.render = rest, nil
	return n, false
}

// sameMemory reports whether two texts are one, not only equal.
func sameMemory(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Head returns the description of the reply that the server owes next, to be read and changed in place until Done; nil
// if it owes none, or a denial comes first.
func (q *ReplyQueue[T]) Head() *T {
	if q.slots.n == 0 || q.slots.front().kind == slotDenial {
		return nil
	}
	return &q.slots.front().owed
}

// Last returns the description of the reply that the server owes last, to be read and changed in place until the next
// call of Forwarded, Probe or Deny; nil if it owes none, or if what comes last is a denial or the reply to a probe.
func (q *ReplyQueue[T]) Last() *T {
	if q.slots.n == 0 || q.slots.back().kind != slotReply {
		return nil
	}
	return &q.slots.back().owed
}

// Withdraw removes the reply that is owed last from the queue, for a request that was not passed as a whole after all.
func (q *ReplyQueue[T]) Withdraw() {
	if q.Last() == nil {
		panic("proxylib: no reply at the end of the queue")
	}
	for q.slots.back().followed > 0 {
		q.Unfollow()
	}
	q.slots.popBack()
	q.settle()
}

// Done removes the reply at the head from the queue. The reply ends with the operation that the parser returns next.
func (q *ReplyQueue[T]) Done() {
	if q.Head() == nil {
		panic("proxylib: no reply at the head of the queue")
	}
	q.EndOne()
	q.remove()
}

// remove removes the reply at the head.
func (q *ReplyQueue[T]) remove() {
	q.skip()
	q.slots.pop()
	q.settle()
}

// Full reports whether no further request can be noted.
func (q *ReplyQueue[T]) Full() bool { return q.slots.n == MaxOwedReplies }

// Wait is what a parser returns for a request for which Forwarded, Deny or DenyWith has reported false. The client is read
// no further until half of what waits has gone; then the parser is called for the request again. A host that cannot wait
// closes the connection, and so does any host when nothing waits in the queue: then it is other connections that hold
// too much.
func (q *ReplyQueue[T]) Wait(c *Connection) (OpType, int) {
	if q.Empty() {
		return c.Fail("no memory is left for denials that wait", ERROR_INVALID_FRAME_TYPE)
	}
	return q.owned().pause.begin(c, "too many requests wait for a reply")
}

// settle has a client that waits read on once half of what is under way has gone, and releases what an empty queue does
// not need.
func (q *ReplyQueue[T]) settle() {
	if q.own == nil {
		return
	}
	empty := q.Empty()
	if c := q.own.pause.connection; c != nil && (empty || q.slots.n <= MaxOwedReplies/2 && c.queuedBytes <= MaxQueuedBytes/2) {
		q.own.pause.end()
	}
	if empty {
		q.own = nil
	}
}

// Empty reports whether no reply is owed and nothing waits to be sent.
func (q *ReplyQueue[T]) Empty() bool { return q.slots.n == 0 && !q.sends() }

// Len returns the number of replies that are owed and denials that wait.
func (q *ReplyQueue[T]) Len() int {
	if q.sends() {
		return int(q.slots.n) + 1
	}
	return int(q.slots.n)
}
