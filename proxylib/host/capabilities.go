package host

import "github.com/proxylib/proxylib/proxylib"

// SetCanWait says that the host holds requests as [proxylib.Connection.Wait] asks, and sends what has been passed and injected
// before it closes the connection.
func (c *Connection) SetCanWait() { c.state.CanWait, c.state.Flushes = true, true }

// SetInTurns says that the host can send to one side only while it handles bytes of the other. It calls Prompt for what waits,
// and sends what has been passed and injected before it closes the connection.
func (c *Connection) SetInTurns() { c.state.InTurns, c.state.Flushes = true, true }

// Prompt has the parser make the server speak, at the end of a call for the request direction after which bytes wait for the
// client; see [proxylib.Prompter]. It returns [proxylib.INJECT] with the length of a request that has been injected towards
// the server, [proxylib.NOP] if the server will speak, [proxylib.MORE] if it has to be called again, and [proxylib.ERROR] if the connection has
// to be closed.
func (c *Connection) Prompt() (proxylib.OpType, int) { return prompt(&c.Connection) }

// SetCanStartTLS says that the host can begin TLS with the client in the middle of a connection.
func (c *Connection) SetCanStartTLS() { c.state.CanStartTLS = true }

// TakeStartTLS reports whether the host is to begin TLS with the client, after it has sent what has been injected; see
// [proxylib.Connection.StartTLS]. It reports so once.
func (c *Connection) TakeStartTLS() bool {
	start := c.state.StartTLS
	c.state.StartTLS = false
	return start
}

// StartsTLS reports whether the host is to begin TLS and has not called TakeStartTLS yet.
func (c *Connection) StartsTLS() bool { return c.state.StartTLS }

// SetHeldLimit says how many bytes of one direction the host holds before it closes the connection; parsers read it by
// [proxylib.Connection.HeldLimit].
func (c *Connection) SetHeldLimit(n int) { c.state.HeldLimit = n }
