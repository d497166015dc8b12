package jsonline

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// Field numbers of cilium.LogEntry, and of the messages in it.
const (
	fieldTimestamp     = 1
	fieldEntryType     = 3
	fieldPolicyName    = 4
	fieldRuleRef       = 5
	fieldSourceID      = 6
	fieldSource        = 7
	fieldDestination   = 8
	fieldIsIngress     = 15
	fieldDestinationID = 16
	fieldProxyID       = 17
	fieldHTTP          = 100
	fieldGenericL7     = 102
	fieldConnection    = 10001
	fieldServerName    = 10002
	fieldReason        = 10003
	fieldClosed        = 10004
	fieldRequest       = 10005
	fieldExchange      = 10006
	fieldParser        = 10007

	fieldReply  = 1
	fieldOffset = 2

	fieldStatus       = 1
	fieldRequestBytes = 2
	fieldReplyBytes   = 3
	fieldLatency      = 4
	fieldReplyFields  = 5

	fieldProto  = 1
	fieldFields = 2
	fieldKey    = 1
	fieldValue  = 2
)

// Encoder makes lines of entries in wire form, without allocating, which it takes apart without copying: its slices are parts
// of the entry. It writes the line that [Of] describes; a test requires the same keys, order and values of both. The
// benchmark that justifies it is BenchmarkFile of package sink. The zero value is ready for use, by one thread at a time.
type Encoder struct {
	timestamp                             timestamp
	time                                  int64
	entryType                             uint64
	ingress                               bool
	proxyID, sourceID, destinationID      uint64
	policy, rule, source, destination, l7 []byte
	// isHTTP: http takes the place of l7.
	isHTTP             bool
	http               httpEntry
	connection         uint64
	reason, serverName []byte
	// closed: it is the end of a connection, in a direction at an offset.
	closed, reply bool
	offset        uint64
	request       uint64
	parser        []byte
	// exchange: the request has ended, in this way.
	exchange                                  bool
	status, requestBytes, replyBytes, latency uint64
	// replyFields are all of the exchange; the others of its fields, which have another number, are passed over.
	replyFields []byte
	replyField  protowire.Number

	// flow, if not nil, takes the place of what all entries of a connection share. flows are those that were seen before.
	flow  *flowText
	flows *[flowTexts]flowText
	texts []byte
	// proto is the protocol of the last entry that had one of a short name, and protoText what a line says of it.
	proto, protoText []byte
}

// Decode takes apart what the data path writes. It returns false for anything else, such as the l7 of another kind. The entry
// must not change until the line is appended.
func (l *Encoder) Decode(entry []byte) bool {
	*l = Encoder{timestamp: l.timestamp, replyField: fieldReplyFields, flows: l.flows, texts: l.texts, proto: l.proto, protoText: l.protoText}
	return eachField(entry, func(field protowire.Number, number uint64, text []byte) bool {
		switch field {
		case fieldTimestamp:
			l.time = int64(number)
		case fieldEntryType:
			l.entryType = number
		case fieldIsIngress:
			l.ingress = number != 0
		case fieldProxyID:
			l.proxyID = number
		case fieldSourceID:
			l.sourceID = number
		case fieldDestinationID:
			l.destinationID = number
		case fieldPolicyName:
			l.policy = text
		case fieldRuleRef:
			l.rule = text
		case fieldSource:
			l.source = text
		case fieldDestination:
			l.destination = text
		case fieldGenericL7:
			l.l7 = text
		case fieldHTTP:
			l.isHTTP = true
			return l.http.decode(text)
		case fieldConnection:
			l.connection = number
		case fieldServerName:
			l.serverName = text
		case fieldReason:
			l.reason = text
		case fieldClosed:
			l.closed = true
			return l.decodeClosed(text)
		case fieldRequest:
			l.request = number
		case fieldParser:
			l.parser = text
		case fieldExchange:
			l.exchange, l.replyFields = true, text
			return l.decodeExchange(text)
		default:
			return false
		}
		return true
	})
}

func (l *Encoder) decodeClosed(closed []byte) bool {
	return eachField(closed, func(field protowire.Number, number uint64, _ []byte) bool {
		switch field {
		case fieldReply:
			l.reply = number != 0
		case fieldOffset:
			l.offset = number
		default:
			return false
		}
		return true
	})
}

func (l *Encoder) decodeExchange(exchange []byte) bool {
	return eachField(exchange, func(field protowire.Number, number uint64, _ []byte) bool {
		switch field {
		case fieldStatus:
			l.status = number
		case fieldRequestBytes:
			l.requestBytes = number
		case fieldReplyBytes:
			l.replyBytes = number
		case fieldLatency:
			l.latency = number
		case fieldReplyFields:
		default:
			return false
		}
		return true
	})
}

// eachField calls f for each field of a message, which is a varint or has a length, and reports whether all went well.
func eachField(message []byte, f func(field protowire.Number, number uint64, text []byte) bool) bool {
	for len(message) > 0 {
		tag, n := consumeVarint(message)
		if n < 0 {
			return false
		}
		message = message[n:]
		number, n := consumeVarint(message)
		if n < 0 {
			return false
		}
		message = message[n:]
		field, kind := protowire.DecodeTag(tag)
		var text []byte
		switch kind {
		case protowire.VarintType:
		case protowire.BytesType:
			if number > uint64(len(message)) {
				return false
			}
			text, message = message[:number], message[number:]
		default:
			return false
		}
		if !f(field, number, text) {
			return false
		}
	}
	return true
}

// consumeVarint is that of protowire, faster for one byte and for two, which most tags and lengths take.
func consumeVarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	}
	return protowire.ConsumeVarint(b)
}

