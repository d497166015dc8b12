package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/proxylib/proxylib/proxylib/wire"
)

func TestReaderReadsIntegers(t *testing.T) {
	r := wire.NewReader([]byte("\x01" + "\x01\x02" + "\x01\x02" + "\x01\x02\x03" + "\x01\x02\x03" +
		"\x01\x02\x03\x04" + "\x01\x02\x03\x04" + "\x01\x02\x03\x04\x05\x06\x07\x08" + "\x01\x02\x03\x04\x05\x06\x07\x08"))
	for i, c := range []struct{ got, want uint64 }{
		{uint64(r.Uint8()), 0x01},
		{uint64(r.Uint16()), 0x0102},
		{uint64(r.Uint16LE()), 0x0201},
		{uint64(r.Uint24()), 0x010203},
		{uint64(r.Uint24LE()), 0x030201},
		{uint64(r.Uint32()), 0x01020304},
		{uint64(r.Uint32LE()), 0x04030201},
		{r.Uint64(), 0x0102030405060708},
		{r.Uint64LE(), 0x0807060504030201},
	} {
		if c.got != c.want {
			t.Errorf("integer %d: %#x, want %#x", i, c.got, c.want)
		}
	}
	if r.Err() != nil || r.Len() != 0 {
		t.Errorf("%v, %d bytes left", r.Err(), r.Len())
	}
}

func TestReaderReadsNegativeIntegers(t *testing.T) {
	r := wire.NewReader([]byte("\x80" + "\xff\xfe" + "\xfe\xff" + "\xff\xff\xff\xfd" + "\xfd\xff\xff\xff" +
		"\xff\xff\xff\xff\xff\xff\xff\xfc" + "\xfc\xff\xff\xff\xff\xff\xff\xff"))
	for i, c := range []struct{ got, want int64 }{
		{int64(r.Int8()), -128}, {int64(r.Int16()), -2}, {int64(r.Int16LE()), -2}, {int64(r.Int32()), -3},
		{int64(r.Int32LE()), -3}, {r.Int64(), -4}, {r.Int64LE(), -4},
	} {
		if c.got != c.want {
			t.Errorf("integer %d: %d, want %d", i, c.got, c.want)
		}
	}
}

// strings is a read of a string, whose result a test compares.
type stringRead = func(*wire.Reader) []byte

