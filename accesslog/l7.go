package accesslog

import "slices"

// L7 is the part of an entry that a parser fills in.
type L7 interface {
	// AppendL7 appends the l7 field of a cilium.LogEntry in wire form, tag included.
	AppendL7(b []byte) []byte
}

// Field is one name and value of an [L7] entry. Value may be given as a string or, in Bytes, as a slice that has to
// stay valid only until the entry is logged. Bytes wins where it is not nil.
type Field struct {
	Key   string
	Value string
	Bytes []byte
}

// Generic is the cilium.L7LogEntry of a parser: a protocol name and fields. A parser keeps one and uses it again for
// each entry: [Generic.Begin], then a call for each field. Of two fields with one key the reader sees the last.
//
// Control characters and bytes that are no UTF-8 are escaped as \xNN when it is encoded; a backslash stays as it is.
// A value is cut at [MaxValue] bytes, a key or protocol name at 128. If the whole is too long for an entry, the long
// values are cut further, then the last fields left out, and the field "truncated" says so.
type Generic struct {
	Proto  string
	Fields []Field
}

// Begin empties the entry and keeps the room of its fields.
func (g *Generic) Begin() { g.Fields = g.Fields[:0] }

// AddText appends a field with a string as its value.
func (g *Generic) AddText(key, value string) {
	f := g.next()
	f.Key, f.Value, f.Bytes = key, value, nil
}

// AddBytes appends a field with bytes as its value, which have to stay valid only until the entry is logged.
func (g *Generic) AddBytes(key string, value []byte) {
	f := g.next()
	f.Key, f.Value, f.Bytes = key, "", value
}

// next is one field more, which is set in place: to copy one that has just been made takes a processor longer than the
// rest.
func (g *Generic) next() *Field {
	n := len(g.Fields)
	if n == cap(g.Fields) {
		g.Fields = slices.Grow(g.Fields, 2)
	}
	g.Fields = g.Fields[:n+1]
	return &g.Fields[n]
}

// Forget empties the entry and lets go of the bytes in its fields.
func (g *Generic) Forget() {
	all := g.Fields[:cap(g.Fields)]
	for i := range all {
		all[i].Bytes = nil
	}
	g.Begin()
}

const (
	maxKey = 128
	// minValue is the shortest that values are cut to before fields are left out.
	minValue = 16
	// maxField is the longest field: tags and lengths, key and value, and what appendText may overshoot.
	maxField = 9 + maxKey + MaxValue + 16
	// maxTruncated is the room for the field truncated.
	maxTruncated = 32
)

var (
	truncated = Field{Key: "truncated", Value: "true"}
	audited   = Field{Key: "audit", Value: "denied"}
)

// AppendL7 implements [L7]. It does not allocate if b has room for [MaxEntry] bytes and one more field.
func (g *Generic) AppendL7(b []byte) []byte { return g.appendL7(b, nil) }

// appendAudited is AppendL7 with the field that tells of a denial which was not carried out.
func (g *Generic) appendAudited(b []byte) []byte { return g.appendL7(b, &audited) }

// appendL7 appends the l7 field of an entry; first, if not nil, is a field more, which is never left out.
func (g *Generic) appendL7(b []byte, first *Field) []byte {
	out, all := g.append(b, first, MaxValue)
	if all {
		return closeL7(out, len(b))
	}
	for limit := MaxValue / 2; !all && limit >= minValue; limit /= 2 {
		out, all = g.append(b, first, limit)
	}
	return closeL7(appendField(out, &truncated, maxKey), len(b))
}

// append appends the field without its length, with values cut at limit. It stops before the first field that is too
// much, and then answers false.
func (g *Generic) append(b []byte, first *Field, limit int) ([]byte, bool) {
	end := len(b) + maxL7 - maxTruncated
	b = append(b, tagGenericL7First, tagGenericL7Second, 0, 0)
	if g.Proto != "" {
		b = appendString(b, tagProto, g.Proto, maxKey)
	}
	if first != nil {
		b = appendField(b, first, limit)
	}
	for i := range g.Fields {
		out := appendField(b, &g.Fields[i], limit)
		if len(out) > end {
			return b, false
		}
		b = out
	}
	return b, true
}

// closeL7 sets the length of the generic_l7 field that begins at start.
func closeL7(b []byte, start int) []byte {
	setLength(b, start+4)
	return b
}

func appendField(b []byte, f *Field, limit int) []byte {
	if f.Bytes != nil {
		if out, ok := appendPlainField(b, f.Key, f.Bytes, limit); ok {
			return out
		}
	} else if out, ok := appendPlainField(b, f.Key, f.Value, limit); ok {
		return out
	}
	b = append(b, tagFields, 0, 0)
	start := len(b)
	b = appendString(b, tagKey, f.Key, maxKey)
	if f.Bytes != nil {
		b = appendString(b, tagValue, f.Bytes, limit)
	} else {
		b = appendString(b, tagValue, f.Value, limit)
	}
	setLength(b, start)
	return b
}

// maxPlainField bounds key and value together of what [appendPlainField] takes: then all lengths fit into one byte.
const maxPlainField = 0x7f - 4

// appendPlainField is [appendField] for what most fields are: short, and without anything to escape. It answers false,
// and appends nothing, for any other.
func appendPlainField[T text](b []byte, key string, value T, limit int) ([]byte, bool) {
	if len(key)+len(value) > maxPlainField || len(value) > limit || !isPlain([]byte(key)) || !isPlain([]byte(value)) {
		return b, false
	}
	out := append(b, tagFields, byte(len(key)+len(value)+4), tagKey, byte(len(key)))
	out = append(out, key...)
	out = append(out, tagValue, byte(len(value)))
	return append(out, value...), true
}
