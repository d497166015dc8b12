package proxylib

// refusedByParser is the reason of a denial that a parser of the announced form logs without one of the policy's.
const refusedByParser = "refused by the parser"

// Matches is the announced form of [Connection.Decide] and reports whether the request is allowed. The next entry of
// [Connection.Log] reports the verdict. Where a parser asks about several parts of a request first, that is the first
// one that the policy does not allow, or else the last. New parsers use Decide.
func (c *Connection) Matches(l7 any) bool {
	v := c.Decide(l7)
	if c.rare == nil {
		c.rare = new(rare)
	}
	if c.rare.pending.Reason == "" {
		c.rare.pending = v
	} else {
		c.rare.pending = c.rare.pending.And(v)
	}
	return v.Allowed
}

// Log is the announced form of [Connection.LogRequest] and [Connection.LogReply]: it writes an access-log entry of type
// EntryTypeRequest, EntryTypeResponse or EntryTypeDenied, with the verdict that [Connection.Matches] has left for it. Each
// request and each denial counts.
func (c *Connection) Log(entryType EntryType, l7 any) {
	if entryType == EntryTypeResponse {
		c.LogReply(l7)
		return
	}
	var v Verdict
	if c.rare != nil {
		v, c.rare.pending = c.rare.pending, v
	}
	switch {
	case entryType == EntryTypeRequest:
		v.Allowed = true
	case v.Allowed || v.Reason == "":
		v = Verdict{Reason: refusedByParser}
	}
	c.LogRequest(v, l7)
}