// Append appends the line of what was decoded last to b, with its end, as [Line] would be encoded; lost is the field of this
// name. It returns false if it cannot.
func (l *Encoder) Append(b []byte, lost uint64) ([]byte, bool) {
	if l.entryType >= uint64(len(typeNames)) {
		return b, false
	}
	b = l.timestamp.append(append(b, `{"time":"`...), l.time)
	if f := l.flow; f != nil && f.request(l) {
		b = append(strconv.AppendUint(append(b, f.begin...), l.request, 10), f.middle...)
	} else {
		b = l.appendBegin(b)
	}
	if l.closed {
		b = append(append(append(b, `,"direction":"`...), directionOf(l.reply)...), '"')
		b = strconv.AppendUint(append(b, `,"offset":`...), l.offset, 10)
	}
	if l.flow != nil {
		b = append(b, l.flow.last...)
	} else {
		b = l.appendFlowLast(b)
	}
	var ok bool
	if l.isHTTP {
		b, ok = l.http.append(b)
	} else {
		b, ok = l.appendL7(b)
	}
	if l.exchange && ok {
		b, ok = l.appendExchange(b)
	}
	if lost > 0 {
		b = strconv.AppendUint(append(b, `,"lost":`...), lost, 10)
	}
	return append(b, "}\n"...), ok
}

// appendBegin appends what comes after the time, up to the reason.
func (l *Encoder) appendBegin(b []byte) []byte {
	name := typeNames[l.entryType]
	if l.closed {
		name = typeClosed
	}
	b = append(append(append(b, beforeType...), name...), beforeConnection...)
	b = strconv.AppendUint(b, l.connection, 10)
	if l.request > 0 {
		b = strconv.AppendUint(append(b, beforeRequest...), l.request, 10)
	}
	if l.flow != nil {
		b = append(b, l.flow.first...)
	} else {
		b = l.appendFlowFirst(b)
	}
	b = appendJSONText(append(b, beforeRule...), l.rule)
	return appendJSONName(b, `,"reason":`, l.reason)
}

// What comes before values.
const (
	beforeType       = `","type":"`
	beforeConnection = `","connection":`
	beforeRequest    = `,"request":`
	beforeRule       = `,"rule":`
	beforeProto      = `,"proto":`
	beforeFields     = `,"fields":{`
)

// appendFlowFirst and appendFlowLast append what all entries of a connection share.
func (l *Encoder) appendFlowFirst(b []byte) []byte {
	b = strconv.AppendBool(append(b, `,"ingress":`...), l.ingress)
	b = appendJSONText(append(b, `,"policy":`...), l.policy)
	return strconv.AppendUint(append(b, `,"proxy_id":`...), l.proxyID, 10)
}

func (l *Encoder) appendFlowLast(b []byte) []byte {
	b = appendJSONName(b, `,"server_name":`, l.serverName)
	b = strconv.AppendUint(append(b, `,"source_id":`...), l.sourceID, 10)
	b = strconv.AppendUint(append(b, `,"destination_id":`...), l.destinationID, 10)
	b = appendJSONText(append(b, `,"source":`...), l.source)
	b = appendJSONText(append(b, `,"destination":`...), l.destination)
	return appendJSONName(b, `,"parser":`, l.parser)
}

func (l *Encoder) appendExchange(b []byte) ([]byte, bool) {
	if l.status == uint64(cilium.ReplyStatus_Succeeded) {
		b = append(b, `,"status":"ok","request_bytes":`...)
	} else {
		status := accesslog.StatusName(cilium.ReplyStatus(min(l.status, math.MaxInt32)))
		b = append(append(append(b, `,"status":"`...), status...), `","request_bytes":`...)
	}
	b = strconv.AppendUint(b, l.requestBytes, 10)
	b = strconv.AppendUint(append(b, `,"reply_bytes":`...), l.replyBytes, 10)
	b = strconv.AppendUint(append(b, `,"latency_ns":`...), l.latency, 10)
	b, rest, before := appendShortPairs(b, l.replyFields, l.replyField, `,"reply":{`)
	ok := eachField(rest, func(field protowire.Number, _ uint64, text []byte) (read bool) {
		if field != l.replyField {
			return true
		}
		b, read = appendPair(append(b, before...), text)
		before = ","
		return read
	})
	if before != "," {
		b = append(b, before...)
	}
	return append(b, '}'), ok
}

var typeNames = [...]string{
	cilium.EntryType_Request: "request", cilium.EntryType_Response: "response", cilium.EntryType_Denied: "denied",
}

// appendL7 appends the protocol, which the data path writes first, and the fields of a cilium.L7LogEntry.
func (l *Encoder) appendL7(b []byte) ([]byte, bool) {
	const without = `,"proto":"","fields":{`
	l7, before := l.l7, without
	if len(l7) > 1 && l7[0] == fieldProto<<3|byte(protowire.BytesType) && l7[1] < short && int(l7[1])+2 <= len(l7) {
		proto := l7[2 : 2+l7[1]]
		if before = beforeFields; l.proto == nil || string(proto) != string(l.proto) {
			l.proto = append(l.proto[:0], proto...)
			l.protoText = appendJSONText(append(l.protoText[:0], beforeProto...), proto)
		}
		b, l7 = append(b, l.protoText...), l7[2+l7[1]:]
	}
	b, l7, before = appendShortPairs(b, l7, fieldFields, before)
	ok := eachField(l7, func(field protowire.Number, _ uint64, text []byte) (read bool) {
		if field == fieldProto && before == without {
			b = appendJSONText(append(b, beforeProto...), text)
			before = beforeFields
			return true
		}
		if field != fieldFields {
			return false
		}
		b, read = appendPair(append(b, before...), text)
		before = ","
		return read
	})
	if before != "," {
		b = append(b, before...)
	}
	return append(b, '}'), ok
}
