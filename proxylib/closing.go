package proxylib

// owing is a [Parser] that knows whether replies are owed.
type owing interface {
	// Owes reports whether the client is owed replies, or denials, that may still come. An [ERROR] that the parser returns in
	// the request direction then closes the connection only when it reports false: what the client sends until then is
	// dropped, and the parser is called for replies alone.
	Owes() bool
}

// closing is the error that closes the connection when what is owed has been delivered.
type closing struct {
	code   OpError
	reason string
}

func (c *Connection) owes() bool {
	p, ok := c.Parser.(owing)
	return ok && p.Owes()
}

// deferError puts the parser's error off, if replies are owed.
func (c *Connection) deferError(code OpError) bool {
	if !c.owes() {
		return false
	}
	if c.state.Failure == "" {
		c.state.Failure = c.ParserName + ": " + code.Error()
	}
	c.closing, c.state.Closing = closing{code, c.state.Failure}, true
	c.logClosed(false, c.state.Failure)
	c.state.Failure = ""
	return true
}

// drain drops what the client sends while replies are owed. A host that cannot wait does not deliver what it has when an
// error comes: there, the error comes with the next bytes of the client's.
func (c *Connection) drain(data [][]byte, ops []filterOp) []filterOp {
	if !c.owes() {
		return c.closed(ops)
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

// closed appends the error that was put off.
func (c *Connection) closed(ops []filterOp) []filterOp {
	if len(ops) == cap(ops) {
		return ops
	}
	c.state.Failure = c.closing.reason
	return append(ops, filterOp{ERROR, int64(c.closing.code)})
}
