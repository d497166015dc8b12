package accesslog

import (
	"iter"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// L7 is the part of an entry that a parser fills in.
type L7 interface {
	// AppendL7 appends the l7 field of a cilium.LogEntry in wire form, tag included.
	AppendL7(b []byte) []byte
}

// Generic is the cilium.L7LogEntry of a parser: a protocol name and fields. The zero value is ready for use. A parser
// keeps one and uses it again for each entry: [Generic.Begin], then a call for each field. Fields are encoded as they
// come, so that nothing which is given must stay valid. Of two fields with one key the reader sees the last.
//
// Control characters and bytes that are not UTF-8 are escaped as \xNN; a backslash stays as it is. A value is cut at
// [MaxValue] bytes, a key or protocol name at 128. If the whole is too long for an entry, the long values are cut
// further, then the last fields left out, and the field "truncated" says so.
type Generic struct {
	// wire is the l7 field of a cilium.LogEntry but for its length: tag, two bytes for the length, protocol name, and from head
	// on the fields.
	wire  []byte
	head  int
	proto string
	// reply is where the fields begin that are a reply's own.
	reply int
}

// NewGeneric returns an entry that has begun.
func NewGeneric(proto string) *Generic {
	g := new(Generic)
	g.Begin(proto)
	return g
}

// Begin empties the entry and retains its memory.
func (g *Generic) Begin(proto string) {
	if g.head == 0 || proto != g.proto {
		g.wire = append(g.wire[:0], tagGenericL7First, tagGenericL7Second, 0, 0)
		if proto != "" {
			g.wire = appendString(g.wire, tagProto, proto, maxKey)
		}
		g.head, g.proto = len(g.wire), proto
	}
	g.wire, g.reply = g.wire[:g.head], g.head
}

// Reply begins the fields of a reply's own. Those before it say which request it is of.
func (g *Generic) Reply() *Generic {
	g.reply = len(g.wire)
	return g
}

// CopyFrom makes g a copy of another entry.
func (g *Generic) CopyFrom(other *Generic) {
	g.wire, g.head, g.proto, g.reply = append(g.wire[:0], other.wire...), other.head, other.proto, other.reply
}

// CopyReply makes g a copy of the fields of another entry that are a reply's own.
func (g *Generic) CopyReply(other *Generic) {
	g.wire = append(append(g.wire[:0], other.wire[:other.head]...), other.wire[other.reply:]...)
	g.head, g.proto, g.reply = other.head, other.proto, other.head
}

// Cap returns the memory of the fields, in bytes.
func (g *Generic) Cap() int { return cap(g.wire) }

// Add appends a field.
func (g *Generic) Add(key, value string) *Generic { return addField(g, NewKey(key), value) }

// AddText is Add with a key that is ready.
func (g *Generic) AddText(key Key, value string) *Generic { return addField(g, key, value) }

// AddBytes is Add with a key that is ready and bytes as the value.
func (g *Generic) AddBytes(key Key, value []byte) *Generic { return addField(g, key, value) }

// AddSome is AddBytes for a field that is absent where there are no bytes.
func (g *Generic) AddSome(key Key, value []byte) *Generic {
	if len(value) == 0 {
		return g
	}
	return addField(g, key, value)
}

// AddNumber is Add with a key that is ready and a decimal number as the value.
func (g *Generic) AddNumber(key Key, n uint64) *Generic {
	var digits [20]byte
	number := strconv.AppendUint(digits[:0], n, 10)
	if !isShort(key.wire, number) {
		return addField(g, key, number)
	}
	if g.open() {
		g.wire = appendPlainField(g.wire, key.wire, number)
	}
	return g
}

// AppendFields appends the first n bytes of the fields of the entry, encoded, to b, where n is what [Generic.FieldsLen]
// returned when the last of them was added. They are for [Generic.AddFields], of this entry or another.
func (g *Generic) AppendFields(b []byte, n int) []byte { return append(b, g.wire[g.head:g.head+n]...) }

// AddFields appends fields that [Generic.AppendFields] has encoded.
func (g *Generic) AddFields(encoded []byte) *Generic {
	if g.open() {
		g.wire = append(g.wire, encoded...)
	}
	return g
}

// FieldsLen is the number of bytes that the fields take so far, encoded.
func (g *Generic) FieldsLen() int { return len(g.wire) - g.head }

// AddConstant appends a field that is the same in many entries.
func (g *Generic) AddConstant(c Constant) *Generic {
	if g.open() {
		g.wire = append(g.wire, c.wire...)
	}
	return g
}

func addField[T text](g *Generic, key Key, value T) *Generic {
	if g.open() {
		g.wire = appendField(g.wire, key.wire, value, MaxValue)
	}
	return g
}

// open makes sure that the entry has begun, and reports whether one field more may be added.
func (g *Generic) open() bool {
	if g.head == 0 {
		g.Begin("")
	}
	return len(g.wire) < maxWire
}

// Trim releases the memory of a long entry, for a parser that retains the entry while its connection is idle.
func (g *Generic) Trim() {
	if cap(g.wire) > retainedWire {
		*g = Generic{}
	}
}

// Proto returns the name of the protocol.
func (g *Generic) Proto() string { return g.proto }

// Fields returns the keys and values in the order in which they were added, escaped and cut.
func (g *Generic) Fields() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for rest := g.wire[g.head:]; len(rest) > 0; {
			var wire, value []byte
			wire, value, rest = cutField(rest)
			key, _ := protowire.ConsumeBytes(wire[1:])
			if !yield(string(key), string(value)) {
				return
			}
		}
	}
}

