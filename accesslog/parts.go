package accesslog

// Parts are parts of an [Entry] that have been encoded beforehand. They are as long valid as the entry.
type Parts struct {
	// Flow has the fields of a cilium.LogEntry that all entries of the connection share.
	Flow string
	// L7 has the fields of a cilium.L7LogEntry, and Reply those of its fields that are the reply's, as the field "fields".
	L7, Reply []byte
}

// Parts returns the parts of an entry, for a reader that does without its wire form. ok is false for an entry where that differs:
// one with a user, of audit mode, with anything to escape or to cut, or without a [Generic] L7.
func (e *Entry) Parts() (p Parts, ok bool) {
	l7, generic := e.L7.(*Generic)
	if !generic || l7.head == 0 || e.Flow == nil || e.Flow.user != "" || e.Audit || !e.isPlain() {
		return p, false
	}
	p.Flow, p.L7 = e.Flow.wire, l7.wire[4:]
	if e.Exchange != nil && e.Exchange.Reply != nil {
		p.Reply = e.Exchange.Reply.wire[e.Exchange.Reply.head:]
	}
	return p, len(p.Flow)+len(p.L7)+len(p.Reply) <= maxParts
}

// maxParts is the length in bytes of parts that are never cut: with rule and reason there is space for them in an entry.
const maxParts = MaxEntry / 4

// isPlain reports whether rule and reason need neither escapes nor a cut.
func (e *Entry) isPlain() bool {
	return len(e.Rule) <= maxName && len(e.Reason) <= maxName && isPlain([]byte(e.Rule)) && isPlain([]byte(e.Reason))
}
