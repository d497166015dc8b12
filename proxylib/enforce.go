package proxylib

// Enforce carries out v, the verdict on the request of the n bytes at the front, and returns the operation for them. An
// allowed request passes, and owed describes the reply to it. A denied one is dropped, and the client gets denial in the
// place of the reply, see [ReplyQueue.Deny]. Either is counted and logged with l7, see [Connection.LogRequest]. A request
// for which the queue is full waits, see [ReplyQueue.Wait]: it is neither counted nor logged, and the parser is called for it
// again. A parser that notes something about a request does so if PASS is returned.
func (q *ReplyQueue[T]) Enforce(c *Connection, v Verdict, n int, l7 any, owed T, denial []byte) (OpType, int) {
	op := PASS
	if !v.Allowed {
		op = DROP
	}
	if noted := v.Allowed && q.Forwarded(owed) || !v.Allowed && q.Deny(c, denial); !noted {
		return q.Wait(c)
	}
	c.LogRequest(v, l7)
	if v.Allowed {
		q.Follow(c)
	}
	return op, n
}

// BeginReply is for the reply side, where a reply may begin. It returns what the parser has to return before it looks at
// the server's bytes: what [ReplyQueue.Next] returns, or [ERROR] for bytes that no request asked for; else [NOP], and
// [ReplyQueue.Head] describes the reply.
func (q *ReplyQueue[T]) BeginReply(c *Connection, v View) (OpType, int) {
	if op, n := q.Next(c); op != NOP {
		return op, n
	}
	if v.Len() > 0 && q.Head() == nil {
		return c.Fail("reply without a request", ERROR_INVALID_FRAME_TYPE)
	}
	return NOP, 0
}