// Key is the key of a field, made ready for encoding once. It is a value, immutable, and may be used from several threads
// at once.
type Key struct {
	// wire is all of a field that stands between its length and the length of its value.
	wire string
}

// NewKey encodes a key, escaped and cut as [Generic] says.
func NewKey(key string) Key {
	return Key{string(append(appendString(nil, tagKey, key, maxKey), tagValue))}
}

// Constant is a field, or several, whose key and value are known beforehand, made ready for encoding once. It is a value,
// immutable, and may be used from several threads at once.
type Constant struct{ wire string }

// NewConstant encodes a field as [Generic.AddText] does.
func NewConstant(key, value string) Constant {
	return Constant{string(appendField(nil, NewKey(key).wire, value, MaxValue))}
}

// And returns the fields of c, and after them those of d, as one.
func (c Constant) And(d Constant) Constant { return Constant{c.wire + d.wire} }

// Len is the number of bytes that the fields take in an entry, and in memory.
func (c Constant) Len() int { return len(c.wire) }

const (
	maxKey = 128
	// minValue is the shortest that values are cut to before fields are left out.
	minValue = 16
	// maxEscape is what a byte takes at most once it is escaped: \xNN.
	maxEscape = 4
	// maxField is the longest field: tags and lengths, key and value, and what appendText may overshoot.
	maxField = 9 + maxKey + MaxValue + 16
	// maxTruncated is the space for the field truncated.
	maxTruncated = 32
	// maxWhole is the length of the longest l7 field that goes into an entry as it is.
	maxWhole = maxL7 - maxTruncated
	// maxWire bounds what is retained of fields beyond maxWhole, out of which those are taken that fit.
	maxWire = 16 << 10
	// retainedWire is the memory that Trim does not release: one field of the greatest length and some short ones.
	retainedWire = MaxValue + 256
)

var (
	// "true" if values were cut, or fields left out, because the entry would be too long
	truncated = NewConstant("truncated", "true")
	// "denied" for a request that the policy denies and that passed because of audit mode
	audited = NewConstant("audit", "denied")
	// as whom the client has logged in, in a protocol with a login; see docs/access.md#users
	userKey = NewKey("user")
)

// AppendL7 implements [L7]. It does not allocate if b has capacity for [MaxEntry] bytes and one more field.
func (g *Generic) AppendL7(b []byte) []byte {
	if g.head == 0 || len(g.wire) > maxWhole {
		return g.appendL7(b, firstFields{})
	}
	start := len(b)
	b = append(b, g.wire...)
	setLength(b, start+4)
	return b
}

