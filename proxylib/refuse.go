package proxylib

import "bytes"

// Refuse returns the operation with which the policy refuses the whole connection: the client gets lastWords, such as the
// protocol's error for a login that is not allowed, and then the connection is closed. The refusal is counted and logged as
// a denied request with the verdict and the entry l7, as by [Connection.LogRequest], and the access log says that the
// connection is closed.
//
// From the request direction, replies that are owed come first, if the parser has a method Owes() bool; without one, the
// server must owe nothing. Until then the parser is called for replies alone. From the reply direction, lastWords take the
// place of what the server says now, so a reply may begin there; what else is owed does not come. Whatever client and
// server send afterwards is dropped. lastWords are copied, and may be longer than an inject buffer; they are not sent if
// they are more than the connection may hold, see [MaxQueuedBytes].
//
// A host that cannot wait closes the connection only when the client sends something else, for an error takes what
// it has not sent yet.
func (c *Connection) Refuse(v Verdict, l7 any, lastWords []byte) (OpType, int) {
	v.Allowed, v.Audited = false, false
	c.LogRequest(v, l7)
	e := c.state.End()
	if c.Hold(len(lastWords)) {
		e.LastWords = bytes.Clone(lastWords)
	}
	e.Refused = true
	return c.Fail("refused: "+v.Reason, ERROR_INVALID_FRAME_TYPE)
}

// sendLastWords puts more of the last words into the inject buffer of the reply direction, and returns how many bytes.
func (c *Connection) sendLastWords() int {
	e := c.state.Ending
	n := c.Inject(true, e.LastWords)
	e.LastWords = e.LastWords[n:]
	c.Unhold(n)
	e.LastWordsSent += n
	return n
}
