package proxylib

// CanWait is [Host.CanWait] of the connection's host. Our own hosts can wait. Cilium's cannot: it calls the parser for one
// direction only when bytes of that direction arrive.
func (c *Connection) CanWait() bool { return c.state.CanWait }

// Wait is what a parser returns from the request direction, in place of an operation, while the request at the front
// has to wait for a reply: that to LOGIN or DATA, which says what the bytes after it mean, or that to a probe, see
// [ReplyQueue.Probe]. The host keeps the bytes that remain, reads little more from the client, and calls the parser for
// them again after [Connection.Resume]. The end of the client's stream waits with the bytes. If the server's stream ends
// meanwhile, the connection is closed.
//
// A parser may wait only if [Host.CanWait]. Where the host cannot, it denies the request or closes the connection.
func (c *Connection) Wait() (OpType, int) {
	c.state.Waiting = true
	return NOP, 0
}

// Resume ends [Connection.Wait]. A parser calls it in the reply direction, with the reply that was waited for: the operation
// that it returns is carried out, and the request direction is called next. If nothing waits, it does nothing.
func (c *Connection) Resume() { c.state.Waiting = false }