// firstFields are fields that come before those of the parser and are never left out.
type firstFields struct {
	// audit adds the field that reports a denial which was not carried out.
	audit bool
	user  string
}

// maxLen returns what the fields take at most, in bytes; 0 if there are none.
func (f firstFields) maxLen() int {
	n := 0
	if f.audit {
		n = len(audited.wire)
	}
	if f.user != "" {
		n += 9 + len(userKey.wire) + maxEscape*min(len(f.user), maxName)
	}
	return n
}

func (f firstFields) append(b []byte) []byte {
	if f.audit {
		b = append(b, audited.wire...)
	}
	if f.user != "" {
		b = appendField(b, userKey.wire, f.user[:min(len(f.user), maxName)], MaxValue)
	}
	return b
}

// appendL7 appends the l7 field of an entry, with more fields at the front.
func (g *Generic) appendL7(b []byte, first firstFields) []byte {
	start := len(b)
	if g.head == 0 {
		g.Begin("")
	}
	if len(g.wire)+first.maxLen() > maxWhole {
		b = g.appendShortened(b, first)
	} else {
		b = append(b, g.wire[:g.head]...)
		b = first.append(b)
		b = append(b, g.wire[g.head:]...)
	}
	setLength(b, start+4)
	return b
}

// appendShortened appends the field without its length, with values as long as fit, or as many fields.
func (g *Generic) appendShortened(b []byte, first firstFields) []byte {
	end := len(b) + maxWhole
	b = append(b, g.wire[:g.head]...)
	b = first.append(b)
	out, all := b, false
	for limit := MaxValue / 2; !all && limit >= minValue; limit /= 2 {
		out, all = appendCut(b, g.wire[g.head:], limit, end)
	}
	return append(out, truncated.wire...)
}

// appendCut appends fields with values cut at limit, of which an escape may then be the last. It stops before the first
// field that would reach beyond end, and then returns false.
func appendCut(b, fields []byte, limit, end int) ([]byte, bool) {
	for len(fields) > 0 {
		var key, value []byte
		key, value, fields = cutField(fields)
		out := appendField(b, key, value, limit)
		if len(out) > end {
			return b, false
		}
		b = out
	}
	return b, true
}

// cutField takes the first of fields in wire form apart, as appendField has put them together. key is that of a [Key].
func cutField(fields []byte) (key, value, rest []byte) {
	field, n := protowire.ConsumeBytes(fields[1:])
	rest = fields[1+n:]
	_, n = protowire.ConsumeBytes(field[1:])
	key = field[:1+n+1]
	value, _ = protowire.ConsumeBytes(field[len(key):])
	return key, value, rest
}

// appendField appends a field, its key that of a [Key], and its value cut at limit.
func appendField[K, V text](b []byte, key K, value V, limit int) []byte {
	if isShort(key, value) && len(value) <= limit && isPlain([]byte(value)) {
		return appendPlainField(b, key, value)
	}
	b = append(b, tagFields, 0, 0)
	start := len(b)
	b = append(append(b, key...), 0, 0)
	text := len(b)
	b = appendText(b, value, limit)
	setLength(b, text)
	setLength(b, start)
	return b
}

// isShort reports whether each length in a field takes one byte.
func isShort[K, V text](key K, value V) bool { return len(key)+1+len(value) < 0x80 }

// appendPlainField is appendField for the usual field: without anything to escape, and so short that each length
// takes one byte.
func appendPlainField[K, V text](b []byte, key K, value V) []byte {
	start, size := len(b), 3+len(key)+len(value)
	b = slices.Grow(b, size)[:start+size]
	field := b[start:]
	field[0], field[1] = tagFields, byte(size-2)
	copy(field[2:], key)
	field[2+len(key)] = byte(len(value))
	copy(field[3+len(key):], value)
	return b
}
