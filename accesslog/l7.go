package accesslog

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
// each entry. Control characters and bytes that are no UTF-8 are escaped as \xNN when it is encoded.
type Generic struct {
	Proto  string
	Fields []Field
}

// AppendL7 implements [L7].
func (g *Generic) AppendL7(b []byte) []byte { return b }
