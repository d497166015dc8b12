package proxylib

// MaxOutboxBytes is the number of bytes that wait in an [Outbox] at most, unless its Max says otherwise.
const MaxOutboxBytes = 1 << 20

// Outbox carries bytes of the parser's own into one direction, however many they are: a host's inject buffer takes
// [InjectBufSize] bytes of them at a time, and the outbox keeps the rest until a message may begin there again. The zero
// value is empty, leads to the server and is ready for use. Like the parser, it is used by one thread at a time.
//
// In a call for its direction, where a message may begin, the parser first returns what Next returns, unless that is
// [NOP]. What waits is counted among the bytes that the connection holds, see [Connection.Hold], and bounded.
type Outbox struct {
	// Reply: the outbox leads to the client.
	Reply bool
	// Max is the number of bytes that wait at most; 0 means [MaxOutboxBytes].
	Max int

	waiting []byte
	// pass is the number of bytes of the peer's that are passed as soon as the first `before` bytes that wait are sent.
	pass, before int
}

// Send queues a copy of b until the next call for the direction. It reports false, and keeps nothing, when more bytes
// would wait than may: the request is then denied, or the connection closed.
func (o *Outbox) Send(c *Connection, b []byte) bool {
	if len(o.waiting)+len(b) > o.limit() || !c.Hold(len(b)) {
		return false
	}
	o.waiting = append(o.waiting, b...)
	return true
}

// SendNow is [Outbox.Send] while a message may begin in the direction, in a call for either direction: what fits is handed
// to the host at once, so that it need not wait for the direction's next bytes. If it reports false, a part of b may
// have been sent, and the connection has to be closed.
func (o *Outbox) SendNow(c *Connection, b []byte) bool {
	if o.Empty() {
		b = b[c.Inject(o.Reply, b):]
	}
	return len(b) == 0 || o.Send(c, b)
}

// Replace returns the operation that takes the next n bytes of the direction out of the stream; n may reach past the input.
// Their place is taken by a copy of by, of which n may be shorter or longer. The parser is in a call for the direction and
// has returned what Next returns. [ERROR] is returned when more bytes would wait than may.
func (o *Outbox) Replace(c *Connection, n int, by []byte) (OpType, int) {
	return o.ReplaceAndPass(c, n, by, 0)
}

// ReplaceAndPass is [Outbox.Replace] for the beginning of a message: the pass bytes after the first n go on as they are,
// including those not received yet, so that a long message is edited without being held.
func (o *Outbox) ReplaceAndPass(c *Connection, n int, by []byte, pass int) (OpType, int) {
	if !o.Send(c, by) {
		return c.Fail("too many bytes wait to be sent", ERROR_INVALID_FRAME_LENGTH)
	}
	o.pass, o.before = pass, len(o.waiting)
	return DROP, n
}

// Next returns the operation that sends more of what waits, [NOP] when nothing does. It is for a call for the direction
// in which a message may begin there.
func (o *Outbox) Next(c *Connection) (OpType, int) {
	if n := o.inject(c); n > 0 {
		return INJECT, n
	}
	if n := o.pass; n > 0 && o.before == 0 {
		o.pass = 0
		return PASS, n
	}
	return NOP, 0
}

// inject moves bytes that wait into the inject buffer, up to those that follow bytes of the peer's.
func (o *Outbox) inject(c *Connection) int {
	due := o.waiting
	if o.pass > 0 {
		due = due[:o.before]
	}
	n := c.Inject(o.Reply, due)
	c.Unhold(n)
	o.waiting, o.before = o.waiting[n:], max(0, o.before-n)
	if len(o.waiting) == 0 {
		o.waiting = nil
	}
	return n
}

// Empty reports whether nothing waits.
func (o *Outbox) Empty() bool { return len(o.waiting) == 0 && o.pass == 0 }

// Len returns the number of bytes that wait.
func (o *Outbox) Len() int { return len(o.waiting) }

func (o *Outbox) limit() int {
	if o.Max > 0 {
		return o.Max
	}
	return MaxOutboxBytes
}
