package parserabi

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/proxylib/proxylib/proxylib"
)

// A request that is asked about begins with a byte that is 1 if the access is known, a byte for the access, and a number of 16
// bits of fields. For each field follow its number and the offset of its first value, 32 bits each, and after them values.
const (
	subjectHeader = 4
	subjectField  = 8
)

// A value begins with its kind, to which moreValues is added if another one of the field follows. A text has a length of 32 bits
// and bytes, a number 64 bits.
const (
	kindNone = iota
	kindText
	kindNumber
	kindUnknown
	moreValues = 0x80
)

// AppendSubject appends a request, of which fields are all that rules may ask about, to b, which is empty.
func AppendSubject(b []byte, l7 any, fields []uint32) []byte {
	s, ok := l7.(proxylib.Subject)
	if !ok {
		return append(b, 0, 0, 0, 0)
	}
	known, access := byte(0), proxylib.Access(0)
	if c, ok := s.(proxylib.Classified); ok {
		known, access = 1, c.AccessClass()
	}
	b = append(b, known, byte(access))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(fields)))
	for _, field := range fields {
		b = binary.LittleEndian.AppendUint32(b, field)
		b = append(b, 0, 0, 0, 0)
	}
	for i, field := range fields {
		binary.LittleEndian.PutUint32(b[subjectHeader+subjectField*i+4:], uint32(len(b)))
		b = appendValues(b, s, int(field))
	}
	return b
}

func appendValues(b []byte, s proxylib.Subject, field int) []byte {
	for at := 0; ; {
		value, next := s.Value(field, at)
		if next != 0 && next <= at {
			panic("proxylib: the places of the values of a Subject are not in ascending order")
		}
		b = appendValue(b, value, next != 0)
		if at = next; at == 0 {
			return b
		}
	}
}

func appendValue(b []byte, value proxylib.Value, more bool) []byte {
	kind := byte(0)
	if more {
		kind = moreValues
	}
	if value.Unknown() {
		return append(b, kind|kindUnknown)
	}
	if n, ok := value.Int(); ok {
		return binary.LittleEndian.AppendUint64(append(b, kind|kindNumber), uint64(n))
	}
	text := value.Bytes()
	if len(text) == 0 {
		return append(b, kind)
	}
	b = binary.LittleEndian.AppendUint32(append(b, kind|kindText), uint32(len(text)))
	return append(b, text...)
}

// Subject is a request as the library sees it, in the memory of the parser. It implements [proxylib.Subject] and
// [proxylib.Classified]. Its methods panic with [ErrSubject] where the encoding is wrong.
type Subject struct{ encoded []byte }

// ErrSubject says that a parser has asked about what is not a request.
var ErrSubject = errors.New("what the parser asks about is not encoded as it has to be")

// Set makes s the request that is encoded.
func (s *Subject) Set(encoded []byte) {
	s.encoded = encoded
	if len(encoded) < subjectHeader || s.fields() > (len(encoded)-subjectHeader)/subjectField || len(encoded) > math.MaxInt32 {
		panic(ErrSubject)
	}
}

func (s *Subject) fields() int { return int(binary.LittleEndian.Uint16(s.encoded[2:])) }

// AccessClass implements [proxylib.Classified].
func (s *Subject) AccessClass() proxylib.Access {
	if s.encoded[0] != 1 {
		return proxylib.Admin
	}
	return proxylib.Access(s.encoded[1])
}

// Value implements [proxylib.Subject]. The place of a value is its offset.
func (s *Subject) Value(field, at int) (proxylib.Value, int) {
	if at == 0 {
		if at = s.first(uint32(field)); at == 0 {
			return proxylib.NoValue, 0
		}
	}
	value, end, more := s.value(at)
	if !more {
		end = 0
	}
	return value, end
}

// first returns the offset of the first value of a field, 0 if there is none.
func (s *Subject) first(field uint32) int {
	table := s.encoded[subjectHeader:]
	for range s.fields() {
		if binary.LittleEndian.Uint32(table) == field {
			return int(binary.LittleEndian.Uint32(table[4:]))
		}
		table = table[subjectField:]
	}
	return 0
}

// value returns the value at an offset, the end of it, and whether another one follows.
func (s *Subject) value(at int) (value proxylib.Value, end int, more bool) {
	if at < subjectHeader || at >= len(s.encoded) {
		panic(ErrSubject)
	}
	kind, rest := s.encoded[at], s.encoded[at+1:]
	more, at = kind&moreValues != 0, at+1
	switch kind &^ moreValues {
	case kindNone:
		return proxylib.NoValue, at, more
	case kindUnknown:
		return proxylib.UnknownValue, at, more
	case kindNumber:
		if len(rest) < 8 {
			panic(ErrSubject)
		}
		return proxylib.Number(int64(binary.LittleEndian.Uint64(rest))), at + 8, more
	case kindText:
		if len(rest) < 4 {
			panic(ErrSubject)
		}
		n := binary.LittleEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)-4) {
			panic(ErrSubject)
		}
		return proxylib.Text(rest[4:][:n]), at + 4 + int(n), more
	}
	panic(ErrSubject)
}
