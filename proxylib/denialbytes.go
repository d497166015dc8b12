package proxylib

// hold charges the connection, and all connections together, for bytes of denials that wait. It returns false if that is
// more than may be held.
func (c *Connection) hold(n int) bool {
	if n == 0 {
		return true
	}
	if c.heldDenials+n > MaxDenialBytes || !c.Instance.HeldBytes.Take(int64(n)) {
		return false
	}
	c.heldDenials += n
	return true
}

// letGo ends the charge for bytes that no longer wait.
func (c *Connection) letGo(n int) {
	if n > 0 {
		c.heldDenials -= n
		c.Instance.HeldBytes.Give(int64(n))
	}
}
