package accesslog

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// L7 is the part of an entry that a parser fills in.
type L7 interface {
	// AppendL7 appends the l7 field of a cilium.LogEntry in wire form, tag included.
	AppendL7(b []byte) []byte
}

// Field is one name and value of an entry. Value may be given as a string or, in Bytes, as a slice that has to stay
// valid only until the entry is logged. Bytes wins where it is not nil.
type Field struct {
	Key   string
	Value string
	Bytes []byte
}

// MaxFields is the number of fields above which further ones are left out.
const MaxFields = 100

// Generic is the cilium.L7LogEntry of a parser: a protocol name and fields. A parser keeps one and uses it again for
// each entry. When it is encoded, control characters, backslashes and bytes that are no UTF-8 are escaped as \xNN, and
// values above [MaxValue] bytes are cut.
type Generic struct {
	Proto  string
	Fields []Field
}

// AppendL7 implements [L7].
func (g *Generic) AppendL7(b []byte) []byte {
	b = protowire.AppendTag(b, fieldGenericL7, protowire.BytesType)
	return appendSized(b, g.appendMessage)
}

func (g *Generic) appendMessage(b []byte) []byte {
	b = appendText(b, 1, g.Proto)
	for i := range min(len(g.Fields), MaxFields) {
		b = protowire.AppendTag(b, 2, protowire.BytesType)
		b = appendSized(b, g.Fields[i].appendMessage)
	}
	return b
}

func (f *Field) appendMessage(b []byte) []byte {
	b = appendText(b, 1, f.Key)
	b = protowire.AppendTag(b, 2, protowire.BytesType)
	if f.Bytes != nil {
		return appendSafe(b, f.Bytes)
	}
	return appendSafe(b, f.Value)
}

// appendSized appends what message appends, with its length before it. The length takes three bytes even where one
// would do, as protobuf allows: so the message need not be moved, and what the bounds above let through always fits.
func appendSized(b []byte, message func([]byte) []byte) []byte {
	const room = 3
	start := len(b) + room
	b = message(append(b, 0x80, 0x80, 0))
	n := len(b) - start
	b[start-3], b[start-2], b[start-1] = byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14)
	return b
}

// L7Of returns the L7 form of what a parser hands to Connection.Log: an [L7], or one of the generated members of the
// oneof cilium.LogEntry.l7. Of anything else there is nothing to log, and the answer is nil.
func L7Of(l7 any) L7 {
	switch l7 := l7.(type) {
	case L7:
		return l7
	case *cilium.LogEntry_GenericL7:
		return genericOf(l7.GenericL7)
	case *cilium.LogEntry_Kafka:
		return message{&cilium.LogEntry{L7: l7}}
	case *cilium.LogEntry_Http:
		return message{&cilium.LogEntry{L7: l7}}
	}
	return nil
}

func genericOf(m *cilium.L7LogEntry) *Generic {
	g := &Generic{Proto: m.GetProto()}
	for key, value := range m.GetFields() {
		g.Fields = append(g.Fields, Field{Key: key, Value: value})
	}
	return g
}

// message is an l7 field of a generated type.
type message struct{ entry *cilium.LogEntry }

// AppendL7 implements [L7]. A text that is no UTF-8 can not be encoded; the entry then goes without its l7 field.
func (m message) AppendL7(b []byte) []byte {
	encoded, err := proto.MarshalOptions{}.MarshalAppend(b, m.entry)
	if err != nil {
		return b
	}
	return encoded
}
