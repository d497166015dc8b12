package jsonline

import "google.golang.org/protobuf/encoding/protowire"

// Tags and lengths of a field of a cilium.L7LogEntry that take one byte each.
const (
	tagKey   = fieldKey<<3 | byte(protowire.BytesType)
	tagValue = fieldValue<<3 | byte(protowire.BytesType)
	short    = 0x80
)

// appendShortPairs appends those of the fields at the front that are short, as almost all are, and returns the others, with what
// comes before the next one.
func appendShortPairs(b, fields []byte, number protowire.Number, before string) (_, rest []byte, _ string) {
	tag := byte(number)<<3 | byte(protowire.BytesType)
	for len(fields) > 4 && fields[0] == tag {
		size := int(fields[1])
		if size >= short || size+2 > len(fields) {
			break
		}
		pair := fields[2 : 2+size]
		if size < 4 || pair[0] != tagKey || int(pair[1])+4 > size {
			break
		}
		key, value := pair[2:2+pair[1]], pair[2+pair[1]:]
		if value[0] != tagValue || int(value[1]) != len(value)-2 {
			break
		}
		b = appendJSONText(append(b, before...), key)
		b = appendJSONText(append(b, ':'), value[2:])
		before, fields = ",", fields[2+size:]
	}
	return b, fields, before
}

// appendPair appends a field of a cilium.L7LogEntry.
func appendPair(b, entry []byte) ([]byte, bool) {
	key, value, ok := pairOf(entry)
	b = appendJSONText(b, key)
	return appendJSONText(append(b, ':'), value), ok
}

// pairOf takes a field of a cilium.L7LogEntry apart, or a cilium.KeyValue.
func pairOf(entry []byte) (key, value []byte, ok bool) {
	ok = eachField(entry, func(field protowire.Number, _ uint64, text []byte) bool {
		switch field {
		case fieldKey:
			key = text
		case fieldValue:
			value = text
		default:
			return false
		}
		return true
	})
	return key, value, ok
}
