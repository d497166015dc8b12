package accesslog

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/proxylib/proxylib/api/cilium"
)

// L7Of returns the L7 form of what a parser hands to Connection.LogRequest: a *[Generic] and any other [L7] as it is, and
// the generated *cilium.LogEntry_GenericL7, *cilium.LogEntry_Kafka and *cilium.LogEntry_Http encoded, which allocates. Text
// is escaped and cut as [Generic] says; lists that are too long are cut likewise. nil, and a nil pointer of one of these
// types, is no L7 part.
//
// Anything else is a programming error. It must not cost the entry, so its L7 part is then the field [UnknownType], with
// the type: tests see it in the golden lines of the log, and operators in the log.
func L7Of(l7 any) L7 {
	switch l7 := l7.(type) {
	case *Generic:
		if l7 != nil {
			return l7
		}
	case L7:
		return l7
	case *cilium.LogEntry_GenericL7:
		if l7 != nil {
			return genericOf(l7.GenericL7)
		}
	case *cilium.LogEntry_Kafka:
		if l7 != nil && l7.Kafka != nil {
			return encode(&cilium.LogEntry{L7: l7})
		}
	case *cilium.LogEntry_Http:
		if l7 != nil && l7.Http != nil {
			return encode(&cilium.LogEntry{L7: l7})
		}
	case nil:
	default:
		return NewGeneric("").Add(UnknownType, fmt.Sprintf("%T", l7))
	}
	return nil
}

// UnknownType is the key of the field that says that a parser has logged a value of a type that cannot be logged.
const UnknownType = "unknown_type"

func genericOf(l7 *cilium.L7LogEntry) L7 {
	g := NewGeneric(l7.GetProto())
	for _, key := range slices.Sorted(maps.Keys(l7.GetFields())) {
		g.Add(key, l7.Fields[key])
	}
	return g
}

// encoded is an l7 field in wire form.
type encoded []byte

func (e encoded) AppendL7(b []byte) []byte { return append(b, e...) }

// encode returns the wire form of an entry that has nothing but its l7 field, with texts and lists cut until it fits.
func encode(entry *cilium.LogEntry) L7 {
	for limit := MaxValue; limit >= minValue; limit /= 2 {
		short := proto.CloneOf(entry)
		shorten(short.ProtoReflect(), limit)
		if limit < MaxValue {
			markTruncated(short)
		}
		if wire, err := proto.Marshal(short); err == nil && len(wire) <= maxL7 {
			return encoded(wire)
		}
	}
	return overlong
}

// markTruncated says in the entry that more than single values was cut. There is no field for it, so it is a header or
// a topic more.
func markTruncated(entry *cilium.LogEntry) {
	switch l7 := entry.L7.(type) {
	case *cilium.LogEntry_Http:
		l7.Http.Headers = append(l7.Http.Headers, &cilium.KeyValue{Key: "truncated", Value: "true"})
	case *cilium.LogEntry_Kafka:
		l7.Kafka.Topics = append(l7.Kafka.Topics, cutMarker+"truncated")
	}
}

// shorten escapes the texts of m and cuts those above limit bytes and the lists above limit elements.
func shorten(m protoreflect.Message, limit int) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.IsList() {
			list := value.List()
			list.Truncate(min(list.Len(), limit))
			for i := range list.Len() {
				list.Set(i, shortened(field, list.Get(i), limit))
			}
			return true
		}
		m.Set(field, shortened(field, value, limit))
		return true
	})
}

func shortened(field protoreflect.FieldDescriptor, value protoreflect.Value, limit int) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(string(appendText(nil, value.String(), limit)))
	case protoreflect.MessageKind:
		shorten(value.Message(), limit)
	}
	return value
}
