package proxylib

// Prompter is a [Parser] that can have the server speak, by a harmless request to which the server sends exactly one reply.
//
// Some hosts can send to the client only while they handle bytes of the server's, see [Host.InTurns]. There a denial to which
// no reply of the server's leads waits. At the end of such a call for the request direction, when the next request may begin
// towards the server or one is half passed, the host calls Prompt. The parser returns
//
//   - [INJECT] with the length of a request that it has put in with [Connection.Inject], and whose reply it will drop;
//   - [NOP] if the server will speak anyway;
//   - [MORE] while a request is half passed: the host calls it again after the client's next bytes;
//   - [ERROR] if it can send none; the connection is closed.
//
// [ReplyQueue.Prompt] does what most parsers need. Without that interface the connection is closed, unless the parser
// has a method Owes() bool that reports that replies may still come.
type Prompter interface {
	Prompt() (OpType, int)
}

// Prompt returns what a [Prompter] returns: the server is asked by request, which is as for [ReplyQueue.Probe], unless a
// reply is owed.
func (q *ReplyQueue[T]) Prompt(c *Connection, owed T, request []byte) (OpType, int) {
	if !q.Empty() {
		return NOP, 0
	}
	return q.Probe(c, owed, request)
}

// prompt has the parser make the server speak; see host.Connection.Prompt.
func (c *Connection) prompt() (op OpType, n int) {
	defer func() {
		if r := recover(); r != nil {
			c.panicked(false, r)
			op, n = ERROR, int(ERROR_INVALID_FRAME_TYPE)
		}
	}()
	if c.isRemote {
		return c.promptRemotely()
	}
	p, ok := c.Parser.(Prompter)
	switch {
	case ok:
		op, n = p.Prompt()
	case c.owes():
		return NOP, 0
	default:
		op, n = ERROR, int(ERROR_INVALID_FRAME_TYPE)
	}
	c.releaseParser()
	if op == INJECT && n != c.injected(false) {
		return ERROR, int(ERROR_INVALID_OP_LENGTH)
	}
	return op, n
}
