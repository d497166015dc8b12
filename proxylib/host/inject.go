package host

// injectBuf returns where the inject buffer of a direction is noted.
func (c *Connection) injectBuf(reply bool) **[]byte {
	if reply {
		return &c.ReplyBuf
	}
	return &c.OrigBuf
}

// Injected returns how many bytes wait in the inject buffer of a direction.
func (c *Connection) Injected(reply bool) int {
	if buf := *c.injectBuf(reply); buf != nil {
		return len(*buf)
	}
	return 0
}

// TakeInjected removes the first n bytes, or as many as there are, from the inject buffer of a direction and returns a
// copy of them.
func (c *Connection) TakeInjected(reply bool, n int) []byte {
	buf := *c.injectBuf(reply)
	if buf == nil {
		return nil
	}
	taken := append([]byte(nil), (*buf)[:min(n, len(*buf))]...)
	*buf = (*buf)[:copy(*buf, (*buf)[len(taken):])]
	return taken
}

// ReleaseInjectBuf releases the inject buffer of a direction if no byte waits in it. The next Inject makes another one: a
// host that does not give its own saves memory so for connections that are idle.
func (c *Connection) ReleaseInjectBuf(reply bool) {
	if c.Injected(reply) == 0 {
		*c.injectBuf(reply) = nil
	}
}
