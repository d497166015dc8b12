package proxylib

// Probe sends a request of the parser's own to the server, and notes that its reply is owed: to learn what the server is
// or where it stands. The client does not see it. request has at most [InjectBufSize] bytes and is copied. Probe is for
// the request side, before the request that has to wait for the answer; the parser returns what it returns, and is called
// again for the same bytes. On the reply side, Probed reports that the reply at the head is such a one, and Take takes it
// out of the stream.
//
// What may not pass before the reply has come waits with [Connection.Wait]; ask [Host.CanWait] before.
func (q *ReplyQueue[T]) Probe(c *Connection, owed T, request []byte) (OpType, int) {
	if q.Full() {
		return q.Wait(c)
	}
	n := c.Inject(false, request)
	if n < len(request) {
		return c.Fail("no space to send a request of our own", ERROR_INVALID_OP_LENGTH)
	}
	q.slots.push(slot[T]{owed: owed, kind: slotProbe})
	return INJECT, n
}

// Probed reports whether the reply at the head is that to a request of the parser's own.
func (q *ReplyQueue[T]) Probed() bool { return q.slots.n > 0 && q.slots.front().kind == slotProbe }

// Take ends the reply at the head with the n bytes at the front, and returns the operation for them: [PASS], or [DROP]
// if the reply is that to a request of the parser's own. A piece of a reply that goes on has the operation of [ReplyQueue.Piece].
func (q *ReplyQueue[T]) Take(n int) (OpType, int) {
	op, n := q.Piece(n)
	q.Done()
	return op, n
}

// Piece returns the operation for n bytes of the reply at the head, of which more follow: [PASS], or [DROP] if the reply
// is that to a request of the parser's own.
func (q *ReplyQueue[T]) Piece(n int) (OpType, int) {
	if q.Probed() {
		return DROP, n
	}
	return PASS, n
}