func TestReaderReadsStrings(t *testing.T) {
	for _, c := range []struct {
		name, input string
		read        stringRead
		want        string
		null        bool
		err         error
	}{
		{"Bytes", "abc", func(r *wire.Reader) []byte { return r.Bytes(2) }, "ab", false, nil},
		{"Bytes, short", "a", func(r *wire.Reader) []byte { return r.Bytes(2) }, "", false, wire.ErrShort},
		{"Bytes, negative", "abc", func(r *wire.Reader) []byte { return r.Bytes(-1) }, "", false, wire.ErrLength},
		{"Bytes, smallest", "abc", func(r *wire.Reader) []byte { return r.Bytes(math.MinInt) }, "", false, wire.ErrLength},
		{"Bytes8", "\x02ab", (*wire.Reader).Bytes8, "ab", false, nil},
		{"Bytes8, empty", "\x00", (*wire.Reader).Bytes8, "", false, nil},
		{"Bytes8, short", "\x03ab", (*wire.Reader).Bytes8, "", false, wire.ErrShort},
		{"Bytes16", "\x00\x02ab", (*wire.Reader).Bytes16, "ab", false, nil},
		{"Bytes16, half a length", "\x00", (*wire.Reader).Bytes16, "", false, wire.ErrShort},
		{"Bytes32", "\x00\x00\x00\x02ab", (*wire.Reader).Bytes32, "ab", false, nil},
		{"Bytes32, large", "\x7f\xff\xff\xffab", (*wire.Reader).Bytes32, "", false, wire.ErrShort},
		{"Bytes32, negative", "\x80\x00\x00\x00ab", (*wire.Reader).Bytes32, "", false, wire.ErrLength},
		{"Bytes32LE", "\x02\x00\x00\x00ab", (*wire.Reader).Bytes32LE, "ab", false, nil},
		{"Bytes32LE, negative", "\x00\x00\x00\x80ab", (*wire.Reader).Bytes32LE, "", false, wire.ErrLength},
		{"BytesUvarint", "\x02ab", (*wire.Reader).BytesUvarint, "ab", false, nil},
		{"BytesUvarint, longer form", "\x82\x00ab", (*wire.Reader).BytesUvarint, "ab", false, nil},
		{"BytesUvarint, large", "\x80\x80\x80\x80\x08ab", (*wire.Reader).BytesUvarint, "", false, wire.ErrLength},
		{"BytesUvarint, short", "\x80", (*wire.Reader).BytesUvarint, "", false, wire.ErrShort},
		{"Nullable16", "\x00\x02ab", (*wire.Reader).Nullable16, "ab", false, nil},
		{"Nullable16, empty", "\x00\x00", (*wire.Reader).Nullable16, "", false, nil},
		{"Nullable16, null", "\xff\xff", (*wire.Reader).Nullable16, "", true, nil},
		{"Nullable32", "\x00\x00\x00\x02ab", (*wire.Reader).Nullable32, "ab", false, nil},
		{"Nullable32, empty", "\x00\x00\x00\x00", (*wire.Reader).Nullable32, "", false, nil},
		{"Nullable32, null", "\xff\xff\xff\xff", (*wire.Reader).Nullable32, "", true, nil},
		{"Nullable32, short", "\x00\x00\x00\x03ab", (*wire.Reader).Nullable32, "", false, wire.ErrShort},
		{"NullableUvarint", "\x03ab", (*wire.Reader).NullableUvarint, "ab", false, nil},
		{"NullableUvarint, empty", "\x01", (*wire.Reader).NullableUvarint, "", false, nil},
		{"NullableUvarint, null", "\x00", (*wire.Reader).NullableUvarint, "", true, nil},
		{"NullableUvarint, short", "\x04ab", (*wire.Reader).NullableUvarint, "", false, wire.ErrShort},
		{"Until", "ab;c", func(r *wire.Reader) []byte { return r.Until(';') }, "ab", false, nil},
		{"String0", "ab\x00c", (*wire.Reader).String0, "ab", false, nil},
		{"String0, empty", "\x00", (*wire.Reader).String0, "", false, nil},
		{"String0, short", "ab", (*wire.Reader).String0, "", false, wire.ErrShort},
		{"Rest", "ab", (*wire.Reader).Rest, "ab", false, nil},
	} {
		r := wire.NewReader([]byte(c.input))
		got := c.read(&r)
		if string(got) != c.want || c.err == nil && (got == nil) != c.null || !errors.Is(r.Err(), c.err) {
			t.Errorf("%s: %q, nil %v, %v", c.name, got, got == nil, r.Err())
		}
		if cap(got) > len(got) && c.name != "Rest" {
			t.Errorf("%s: appending to what was read would overwrite what follows it", c.name)
		}
	}
}

func TestReaderReadsVarints(t *testing.T) {
	for _, c := range []struct {
		input string
		size  int
		want  uint64
		err   error
	}{
		{"\x00", 10, 0, nil},
		{"\x7f", 10, 127, nil},
		{"\x80\x01", 10, 128, nil},
		{"\x80\x00", 10, 0, nil},
		{"\xff\xff\xff\x7f", 4, 268435455, nil},
		{"\xff\xff\xff\x80\x01", 4, 0, wire.ErrVarint},
		{"\xff\xff\xff", 4, 0, wire.ErrShort},
		{"\x05", 1, 5, nil},
		{"\x85", 1, 0, wire.ErrVarint},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, math.MaxUint64, nil},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 0, wire.ErrVarint},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81", 10, 0, wire.ErrVarint},
		{"", 10, 0, wire.ErrShort},
	} {
		r := wire.NewReader([]byte(c.input))
		if got := r.UvarintMax(c.size); got != c.want || !errors.Is(r.Err(), c.err) {
			t.Errorf("%q in at most %d bytes: %d, %v", c.input, c.size, got, r.Err())
		}
	}
	for _, want := range []int64{0, -1, 1, -2, math.MaxInt64, math.MinInt64} {
		r := wire.NewReader(binary.AppendVarint(nil, want))
		if got := r.Varint(); got != want || r.Err() != nil {
			t.Errorf("%d, want %d: %v", got, want, r.Err())
		}
	}
}

