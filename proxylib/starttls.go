package proxylib

// StartTLS returns the operation for a request for TLS, such as STARTTLS, of n bytes, which are all that the client has sent:
// the request is dropped, the client gets reply, and then the host begins TLS with it. What the parser gets afterwards is
// what the client sends inside TLS. The server knows nothing of it. A parser asks [Host.CanStartTLS] before; where the host
// cannot, the request is denied.
//
// The connection is closed if the client has sent more than the request, for that was not protected; if replies are owed,
// which the client would take for a part of the handshake; or if Envoy's listener has no transport socket that can
// begin TLS.
func (c *Connection) StartTLS(n int, reply []byte) (OpType, int) {
	switch {
	case !c.state.CanStartTLS:
		return c.Fail("the host cannot start TLS", ERROR_INVALID_FRAME_TYPE)
	case c.owes() || c.Inject(true, reply) < len(reply):
		return c.Fail("TLS is asked for while replies are owed", ERROR_INVALID_FRAME_TYPE)
	}
	c.state.StartTLS = true
	return DROP, n
}
