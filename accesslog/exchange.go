package accesslog

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/api/cilium"
)

// Exchange is how a request ended that was passed. The fields are those of cilium.ExchangeLogEntry.
type Exchange struct {
	Status                   cilium.ReplyStatus
	RequestBytes, ReplyBytes uint64
	// Latency is in nanoseconds.
	Latency uint64
	// Reply, if not nil, holds the fields that the parser extracted from the reply. Its protocol is that of the request.
	Reply *Generic
}

// statusNames are what readers see.
var statusNames = [...]string{
	cilium.ReplyStatus_Replied: "replied", cilium.ReplyStatus_Succeeded: "ok", cilium.ReplyStatus_Failed: "error",
	cilium.ReplyStatus_NoReply: "no reply", cilium.ReplyStatus_Silent: "silent", cilium.ReplyStatus_NotAwaited: "not awaited",
}

// StatusName returns the name of a status for readers; that of one that is not known is "replied".
func StatusName(s cilium.ReplyStatus) string {
	if s < 0 || int(s) >= len(statusNames) {
		s = cilium.ReplyStatus_Replied
	}
	return statusNames[s]
}

// maxExchange is what an Exchange takes at most, apart from the fields of the reply.
const maxExchange = 5 + 2 + 3*11

// append appends the exchange. Fields of the reply that would reach beyond end are left out.
func (x *Exchange) append(b []byte, end int) []byte {
	b = append(binary.AppendUvarint(b, tagExchange), 0, 0)
	start := len(b)
	if x.Status != 0 {
		b = append(b, tagStatus, byte(x.Status))
	}
	b = appendCount(b, tagRequestBytes, x.RequestBytes)
	b = appendCount(b, tagReplyBytes, x.ReplyBytes)
	b = appendCount(b, tagLatency, x.Latency)
	if x.Reply != nil {
		b = x.Reply.appendReply(b, end)
	}
	setLength(b, start)
	return b
}

func appendCount(b []byte, tag byte, n uint64) []byte {
	if n == 0 {
		return b
	}
	return binary.AppendUvarint(append(b, tag), n)
}

// appendReply appends the fields as those of a reply, whose tags are others.
func (g *Generic) appendReply(b []byte, end int) []byte {
	fields, at := g.wire[g.head:], len(b)
	if at+len(fields) > end {
		fields = firstFieldsOf(fields, end-at)
	}
	b = append(b, fields...)
	for at < len(b) {
		n := fieldLen(b[at:])
		b[at] = tagReplyFields
		at += n
	}
	return b
}

// firstFieldsOf returns those of fields at the front that take at most size bytes.
func firstFieldsOf(fields []byte, size int) []byte {
	n := 0
	for n < len(fields) {
		next := n + fieldLen(fields[n:])
		if next > size {
			break
		}
		n = next
	}
	return fields[:n]
}

// fieldLen returns how many bytes the first of fields takes, as appendField has written it: with a length of one byte or two.
func fieldLen(fields []byte) int {
	n := int(fields[1])
	if n < 0x80 {
		return 2 + n
	}
	return 3 + n&0x7f + int(fields[2])<<7
}
