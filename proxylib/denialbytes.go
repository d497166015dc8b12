package proxylib

// Hold charges the connection, and all connections together, for n bytes of denials that a parser keeps until their turn
// comes. It returns false, and charges nothing, if that is more than may be held: [MaxDenialBytes] for the connection, or
// the limit of all. A [ReplyQueue] does so by itself.
func (c *Connection) Hold(n int) bool {
	if n == 0 {
		return true
	}
	if c.heldDenials+n > MaxDenialBytes || !c.Instance.host.HeldBytes.Take(int64(n)) {
		return false
	}
	c.heldDenials += n
	return true
}

// Unhold ends the charge for n bytes that no longer wait. What is charged when the connection ends is given back then.
func (c *Connection) Unhold(n int) {
	if n > 0 {
		c.heldDenials -= n
		c.Instance.host.HeldBytes.Give(int64(n))
	}
}
