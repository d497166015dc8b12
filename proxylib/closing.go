package proxylib

// owing is a [Parser] that knows whether replies are owed.
type owing interface {
	// Owes reports whether the client is owed replies, or denials, that may still come. An [ERROR] that the parser returns in
	// the request direction then closes the connection only when it reports false: what the client sends until then is
	// dropped, and the parser is called for replies alone.
	Owes() bool
}

func (c *Connection) owes() bool {
	p, ok := c.Parser.(owing)
	return ok && p.Owes()
}

// deferError puts the parser's error off, if replies are owed or last words are to be sent.
func (c *Connection) deferError(reply bool, code OpError) bool {
	e := c.state.End()
	if e.Closing || !e.Refused && (reply || !c.owes()) {
		return false
	}
	c.failWith(code)
	c.logClosed(reply, e.Failure)
	e.Closing, e.Code, e.Reason, e.Now = true, int(code), e.Failure, reply
	e.Failure, c.state.Waiting = "", false
	c.endPause()
	return true
}

// departs reports, of a connection that is about to be closed, whether the parser is not called for the direction any more. In
// the reply direction that is when nothing is owed: what the server sends beyond that is not judged, so that the outcome
// does not depend on how it is cut.
func (c *Connection) departs(reply bool) bool {
	return !reply || c.state.Ending.Now || !c.owes()
}

// depart drops what comes while the connection is about to be closed. When no reply is owed any more, the client gets last
// words, and then the connection is closed.
//
// Cilium's host loses what it has not sent when an error comes: there, the error comes with the next bytes of the client's.
func (c *Connection) depart(reply bool, data [][]byte, ops []filterOp) []filterOp {
	if c.departs(true) {
		e := c.state.Ending
		if ops = c.say(reply, ops); len(ops) == cap(ops) || len(e.LastWords) > 0 && reply {
			return ops
		}
		if reply && c.state.Flushes || !reply && c.injected(true) == 0 {
			e.Failure = e.Reason
			return append(ops, filterOp{ERROR, int64(e.Code)})
		}
	}
	n := int64(0)
	for _, chunk := range data {
		n += int64(len(chunk))
	}
	if n == 0 || len(ops) == cap(ops) {
		return ops
	}
	return append(ops, filterOp{DROP, n})
}

// say sends the client more of the last words.
func (c *Connection) say(reply bool, ops []filterOp) []filterOp {
	if len(c.state.Ending.LastWords) == 0 || len(ops) == cap(ops) {
		return ops
	}
	n := c.sendLastWords()
	if reply && n > 0 {
		return append(ops, filterOp{INJECT, int64(n)})
	}
	return ops
}
