package proxylib

// MaxQueuedBytes is the number of bytes of its own that one connection keeps at most until they can be sent: denials,
// and what is in its outboxes. They also count among the bytes that all connections together may hold.
const MaxQueuedBytes = 2 << 20

// Hold charges the connection, and all connections together, for n bytes that a parser keeps until they can be sent. It
// reports false, and charges nothing, if that is more than may be held: [MaxQueuedBytes] for the connection, or the limit
// of all. [ReplyQueue] and [Outbox] do so by themselves.
func (c *Connection) Hold(n int) bool {
	if n == 0 {
		return true
	}
	if int(c.queuedBytes)+n > MaxQueuedBytes || !c.Instance.host.HeldBytes.Take(int64(n)) {
		return false
	}
	c.queuedBytes += int32(n)
	return true
}

// Unhold ends the charge for n bytes that no longer wait. What is still charged when the connection ends is released then.
func (c *Connection) Unhold(n int) {
	if n > 0 {
		c.queuedBytes -= int32(n)
		c.Instance.host.HeldBytes.Give(int64(n))
	}
}
