package host

// SetCanWait says that the host holds requests as [proxylib.Connection.Wait] asks.
func (c *Connection) SetCanWait() { c.state.CanWait = true }

// SetCanStartTLS says that the host can begin TLS with the client in the middle of a connection.
func (c *Connection) SetCanStartTLS() { c.state.CanStartTLS = true }

// TakeStartTLS reports whether the host is to begin TLS with the client, after it has sent what has been injected; see
// [proxylib.Connection.StartTLS]. It reports so once.
func (c *Connection) TakeStartTLS() bool {
	start := c.state.StartTLS
	c.state.StartTLS = false
	return start
}

// SetHeldLimit says how many bytes of one direction the host holds before it closes the connection; parsers read it by
// [proxylib.Connection.HeldLimit].
func (c *Connection) SetHeldLimit(n int) { c.state.HeldLimit = n }
