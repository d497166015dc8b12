package proxylib

// CanWait reports whether the host can hold requests until a reply has come; see [Connection.Wait]. Our own hosts can.
// Cilium's cannot: it calls the parser for one direction only when bytes of that direction arrive.
func (c *Connection) CanWait() bool { return c.state.CanWait }

// Wait is what a parser returns from the request direction, in place of an operation, while the request at the front
// has to wait for a reply. The host keeps the bytes that remain, reads no more of the client's than it must, and calls
// the parser for them again after [Connection.Resume]. A parser may wait only if [Connection.CanWait].
func (c *Connection) Wait() (OpType, int) {
	c.state.Waiting = true
	return NOP, 0
}

// Resume ends [Connection.Wait]. A parser calls it in the reply direction; the request direction is called next.
func (c *Connection) Resume() { c.state.Waiting = false }
