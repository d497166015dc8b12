package accesslog

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/api/cilium"
)

const (
	// MaxEntry is the longest entry in bytes: a packet of Cilium's log socket, which drops a longer one. [Entry.Append]
	// stays far enough below it that a sink can add a count of lost entries.
	MaxEntry = 4096
	// MaxValue is the longest value of a field in bytes, after escaping. A longer one is cut and ends in "...".
	MaxValue = 1024

	// maxName bounds the names of policy and rule and the addresses.
	maxName = 255
	// maxParser bounds the name of the parser.
	maxParser = 64
	// maxLost is what a sink may add: the field "lost".
	maxLost = 64
	// maxL7 is what is left of an entry for the l7 field: apart from that, maxLost and maxExchange there are six texts, with six
	// bytes of tag and length at most each, a short one, and ten numbers, with tags of three bytes at most.
	maxL7 = MaxEntry - maxLost - maxExchange - 6*(maxName+6) - (maxParser + 6) - 10*13
)

// Logger takes access-log entries. Log encodes or drops the entry before it returns: it never waits, keeps nothing of
// the entry, and may be called from several threads at once.
type Logger interface {
	Log(Entry)
}

// Entry is one line of the access log.
type Entry struct {
	// Time is in nanoseconds since 1970.
	Time int64
	Type cilium.EntryType
	// Rule is the name of the policy rule that decided, if it has one.
	Rule string
	// Reason says why the policy does not allow the request, or why the connection is closed; else empty.
	Reason string
	// Closed, if not nil, makes it an entry that says that the connection is closed. Type has to be Denied, which is what
	// receivers see that do not know this form.
	Closed *Closed
	// Request is the number of the request in its connection, from 1. The entry of a reply has that of its request. 0 is not known.
	Request uint64
	// Exchange, if not nil, says how the request ended. Type has to be Request.
	Exchange *Exchange
	// Audit: policy denies the request, which passed because it is only watched. A [Generic] L7 gets the field "audit".
	Audit bool
	// Flow says whose request or reply it is. A [Generic] L7 gets the field "user", if the user is known.
	Flow *Flow
	// For says which readers it is for, and Parser the name of the parser, by which they may want it.
	For    Kinds
	Parser string
	// L7 holds the fields that the parser extracted; may be nil.
	L7 L7
}

// Closed is where a connection was when it had to be closed.
type Closed struct {
	// Reply: it was bytes of the server that could not be passed, else of the client.
	Reply bool
	// Offset is how many bytes of that direction had been passed or dropped before.
	Offset uint64
}

func (c *Closed) append(b []byte) []byte {
	b = binary.AppendUvarint(b, tagClosed)
	b = append(b, 0)
	start := len(b)
	if c.Reply {
		b = append(b, tagReply, 1)
	}
	if c.Offset > 0 {
		b = binary.AppendUvarint(append(b, tagOffset), c.Offset)
	}
	b[start-1] = byte(len(b) - start)
	return b
}

// Append appends the entry to b in the wire form of cilium.LogEntry. It allocates only where the capacity of b
// is too small, and adds at most [MaxEntry] bytes. An l7 part that is too long is replaced by one with the field "truncated".
func (e Entry) Append(b []byte) []byte { return e.append(b) }

func (e *Entry) append(b []byte) []byte {
	start := len(b)
	b = appendTime(b, uint64(e.Time))
	if e.Type != 0 {
		b = binary.AppendUvarint(append(b, tagEntryType), uint64(e.Type))
	}
	if e.Flow != nil {
		b = append(b, e.Flow.wire...)
	}
	if e.Rule != "" {
		b = appendString(b, tagRuleRef, e.Rule, maxName)
	}
	if e.Reason != "" {
		b = appendLongTag(b, tagReason, e.Reason)
	}
	if e.Closed != nil {
		b = e.Closed.append(b)
	}
	if e.Request > 0 {
		b = append(b, tagRequest&0x7f|0x80, tagRequest>>7&0x7f|0x80, tagRequest>>14)
		b = binary.AppendUvarint(b, e.Request)
	}
	b = e.appendL7(b)
	if e.Exchange != nil {
		b = e.Exchange.append(b, start+MaxEntry-maxLost)
	}
	return b
}

// appendL7 appends the l7 part. Only the generic form has a place for audit mode and the user.
func (e *Entry) appendL7(b []byte) []byte {
	user := e.Flow.User()
	switch l7 := e.L7.(type) {
	case nil:
		if e.Audit || user != "" {
			b = new(Generic).appendL7(b, firstFields{e.Audit, user})
		}
		return b
	case *Generic:
		if e.Audit || user != "" {
			return l7.appendL7(b, firstFields{e.Audit, user})
		}
		return l7.AppendL7(b)
	}
	if out := e.L7.AppendL7(b); len(out)-len(b) <= maxL7 {
		return out
	}
	return overlong.AppendL7(b)
}

// overlong stands for an l7 part that is beyond maxL7.
var overlong = NewGeneric("").AddConstant(truncated)
