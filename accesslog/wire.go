package accesslog

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/internal/swar"
)

// Field numbers of cilium.LogEntry whose tags take two bytes or are written but once a connection.
const (
	fieldIsIngress     = 15
	fieldProxyID       = 17
	fieldSourceID      = 6
	fieldDestinationID = 16
	// These are ours.
	fieldConnection = 10001
)

// Tags of three bytes, of fields that are ours.
const (
	tagServerName = 10002<<3 | 2
	tagReason     = 10003<<3 | 2
	tagClosed     = 10004<<3 | 2
	tagRequest    = 10005 << 3
	tagExchange   = 10006<<3 | 2
	tagParser     = 10007<<3 | 2
	// Of cilium.ClosedLogEntry.
	tagReply  = 1 << 3
	tagOffset = 2 << 3
	// Of cilium.ExchangeLogEntry.
	tagStatus       = 1 << 3
	tagRequestBytes = 2 << 3
	tagReplyBytes   = 3 << 3
	tagLatency      = 4 << 3
	tagReplyFields  = 5<<3 | 2
)

// Tags of one byte: the field number shifted by three, and the wire type, varint (0) or length-delimited (2).
const (
	tagTimestamp          = 1 << 3
	tagEntryType          = 3 << 3
	tagPolicyName         = 4<<3 | 2
	tagRuleRef            = 5<<3 | 2
	tagSourceAddress      = 7<<3 | 2
	tagDestinationAddress = 8<<3 | 2

	// Of cilium.L7LogEntry.
	tagProto  = 1<<3 | 2
	tagFields = 2<<3 | 2
	// Of an entry of the map L7LogEntry.fields.
	tagKey   = 1<<3 | 2
	tagValue = 2<<3 | 2
)

// tagGenericL7 is the tag of LogEntry.generic_l7 (102), and tagGenericL7First and -Second are its bytes.
const (
	tagGenericL7       = 102<<3 | 2
	tagGenericL7First  = tagGenericL7&0x7f | 0x80
	tagGenericL7Second = tagGenericL7 >> 7
)

// appendTime appends the field timestamp, in nanoseconds since 1970. The present, from 1972 to 2262, takes a varint of
// nine bytes, of which the first eight are set at once: seven bits each, the lowest first, and the highest bit.
func appendTime(b []byte, t uint64) []byte {
	if t < 1<<56 || t >= 1<<63 {
		return binary.AppendUvarint(append(b, tagTimestamp), t)
	}
	x := t&(1<<28-1) | t<<4&(1<<60-1<<32)
	x = x&0x00003fff00003fff | x<<2&0x3fff00003fff0000
	x = x&0x007f007f007f007f | x<<1&0x7f007f007f007f00
	b = append(b, tagTimestamp, 0, 0, 0, 0, 0, 0, 0, 0, byte(t>>56))
	binary.LittleEndian.PutUint64(b[len(b)-9:], x|swar.High)
	return b
}

// appendString appends a string field, escaped and cut as [appendText] does.
func appendString[T text](b []byte, tag byte, s T, limit int) []byte {
	if len(s) < 0x80 && len(s) <= limit && isPlain([]byte(s)) {
		return append(append(b, tag, byte(len(s))), s...)
	}
	b = append(b, tag, 0, 0)
	start := len(b)
	b = appendText(b, s, limit)
	setLength(b, start)
	return b
}

// appendLongTag is appendString for a name whose tag takes three bytes. Its last one is a tag of one byte to appendString.
func appendLongTag[T text](b []byte, tag uint32, s T) []byte {
	b = append(b, byte(tag)|0x80, byte(tag>>7)|0x80)
	return appendString(b, byte(tag>>14), s, maxName)
}

// setLength writes the length of what stands in b from start on into the two bytes before it. The varint is padded to
// two bytes, which every decoder takes, because the length is known only afterwards; nothing here reaches 16384.
func setLength(b []byte, start int) {
	n := len(b) - start
	b[start-2] = byte(n) | 0x80
	b[start-1] = byte(n >> 7)
}
