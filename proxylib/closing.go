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
	if c.failure == "" {
		c.failure = c.ParserName + ": " + code.Error()
	}
	c.closing = closing{code, c.failure}
	c.LogClosed(false, c.failure)
	c.failure = ""
	return true
}

// Closing reports whether the connection is about to be closed because of an error, after replies that are owed. It is for
// hosts.
func (c *Connection) Closing() bool { return c.closing.code != 0 }

// drain drops what the client sends while replies are owed. A host that cannot wait does not deliver what it has when an
// error comes: there, the error comes with the next bytes of the client's.
func (c *Connection) drain(data [][]byte, ops []FilterOp) []FilterOp {
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
	return append(ops, FilterOp{DROP, n})
}

// closed appends the error that was put off.
func (c *Connection) closed(ops []FilterOp) []FilterOp {
	if len(ops) == cap(ops) {
		return ops
	}
	c.failure = c.closing.reason
	return append(ops, FilterOp{ERROR, int64(c.closing.code)})
}
