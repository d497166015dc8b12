package sink

import (
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

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
	fieldGenericL7     = 102

	fieldProto  = 1
	fieldFields = 2
	fieldKey    = 1
	fieldValue  = 2
)

// wireLine is an entry in wire form, taken apart without copying: its slices are parts of the entry.
type wireLine struct {
	time                                  int64
	entryType                             uint64
	ingress                               bool
	proxyID, sourceID, destinationID      uint64
	policy, rule, source, destination, l7 []byte
}

// decode takes apart what the data path writes. It answers false for anything else, such as the l7 of another kind.
func (l *wireLine) decode(entry []byte) bool {
	*l = wireLine{}
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
		default:
			return false
		}
		return true
	})
}

// eachField calls f for each field of a message, which is a varint or has a length, and tells whether all went well.
func eachField(message []byte, f func(field protowire.Number, number uint64, text []byte) bool) bool {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return false
		}
		message = message[n:]
		var number uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			return false
		}
		if n < 0 || !f(field, number, text) {
			return false
		}
		message = message[n:]
	}
	return true
}

// append appends the line to b, as [Line] would be encoded. It answers false if it can not.
func (l *wireLine) append(b []byte, lost uint64) ([]byte, bool) {
	name, known := typeNames[cilium.EntryType(l.entryType)]
	if !known {
		return b, false
	}
	b = append(b, `{"time":"`...)
	b = time.Unix(0, l.time).UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(append(b, `","type":"`...), name...)
	b = strconv.AppendBool(append(b, `","ingress":`...), l.ingress)
	b = appendJSONText(append(b, `,"policy":`...), l.policy)
	b = strconv.AppendUint(append(b, `,"proxy_id":`...), l.proxyID, 10)
	b = appendJSONText(append(b, `,"rule":`...), l.rule)
	b = strconv.AppendUint(append(b, `,"source_id":`...), l.sourceID, 10)
	b = strconv.AppendUint(append(b, `,"destination_id":`...), l.destinationID, 10)
	b = appendJSONText(append(b, `,"source":`...), l.source)
	b = appendJSONText(append(b, `,"destination":`...), l.destination)
	b, ok := appendL7(b, l.l7)
	if lost > 0 {
		b = strconv.AppendUint(append(b, `,"lost":`...), lost, 10)
	}
	return append(b, "}\n"...), ok
}

var typeNames = map[cilium.EntryType]string{
	cilium.EntryType_Request: "request", cilium.EntryType_Response: "response", cilium.EntryType_Denied: "denied",
}

// appendL7 appends the protocol and the fields of a cilium.L7LogEntry.
func appendL7(b, l7 []byte) ([]byte, bool) {
	var proto []byte
	eachField(l7, func(field protowire.Number, _ uint64, text []byte) bool {
		if field == fieldProto {
			proto = text
		}
		return true
	})
	b = appendJSONText(append(b, `,"proto":`...), proto)
	b = append(b, `,"fields":{`...)
	first := true
	ok := eachField(l7, func(field protowire.Number, _ uint64, entry []byte) bool {
		if field != fieldFields {
			return field == fieldProto
		}
		var key, value []byte
		read := eachField(entry, func(field protowire.Number, _ uint64, text []byte) bool {
			switch field {
			case fieldKey:
				key = text
			case fieldValue:
				value = text
			}
			return true
		})
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendJSONText(b, key)
		b = appendJSONText(append(b, ':'), value)
		return read
	})
	return append(b, '}'), ok
}

// appendJSONText appends a JSON string. What the data path writes needs no escapes but those of quotation mark and
// backslash; the others are for safety.
func appendJSONText(b, text []byte) []byte {
	b = append(b, '"')
	for len(text) > 0 {
		c := text[0]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRune(text)
			b = utf8.AppendRune(b, r)
			text = text[size:]
			continue
		}
		text = text[1:]
	}
	return append(b, '"')
}
