package proxylib

// Host is what the host of a connection can do beyond the operations, which every host carries out.
type Host struct{ canWait, canStartTLS, inTurns bool }

// Host returns the capabilities of the host. A parser asks when it needs one, not when it is made: a host may not have
// said yet what it can do.
func (c *Connection) Host() Host {
	return Host{canWait: c.state.CanWait, canStartTLS: c.state.CanStartTLS, inTurns: c.state.InTurns}
}

// CanWait reports whether the host can hold requests until a reply has come; see [Connection.Wait].
func (h Host) CanWait() bool { return h.canWait }

// CanStartTLS reports whether the host can begin TLS with the client in the middle of a connection, by
// [Connection.StartTLS]: Envoy can from 1.40 on, in listeners with the transport socket starttls. Where it is false, a
// parser refuses the client's wish in the words of its protocol, and the connection goes on without TLS.
func (h Host) CanStartTLS() bool { return h.canStartTLS }

// InTurns reports whether the host can send to the client only while it handles bytes of the server's, as in a Proxy-Wasm
// plugin. What the parser injects towards the client in the request direction waits until then; see [Prompter].
func (h Host) InTurns() bool { return h.inTurns }
