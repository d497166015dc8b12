package proxylib

// onData lets the parser judge the bytes of one direction; see host.Connection.OnData.
func (c *Connection) onData(reply, endStream bool, data [][]byte, ops []filterOp) (_ []filterOp, result FilterResult) {
	// recover costs some nanoseconds a call, which nearly all calls need not spend.
	panics := true
	defer func() {
		if panics {
			c.panicked(reply, recover())
			result = PARSER_ERROR
		}
	}()
	c.now = 0
	if c.isRemote {
		ops, result = c.judgeRemotely(reply, endStream, data, ops)
		panics = false
		return ops, result
	}
	ops, result = c.judge(reply, endStream, data, ops)
	if c.unsettled() {
		c.finishReply()
		c.settle()
	}
	if c.login != nil {
		c.login.forget()
	}
	c.releaseParser()
	panics = false
	return ops, result
}

// releaseParser has the parser release what it needs only while it works.
func (c *Connection) releaseParser() {
	if c.releaser != nil {
		c.releaser.Release()
	}
}

// judge calls the parser as often as it has something to say.
func (c *Connection) judge(reply, endStream bool, data [][]byte, ops []filterOp) ([]filterOp, FilterResult) {
	if c.state.Closing() && c.departs(reply) {
		return c.depart(reply, data, ops), OK
	}
	if (c.state.StartTLS || c.state.Paused) && !reply {
		return ops, OK
	}
	taken, past, waiting := 0, false, c.state.Waiting
	for len(ops) < cap(ops) {
		op, n := c.Parser.OnData(reply, endStream, data)
		if c.rare != nil && !reply {
			op, n = c.checkPause(op, n)
		}
		if op == NOP || op == MORE && n > 0 && len(data) == 0 {
			// A host that waits for bytes does not ask again before they come, not even for denials that become due.
			break
		}
		if op == INJECT {
			taken += n
		}
		if n <= 0 || op < MORE || op > ERROR || taken > 0 && taken > c.injected(reply) {
			c.Fail(op.String()+" with an invalid length", ERROR_INVALID_OP_LENGTH)
			c.logClosed(reply, c.state.Failure())
			return ops, PARSER_ERROR
		}
		if op == ERROR && c.deferError(reply, OpError(n)) {
			return c.depart(reply, data, ops), OK
		}
		ops = append(ops, filterOp{op, int64(n)})
		if op == ERROR {
			c.failed(OpError(n))
			c.logClosed(reply, c.state.Failure())
		}
		if op == MORE || op == ERROR {
			return ops, OK
		}
		if op == PASS || op == DROP {
			c.moved(reply, op, uint64(n))
			data, past = advance(data, n)
		}
		resumed := waiting && !c.state.Waiting
		if past || resumed || c.state.StartTLS || c.full(reply) || c.state.Closing() && reply && c.departs(true) {
			break
		}
	}
	if c.state.Closing() && reply && !past && c.departs(true) {
		ops = c.depart(true, data, ops)
	}
	return ops, OK
}

// failed settles why the connection is closed: the first error counts, also where it was put off.
func (c *Connection) failed(code OpError) {
	if e := c.state.End(); e.Closing {
		e.Failure = e.Reason
		return
	}
	c.failWith(code)
}

// failWith gives the error as the reason, if the parser has given none.
func (c *Connection) failWith(code OpError) {
	if c.state.Failure() == "" {
		c.Fail(code.Error(), code)
	}
}

// full reports whether the inject buffer of a direction has no space left.
func (c *Connection) full(reply bool) bool {
	buf := *c.injectSlot(reply)
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
