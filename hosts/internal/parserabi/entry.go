package parserabi

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// An entry of the access log has a header of fixed length, and texts after it, one after the other.
const (
	entryType    = 0
	entryKinds   = 1
	entryFlags   = 2
	entryStatus  = 3
	entryLengths = 4
	entryTime    = 28
	entryRequest = 36
	entrySizes   = 44
	entryOffset  = 68
	entryHeader  = 76
)

// Texts of an entry, in their order. The lengths are of 32 bits.
const (
	textRule = iota
	textReason
	textUser
	textProto
	textFields
	textReply
	entryTexts
)

// Bits of the flags of an entry.
const (
	entryAudit = 1 << iota
	entryExchange
	entryHasReply
	entryClosed
	entryClosedReply
	// entryGeneric: the fields are those of a cilium.L7LogEntry. entryOther: they are a cilium.LogEntry with an l7 part alone.
	entryGeneric
	entryOther
)

// AppendEntry appends an entry to b, which is empty.
func AppendEntry(b []byte, e *accesslog.Entry) []byte {
	var header [entryHeader]byte
	b = append(b, header[:]...)
	b[entryType], b[entryKinds] = byte(e.Type), byte(e.For)
	flags := byte(0)
	if e.Audit {
		flags |= entryAudit
	}
	binary.LittleEndian.PutUint64(b[entryTime:], uint64(e.Time))
	binary.LittleEndian.PutUint64(b[entryRequest:], e.Request)
	if e.Closed != nil {
		if flags |= entryClosed; e.Closed.Reply {
			flags |= entryClosedReply
		}
		binary.LittleEndian.PutUint64(b[entryOffset:], e.Closed.Offset)
	}
	b = appendText(b, textRule, e.Rule)
	b = appendText(b, textReason, e.Reason)
	b = appendText(b, textUser, e.Flow.User())
	switch l7 := e.L7.(type) {
	case nil:
	case *accesslog.Generic:
		flags |= entryGeneric
		b = appendText(b, textProto, l7.Proto())
		b = appendFields(b, textFields, l7)
	default:
		flags |= entryOther
		n := len(b)
		b = l7.AppendL7(b)
		setTextLen(b, textFields, len(b)-n)
	}
	if x := e.Exchange; x != nil {
		flags |= entryExchange
		b[entryStatus] = byte(x.Status)
		binary.LittleEndian.PutUint64(b[entrySizes:], x.RequestBytes)
		binary.LittleEndian.PutUint64(b[entrySizes+8:], x.ReplyBytes)
		binary.LittleEndian.PutUint64(b[entrySizes+16:], x.Latency)
		if x.Reply != nil {
			flags |= entryHasReply
			b = appendFields(b, textReply, x.Reply)
		}
	}
	b[entryFlags] = flags
	return b
}

func appendText(b []byte, which int, text string) []byte {
	if text == "" {
		// The header has zeros, and an append of nothing is a call in WebAssembly.
		return b
	}
	setTextLen(b, which, len(text))
	return append(b, text...)
}

func appendFields(b []byte, which int, g *accesslog.Generic) []byte {
	setTextLen(b, which, g.FieldsLen())
	return g.AppendFields(b, g.FieldsLen())
}

func setTextLen(b []byte, which, n int) {
	binary.LittleEndian.PutUint32(b[entryLengths+4*which:], uint32(n))
}

// ErrEntry says that a parser has logged what is not an entry.
var ErrEntry = errors.New("what the parser logs is not encoded as it has to be")

// maxEntry is the longest entry in bytes, which is longer than what the access log takes of it.
const maxEntry = 64 << 10

// Entry is an entry that a parser has logged. It is used again and again.
type Entry struct {
	accesslog.Entry
	// User is as whom the client had logged in.
	User string

	l7, reply accesslog.Generic
	exchange  accesslog.Exchange
	closed    accesslog.Closed
	texts     [entryTexts][]byte
	// rule, reason and user are those of the entry before, which are usually those of this one.
	rule, reason, user, proto string
}