func TestReaderKeepsItsFirstError(t *testing.T) {
	cause := errors.New("unknown version")
	r := wire.NewReader([]byte("abcdef"))
	r.Skip(2)
	r.Fail(cause)
	r.Uint32()
	r.Skip(-1)
	var invalid *wire.InvalidError
	if !errors.As(r.Err(), &invalid) || invalid.Offset != 2 || !errors.Is(r.Err(), cause) || r.Short() || r.OK() {
		t.Errorf("%v", r.Err())
	}
	if r.Len() != 0 || r.Uint8() != 0 || len(r.Bytes8()) > 0 || len(r.Rest()) != 0 || r.Uvarint() != 0 {
		t.Error("reads on after an error")
	}
	if got := r.Err().Error(); got != "offset 2: unknown version" {
		t.Error(got)
	}

	r = wire.NewReader([]byte("a"))
	r.Uint16()
	r.Fail(cause)
	if r.Err() != wire.ErrShort || !r.Short() {
		t.Errorf("%v", r.Err())
	}
}

func TestReaderRefusesBytesAfterTheEnd(t *testing.T) {
	r := wire.NewReader([]byte("ab"))
	r.Uint8()
	r.End()
	if !errors.Is(r.Err(), wire.ErrTrailing) {
		t.Errorf("%v", r.Err())
	}
	r = wire.NewReader([]byte("ab"))
	r.Skip(2)
	if r.End(); r.Err() != nil {
		t.Errorf("%v", r.Err())
	}
}

