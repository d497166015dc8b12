package host

// SetCanWait says that the host holds requests as [proxylib.Connection.Wait] asks.
func (c *Connection) SetCanWait() { c.state.CanWait = true }

// SetCanStartTLS says that the host can begin TLS with the client in the middle of a connection.
func (c *Connection) SetCanStartTLS() { c.state.CanStartTLS = true }

// SetHeldLimit says how many bytes of one direction the host holds before it closes the connection; parsers read it by
// [proxylib.Connection.HeldLimit].
func (c *Connection) SetHeldLimit(n int) { c.state.HeldLimit = n }