// Decode decodes an entry, of which nothing is kept that is in the memory of the parser.
func (e *Entry) Decode(b []byte) error {
	if !e.split(b) {
		return ErrEntry
	}
	get, flags := binary.LittleEndian.Uint64, b[entryFlags]
	e.Entry = accesslog.Entry{
		Type: cilium.EntryType(b[entryType]), For: accesslog.Kinds(b[entryKinds]) & (accesslog.Requests | accesslog.Exchanges),
		Time: int64(get(b[entryTime:])), Request: get(b[entryRequest:]), Audit: flags&entryAudit != 0,
		Rule: again(&e.rule, e.texts[textRule]), Reason: again(&e.reason, e.texts[textReason]),
	}
	e.User = again(&e.user, e.texts[textUser])
	if b[entryType] > byte(cilium.EntryType_Denied) || b[entryStatus] > byte(cilium.ReplyStatus_NotAwaited) {
		return ErrEntry
	}
	if flags&entryClosed != 0 {
		e.closed = accesslog.Closed{Reply: flags&entryClosedReply != 0, Offset: get(b[entryOffset:])}
		e.Closed = &e.closed
	}
	if flags&entryExchange != 0 {
		e.exchange = accesslog.Exchange{
			Status:       cilium.ReplyStatus(b[entryStatus]),
			RequestBytes: get(b[entrySizes:]), ReplyBytes: get(b[entrySizes+8:]), Latency: get(b[entrySizes+16:]),
		}
		e.Exchange = &e.exchange
	}
	return e.decodeL7(flags)
}

func (e *Entry) decodeL7(flags byte) error {
	name := again(&e.proto, e.texts[textProto])
	if !utf8.ValidString(name) {
		return ErrEntry
	}
	switch {
	case flags&entryGeneric != 0:
		if !fill(&e.l7, name, e.texts[textFields]) {
			return ErrEntry
		}
		e.L7 = &e.l7
	case flags&entryOther != 0:
		var other cilium.LogEntry
		if proto.Unmarshal(e.texts[textFields], &other) != nil {
			return ErrEntry
		}
		e.L7 = accesslog.L7Of(other.L7)
	}
	if e.Exchange != nil && flags&entryHasReply != 0 {
		if !fill(&e.reply, name, e.texts[textReply]) {
			return ErrEntry
		}
		e.exchange.Reply = &e.reply
	}
	return nil
}

// split finds the texts.
func (e *Entry) split(b []byte) bool {
	if len(b) < entryHeader || len(b) > maxEntry {
		return false
	}
	rest := b[entryHeader:]
	for i := range e.texts {
		n := binary.LittleEndian.Uint32(b[entryLengths+4*i:])
		if uint64(n) > uint64(len(rest)) {
			return false
		}
		e.texts[i], rest = rest[:n], rest[n:]
	}
	return len(rest) == 0
}

// again returns a text, which is the one before if they are equal.
func again(before *string, text []byte) string {
	if *before != string(text) {
		*before = string(text)
	}
	return *before
}

// Tags of the fields of a cilium.L7LogEntry, a map, and of the keys and values in it.
const (
	tagField = 2<<3 | byte(protowire.BytesType)
	tagKey   = 1<<3 | byte(protowire.BytesType)
	tagValue = 2<<3 | byte(protowire.BytesType)
)

// fill makes g an entry with encoded fields, and reports whether they are encoded as the access log does it.
func fill(g *accesslog.Generic, name string, fields []byte) bool {
	g.Begin(name)
	for rest := fields; len(rest) > 0; {
		field, ok := element(&rest, tagField)
		if !ok {
			return false
		}
		key, keyOK := element(&field, tagKey)
		value, valueOK := element(&field, tagValue)
		if !keyOK || !valueOK || len(field) > 0 || !utf8.Valid(key) || !utf8.Valid(value) || len(value) > accesslog.MaxValue {
			return false
		}
	}
	g.AddFields(fields)
	return true
}

// element takes an element with a tag off the front.
func element(b *[]byte, tag byte) ([]byte, bool) {
	if len(*b) < 2 || (*b)[0] != tag {
		return nil, false
	}
	content, n := protowire.ConsumeBytes((*b)[1:])
	if n < 0 {
		return nil, false
	}
	*b = (*b)[1+n:]
	return content, true
}