func TestReaderCopyLooksAhead(t *testing.T) {
	r := wire.NewReader([]byte("ab"))
	ahead := r
	ahead.Skip(3)
	if r.Offset() != 0 || !r.OK() || r.Uint8() != 'a' || r.Offset() != 1 {
		t.Error("a copy has moved the original")
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	message := []byte("\x00\x02ab\x05\x80\x01\x00\x00\x00\x01x")
	if n := testing.AllocsPerRun(100, func() {
		r := wire.NewReader(message)
		r.Bytes16()
		r.Uint8()
		r.Uvarint()
		r.Bytes32()
		r.Uint64()
		if !r.Short() {
			t.Error(r.Err())
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzReader reads the elements that a program names, and compares with package encoding/binary.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, []byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"))
	f.Add([]byte{7, 8, 9, 10}, []byte("\xff\xff\x03\x00\x01a\x00\x00\x00\x01b\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, program, message []byte) {
		r := wire.NewReader(message)
		rest := message
		for _, b := range program {
			element := elements[int(b)%len(elements)]
			want, length := element.reference(rest)
			got := element.read(&r)
			if length < 0 {
				if r.OK() || len(got) > 0 {
					t.Fatalf("%s of %q: %q, want an error", element.name, rest, got)
				}
				if r.Len() != 0 || r.Rest() != nil && len(r.Rest()) > 0 {
					t.Fatalf("%s of %q: bytes left after an error", element.name, rest)
				}
				return
			}
			if !r.OK() || !bytes.Equal(got, want) {
				t.Fatalf("%s of %q: %q, %v, want %q", element.name, rest, got, r.Err(), want)
			}
			rest = rest[length:]
			if r.Len() != len(rest) || r.Offset() != len(message)-len(rest) {
				t.Fatalf("%s: %d bytes left, offset %d, want %d", element.name, r.Len(), r.Offset(), len(rest))
			}
		}
	})
}

// elements are reads, and what they have to give: the value as text, and its length in the message, or -1.
var elements = []struct {
	name      string
	read      stringRead
	reference func(b []byte) (want []byte, length int)
}{
	{"Uint8", number(func(r *wire.Reader) uint64 { return uint64(r.Uint8()) }), fixed(1, binary.BigEndian)},
	{"Uint16", number(func(r *wire.Reader) uint64 { return uint64(r.Uint16()) }), fixed(2, binary.BigEndian)},
	{"Uint16LE", number(func(r *wire.Reader) uint64 { return uint64(r.Uint16LE()) }), fixed(2, binary.LittleEndian)},
	{"Uint24", number(func(r *wire.Reader) uint64 { return uint64(r.Uint24()) }), fixed(3, binary.BigEndian)},
	{"Uint24LE", number(func(r *wire.Reader) uint64 { return uint64(r.Uint24LE()) }), fixed(3, binary.LittleEndian)},
	{"Uint32", number(func(r *wire.Reader) uint64 { return uint64(r.Uint32()) }), fixed(4, binary.BigEndian)},
	{"Uint32LE", number(func(r *wire.Reader) uint64 { return uint64(r.Uint32LE()) }), fixed(4, binary.LittleEndian)},
	{"Uint64", number((*wire.Reader).Uint64), fixed(8, binary.BigEndian)},
	{"Uint64LE", number((*wire.Reader).Uint64LE), fixed(8, binary.LittleEndian)},
	{"Uvarint", number((*wire.Reader).Uvarint), func(b []byte) ([]byte, int) {
		n, length := binary.Uvarint(b)
		if length <= 0 {
			return nil, -1
		}
		return text(n), length
	}},
	{"Varint", number(func(r *wire.Reader) uint64 { return uint64(r.Varint()) }), func(b []byte) ([]byte, int) {
		n, length := binary.Varint(b)
		if length <= 0 {
			return nil, -1
		}
		return text(uint64(n)), length
	}},
	{"Bytes16", (*wire.Reader).Bytes16, func(b []byte) ([]byte, int) {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, -1
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		return b[2:end], end
	}},
	{"Nullable32", (*wire.Reader).Nullable32, func(b []byte) ([]byte, int) {
		if len(b) < 4 {
			return nil, -1
		}
		n := int(int32(binary.BigEndian.Uint32(b)))
		switch {
		case n < 0:
			return nil, 4
		case n > len(b)-4:
			return nil, -1
		}
		return b[4 : 4+n], 4 + n
	}},
	{"String0", (*wire.Reader).String0, func(b []byte) ([]byte, int) {
		n := bytes.IndexByte(b, 0)
		return b[:max(n, 0)], max(n+1, 0) - boolInt(n < 0)
	}},
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// text is a number that can be compared as strings are; 0 is empty.
func text(n uint64) []byte { return bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, n), "\x00") }

func number(read func(*wire.Reader) uint64) stringRead {
	return func(r *wire.Reader) []byte { return text(read(r)) }
}

// fixed is the reference of an integer of n bytes.
func fixed(n int, order binary.ByteOrder) func(b []byte) ([]byte, int) {
	return func(b []byte) ([]byte, int) {
		if len(b) < n {
			return nil, -1
		}
		var wide [8]byte
		if order == binary.ByteOrder(binary.BigEndian) {
			copy(wide[8-n:], b)
		} else {
			copy(wide[:], b[:n])
		}
		return text(order.Uint64(wide[:])), n
	}
}

// BenchmarkReader reads a message such as a query of CQL.
func BenchmarkReader(b *testing.B) {
	message := []byte("\x00\x00\x00\x2aSELECT v FROM ks.table WHERE k = ? AND c = ?" + "\x00\x01" + "\x01" + "\x00\x02" +
		"\x00\x00\x00\x03abc" + "\xff\xff\xff\xff")
	message[3] = byte(len("SELECT v FROM ks.table WHERE k = ? AND c = ?"))
	b.ReportAllocs()
	for b.Loop() {
		r := wire.NewReader(message)
		query := r.Bytes32()
		r.Uint16()
		r.Uint8()
		for n := r.Uint16(); n > 0 && r.OK(); n-- {
			r.Skip(max(0, int(r.Int32())))
		}
		if !r.OK() || len(query) == 0 || r.Len() != 0 {
			b.Fatal(r.Err())
		}
	}
}
