package proxylib

// MaxOwedReplies is the number of replies and denials that a [ReplyQueue] holds at most.
const MaxOwedReplies = 16384

// MaxDenialBytes is the number of bytes of denials that wait on one connection at most. They also count among the bytes
// that all connections together may hold.
const MaxDenialBytes = 1 << 20

// keptSlots is the room that an empty queue keeps, so that idle connections stay small and busy ones allocate nothing.
const keptSlots = 64

// ReplyQueue keeps denials in the order of replies, for protocols that answer requests in the order they came. It has
// one slot for each reply the server owes, described by a T (small, for it is held by value), and one for each denial
// that waits for its turn among them. The zero value is empty and ready for use.
//
// On the request side, the parser calls Forwarded for each request it passes that will be answered, and Deny for each
// one it drops. On the reply side it first calls Inject, and answers INJECT while that puts bytes in; then it judges
// the server's bytes as the reply that Head describes, and calls Done when it passes the last byte of it. Bytes from
// the server with Head nil were not asked for.
type ReplyQueue[T any] struct {
	slots   ring[slot[T]]
	denials ring[denial]
	// waiting is the connection whose requests wait for a place; nil if none do.
	waiting *Connection
}

// denial is a reply of ours that waits, and what the connection is charged for it.
type denial struct {
	reply   []byte
	charged int
}

type slot[T any] struct {
	owed   T
	denied bool
}

// Forwarded notes that the server owes a reply. It answers false when the queue is full; the request must then not be
// passed.
func (q *ReplyQueue[T]) Forwarded(owed T) bool {
	if q.slots.n == MaxOwedReplies {
		return false
	}
	q.slots.push(slot[T]{owed: owed})
	return true
}

// Deny answers a dropped request with reply: at once if no earlier reply is owed, else in its turn. The queue keeps
// reply itself, not a copy, so it must never change. It returns false, and the connection has to be closed, when the queue
// is full, or when more bytes would wait than may: [MaxDenialBytes], or what is left for all connections together. A reply
// that is the same memory as the one before it counts once.
func (q *ReplyQueue[T]) Deny(c *Connection, reply []byte) bool {
	if q.slots.n == 0 {
		reply = reply[c.Inject(true, reply):]
		if len(reply) == 0 {
			return true
		}
	}
	if q.slots.n == MaxOwedReplies {
		return false
	}
	charged := len(reply)
	if q.denials.n > 0 && sameMemory(q.denials.back().reply, reply) {
		charged = 0
	}
	if !c.Hold(charged) {
		return false
	}
	q.slots.push(slot[T]{denied: true})
	q.denials.push(denial{reply, charged})
	return true
}

// Inject puts the denials whose turn it is into the inject buffer of the reply direction, and returns how many bytes
// went in. It is for the reply side alone, which answers INJECT with that number if it is not 0.
func (q *ReplyQueue[T]) Inject(c *Connection) int {
	total := 0
	for q.slots.n > 0 && q.slots.front().denied {
		first := q.denials.front()
		n := c.Inject(true, first.reply)
		total += n
		if n < len(first.reply) {
			first.reply = first.reply[n:]
			break
		}
		c.Unhold(first.charged)
		q.denials.pop()
		q.slots.pop()
	}
	return total
}

// sameMemory reports whether two texts are one, not only equal.
func sameMemory(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Head returns the description of the reply that the server owes next, to be read and changed in place until Done; nil
// if it owes none, or a denial comes first.
func (q *ReplyQueue[T]) Head() *T {
	if q.slots.n == 0 || q.slots.front().denied {
		return nil
	}
	return &q.slots.front().owed
}

// Last returns the description of the reply that the server owes last, to be read and changed in place until the next
// call of Forwarded or Deny; nil if it owes none, or a denial comes last.
func (q *ReplyQueue[T]) Last() *T {
	if q.slots.n == 0 || q.slots.back().denied {
		return nil
	}
	return &q.slots.back().owed
}

// Withdraw takes the reply that is owed last out of the queue, for a request that was not passed as a whole after all.
func (q *ReplyQueue[T]) Withdraw() {
	if q.Last() == nil {
		panic("proxylib: no reply at the end of the queue")
	}
	q.slots.popBack()
}

// Done takes the reply at the head out of the queue.
func (q *ReplyQueue[T]) Done() {
	if q.Head() == nil {
		panic("proxylib: no reply at the head of the queue")
	}
	q.slots.pop()
	if q.waiting != nil && q.slots.n <= MaxOwedReplies/2 {
		q.waiting.Resume()
		q.waiting = nil
	}
}

// Full reports whether no further request can be noted.
func (q *ReplyQueue[T]) Full() bool { return q.slots.n == MaxOwedReplies }

// Wait is what a parser returns for a request that finds the queue full. The client is read no further until half of the
// replies have come. A host that cannot wait closes the connection.
func (q *ReplyQueue[T]) Wait(c *Connection) (OpType, int) {
	if !c.CanWait() {
		return c.Fail("too many requests wait for a reply", ERROR_INVALID_FRAME_TYPE)
	}
	q.waiting = c
	return c.Wait()
}

// Empty tells whether no reply is owed and no denial waits.
func (q *ReplyQueue[T]) Empty() bool { return q.slots.n == 0 }

// Len returns the number of replies that are owed and denials that wait.
func (q *ReplyQueue[T]) Len() int { return q.slots.n }

// ring is a first-in-first-out buffer. The length of buf is 0 or a power of two.
type ring[T any] struct {
	buf  []T
	head int
	n    int
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = v
	r.n++
}

func (r *ring[T]) grow() {
	buf := make([]T, max(4, 2*len(r.buf)))
	k := copy(buf, r.buf[r.head:])
	copy(buf[k:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}

func (r *ring[T]) front() *T { return &r.buf[r.head] }

func (r *ring[T]) back() *T { return &r.buf[(r.head+r.n-1)&(len(r.buf)-1)] }

func (r *ring[T]) popBack() {
	var zero T
	*r.back() = zero
	r.n--
}

func (r *ring[T]) pop() {
	var zero T
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	if r.n == 0 && len(r.buf) > keptSlots {
		r.buf, r.head = nil, 0
	}
}
