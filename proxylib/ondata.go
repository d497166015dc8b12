package proxylib

// MaxOps is the number of operations that hosts make room for in one call.
const MaxOps = 16

// OnData lets the parser judge the bytes of one direction and appends its operations to ops, whose capacity is the room
// there is; operations never grow it. data lists all bytes that wait in this direction, without empty slices; it is
// cut short in place as operations use up its bytes.
//
// The call ends with MORE, NOP, ERROR, when requests that waited may go on, when a PASS or DROP reaches past the input, when
// ops is full, or when the direction's own inject buffer is. MORE with no bytes left to add to is NOP. The host then
// carries out the operations in order. An ERROR, and any result but FILTER_OK, requires it to close the connection;
// [Connection.Failure] says why, and the access log has an entry of it.
func (c *Connection) OnData(reply, endStream bool, data [][]byte, ops []FilterOp) (_ []FilterOp, result FilterResult) {
	defer func() {
		if r := recover(); r != nil {
			c.panicked(reply, r)
			result = FILTER_PARSER_ERROR
		}
	}()
	c.now = 0
	ops, result = c.judge(reply, endStream, data, ops)
	if c.releaser != nil {
		c.releaser.Release()
	}
	return ops, result
}

// judge calls the parser as often as it has something to say.
func (c *Connection) judge(reply, endStream bool, data [][]byte, ops []FilterOp) ([]FilterOp, FilterResult) {
	if c.Closing() && !reply {
		return c.drain(data, ops), FILTER_OK
	}
	taken, past, waiting := 0, false, c.waiting
	for len(ops) < cap(ops) {
		op, n := c.Parser.OnData(reply, endStream, data)
		if op == NOP || op == MORE && n > 0 && len(data) == 0 {
			// A host that waits for bytes does not ask again before they come, not even for denials that become due.
			break
		}
		if op == INJECT {
			taken += n
		}
		if n <= 0 || op < MORE || op > ERROR || taken > c.injected(reply) {
			c.failure = c.ParserName + ": " + op.String() + " with an invalid length"
			c.LogClosed(reply, c.failure)
			return ops, FILTER_PARSER_ERROR
		}
		if op == ERROR && !reply && c.deferError(OpError(n)) {
			return c.drain(data, ops), FILTER_OK
		}
		ops = append(ops, FilterOp{op, int64(n)})
		if op == ERROR {
			c.failed(OpError(n))
			c.LogClosed(reply, c.failure)
		}
		if op == MORE || op == ERROR {
			return ops, FILTER_OK
		}
		if op == PASS || op == DROP {
			c.offsets[direction(reply)] += uint64(n)
			data, past = advance(data, n)
		}
		resumed := waiting && !c.waiting
		if past || resumed || c.full(reply) {
			break
		}
	}
	if c.Closing() && reply && !past && c.canWait && !c.owes() {
		ops = c.closed(ops)
	}
	return ops, FILTER_OK
}

// failed settles why the connection is closed: the first error counts, also where it was put off.
func (c *Connection) failed(code OpError) {
	switch {
	case c.Closing():
		c.failure = c.closing.reason
	case c.failure == "":
		c.failure = c.ParserName + ": " + code.Error()
	}
}

func (c *Connection) full(reply bool) bool {
	buf := c.OrigBuf
	if reply {
		buf = c.ReplyBuf
	}
	return buf != nil && *buf != nil && len(*buf) == cap(*buf)
}

// advance cuts n bytes off the front of data; past tells that there were fewer.
func advance(data [][]byte, n int) (rest [][]byte, past bool) {
	for len(data) > 0 {
		if n < len(data[0]) {
			data[0] = data[0][n:]
			return data, false
		}
		n -= len(data[0])
		data = data[1:]
	}
	return data, n > 0
}
