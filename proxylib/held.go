package proxylib

// Holder is a parser that may need a whole message before it can decide. HeldBytes returns the length, in bytes, of the
// longest one: a host of ours whose limit is not configured holds as many. It is called once, after the parser was made.
type Holder interface{ HeldBytes() int }

// HeldLimit returns how many bytes of one direction the host holds before it closes the connection, 0 if that is not
// known. A parser that asks for [MORE] than that loses the connection, so it refuses what is longer.
func (c *Connection) HeldLimit() int { return c.state.HeldLimit }
