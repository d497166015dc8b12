package wire_test

import (
	"encoding/binary"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// framings are those of protocols, with small bounds.
var framings = map[string]wire.Framing{
	"memcached binary":  {HeaderLen: 24, Offset: 8, Size: 4, Max: 1000},
	"CQL":               {HeaderLen: 9, Offset: 5, Size: 4, Max: 1000},
	"kafka":             {HeaderLen: 4, Size: 4, Max: 1000},
	"postgres":          {HeaderLen: 5, Offset: 1, Size: 4, Included: 4, Max: 10},
	"postgres, startup": {HeaderLen: 4, Size: 4, Included: 4, Max: 1000},
	"mysql":             {HeaderLen: 4, Size: 3, LittleEndian: true, Max: 1 << 24},
	"mongodb":           {HeaderLen: 16, Size: 4, LittleEndian: true, Included: 16, Max: 1000},
	"amqp":              {HeaderLen: 7, Offset: 3, Size: 4, Trailer: "\xce", Max: 1000},
	"wide":              {HeaderLen: 8, Size: 8, Max: 1 << 40},
	"wide, LE":          {HeaderLen: 9, Offset: 1, Size: 8, LittleEndian: true, Included: 8, Trailer: "\r\n", Max: 1000},
}

func TestFramingFindsTheMessageAtTheFront(t *testing.T) {
	for _, c := range []struct {
		framing, input string
		body, length   int
		need           int
		err            error
	}{
		{"kafka", "\x00\x00\x00\x00", 0, 4, 0, nil},
		{"kafka", "\x00\x00\x00\x02abc", 2, 6, 0, nil},
		{"kafka", "\x00\x00\x03\xe8", 1000, 1004, 1000, nil},
		{"kafka", "\x00\x00\x03\xe9", 0, 0, 0, wire.ErrMessageTooLong},
		{"kafka", "\xff\xff\xff\xff", 0, 0, 0, wire.ErrMessageTooLong},
		{"postgres", "Q\x00\x00\x00\x04", 0, 5, 0, nil},
		{"postgres", "Q\x00\x00\x00\x0eabcdefghi", 10, 15, 1, nil},
		{"postgres", "Q\x00\x00\x00\x0f", 0, 0, 0, wire.ErrMessageTooLong},
		{"postgres", "Q\x00\x00\x00\x03", 0, 0, 0, wire.ErrMessageTooShort},
		{"postgres", "Q\x00\x00\x00\x00", 0, 0, 0, wire.ErrMessageTooShort},
		{"postgres, startup", "\x00\x00\x00\x08\x04\xd2\x16\x2f", 4, 8, 0, nil},
		{"mysql", "\x03\x00\x00\x07abc", 3, 7, 0, nil},
		{"mysql", "\xff\xff\xff\x07", 1<<24 - 1, 1<<24 + 3, 1<<24 - 1, nil},
		{"mongodb", "\x12\x00\x00\x00requestreplya", 2, 18, 1, nil},
		{"mongodb", "\x0f\x00\x00\x00requestreply", 0, 0, 0, wire.ErrMessageTooShort},
		{"amqp", "\x01\x00\x00\x00\x00\x00\x02ab\xce", 3, 10, 0, nil},
		{"amqp", "\x01\x00\x00\x00\x00\x00\x02ab", 3, 10, 1, nil},
		{"amqp", "\x01\x00\x00\x00\x00\x00\x02abc", 3, 10, 0, wire.ErrTrailer},
		{"wide", "\x00\x00\x01\x00\x00\x00\x00\x00", 1 << 40, 1<<40 + 8, 1 << 40, nil},
		{"wide", "\xff\xff\xff\xff\xff\xff\xff\xff", 0, 0, 0, wire.ErrMessageTooLong},
		{"wide, LE", "x\x09\x00\x00\x00\x00\x00\x00\x00a\r\n", 3, 12, 0, nil},
		{"wide, LE", "x\x09\x00\x00\x00\x00\x00\x00\x00a\r\r", 3, 12, 0, wire.ErrTrailer},
		{"wide, LE", "x\x07\x00\x00\x00\x00\x00\x00\x80", 0, 0, 0, wire.ErrMessageTooLong},
	} {
		framing := framings[c.framing]
		frame, need, err := framing.Next(view(c.input), new([]byte))
		if c.length > 0 && frame.Body() != c.body || frame.Len != c.length || need != c.need || err != c.err {
			t.Errorf("%s, %q: %+v, %d needed, %v", c.framing, c.input, frame, need, err)
		}
		if string(frame.Header) != c.input[:framing.HeaderLen] {
			t.Errorf("%s, %q: header %q", c.framing, c.input, frame.Header)
		}
	}
}

func TestFramingNeedsTheHeaderAndThenTheMessage(t *testing.T) {
	framing := framings["amqp"]
	const message = "\x01\x00\x00\x00\x00\x00\x02ab\xce"
	for n := range message {
		frame, need, err := framing.Next(view(message[:n]), new([]byte))
		if n < 7 && (frame.Header != nil || need != 7-n) || n >= 7 && (frame.Len != 10 || need != 10-n) || err != nil {
			t.Errorf("%d bytes: %+v, %d needed, %v", n, frame, need, err)
		}
	}
}

func TestVarintFramingFindsTheMessageAtTheFront(t *testing.T) {
	mqtt := wire.VarintFraming{Offset: 1, Size: 4, Max: 1000}
	protobuf := wire.VarintFraming{Size: 10, Max: 1000}
	for _, c := range []struct {
		framing wire.VarintFraming
		input   string
		header  string
		length  int
		need    int
		err     error
	}{
		{mqtt, "", "", 0, 2, nil},
		{mqtt, "\x10", "", 0, 1, nil},
		{mqtt, "\xc0\x00", "\xc0\x00", 2, 0, nil},
		{mqtt, "\x30\x02abc", "\x30\x02", 4, 0, nil},
		{mqtt, "\x30\x80", "", 0, 1, nil},
		{mqtt, "\x30\x80\x01a", "\x30\x80\x01", 131, 127, nil},
		{mqtt, "\x30\xe8\x07", "\x30\xe8\x07", 1003, 1000, nil},
		{mqtt, "\x30\xe9\x07", "\x30\xe9\x07", 0, 0, wire.ErrMessageTooLong},
		{mqtt, "\x30\x80\x80\x80", "", 0, 1, nil},
		{mqtt, "\x30\x80\x80\x80\x00", "\x30\x80\x80\x80\x00", 5, 0, nil},
		{mqtt, "\x30\x80\x80\x80\x80", "", 0, 0, wire.ErrVarint},
		{mqtt, "\x30\x80\x80\x80\x80\x01", "", 0, 0, wire.ErrVarint},
		{protobuf, "", "", 0, 1, nil},
		{protobuf, "\x01a", "\x01", 2, 0, nil},
		{protobuf, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, 0, wire.ErrMessageTooLong},
		{protobuf, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "", 0, 0, wire.ErrVarint},
	} {
		frame, need, err := c.framing.Next(view(c.input), new([]byte))
		if string(frame.Header) != c.header || frame.Len != c.length || need != c.need || err != c.err {
			t.Errorf("%q: %+v, %d needed, %v", c.input, frame, need, err)
		}
		if c.length > 0 && frame.Body() != c.length-len(c.header) {
			t.Errorf("%q: %+v, body of %d", c.input, frame, frame.Body())
		}
	}
}

func TestFramingAllocatesNothing(t *testing.T) {
	framing, varint := framings["amqp"], wire.VarintFraming{Offset: 1, Size: 4, Max: 1000}
	input := view("\x01\x00\x00\x00\x00\x00\x02ab\xce")
	var scratch []byte
	if n := testing.AllocsPerRun(100, func() {
		frame, _, err := framing.Next(input, &scratch)
		packet, _, _ := varint.Next(input, &scratch)
		if frame.Len != 10 || err != nil || packet.Len != 2 {
			t.Error("no message")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// cutter is what both framings are.
type cutter interface {
	Next(v proxylib.View, scratch *[]byte) (wire.Frame, int, error)
}

// FuzzFraming compares what comes of each beginning of the input, in one piece and in two, with a reference.
func FuzzFraming(f *testing.F) {
	f.Add("amqp", []byte("\x01\x00\x00\x00\x00\x00\x02ab\xce"))
	f.Add("mysql", []byte("\x03\x00\x00\x07abc"))
	f.Add("postgres", []byte("Q\x00\x00\x00\x08abcd"))
	f.Add("wide, LE", []byte("x\x09\x00\x00\x00\x00\x00\x00\x00a\r\n"))
	f.Add("mongodb", []byte("\x12\x00\x00\x00requestreplyab"))
	f.Fuzz(func(t *testing.T, name string, input []byte) {
		if framing, ok := framings[name]; ok {
			underEverySplit(t, &framing, input, framing.HeaderLen, func(b []byte) (int, error) {
				return referenceLength(framing, b)
			})
		}
	})
}

// FuzzVarintFraming does the same with packets of MQTT.
func FuzzVarintFraming(f *testing.F) {
	f.Add([]byte("\x30\x80\x01a"))
	f.Add([]byte("\x30\x02abc"))
	f.Add([]byte("\x30\x80\x80\x80\x80\x01"))
	framing := wire.VarintFraming{Offset: 1, Size: 4, Max: 1000}
	f.Fuzz(func(t *testing.T, input []byte) {
		header := 2
		for header < 5 && header <= len(input) && input[header-1] >= 0x80 {
			header++
		}
		underEverySplit(t, &framing, input, header, func(b []byte) (int, error) {
			n, size := binary.Uvarint(b[1:header])
			switch {
			case size <= 0:
				return 0, wire.ErrVarint
			case n > 1000:
				return 0, wire.ErrMessageTooLong
			}
			return header + int(n), nil
		})
	})
}

// underEverySplit checks that an incomplete header never gives anything, that what is needed is never more than what the
// message has, and that pieces do not matter. reference says how long the message is, from the header on.
func underEverySplit(t *testing.T, f cutter, input []byte, header int, reference func([]byte) (int, error)) {
	for n := range len(input) + 1 {
		whole, need, err := f.Next(view(string(input[:n])), new([]byte))
		if n < header {
			if whole.Header != nil || err != nil || need < 1 || need > header-n {
				t.Fatalf("%d of %q: %+v, %d needed, %v", n, input, whole, need, err)
			}
		} else {
			length, wantErr := reference(input[:n])
			if err != wantErr || whole.Len != length || err == nil && need != max(0, length-n) {
				t.Fatalf("%d of %q: %+v, %d needed, %v, want %d, %v", n, input, whole, need, err, length, wantErr)
			}
		}
		for cut := range n {
			pieces := proxylib.NewView([][]byte{input[:cut], input[cut:n]})
			got, gotNeed, gotErr := f.Next(pieces, new([]byte))
			if string(got.Header) != string(whole.Header) || got.Len != whole.Len ||
				gotNeed != need || gotErr != err {
				t.Fatalf("%q cut at %d: %+v, %d, %v, in one piece %+v, %d, %v",
					input[:n], cut, got, gotNeed, gotErr, whole, need, err)
			}
		}
	}
}

// referenceLength is the length of a message whose header is complete.
func referenceLength(f wire.Framing, b []byte) (int, error) {
	var wide [8]byte
	number := b[f.Offset : f.Offset+f.Size]
	n := uint64(0)
	if f.LittleEndian {
		copy(wide[:], number)
		n = binary.LittleEndian.Uint64(wide[:])
	} else {
		copy(wide[8-f.Size:], number)
		n = binary.BigEndian.Uint64(wide[:])
	}
	if n < uint64(f.Included) {
		return 0, wire.ErrMessageTooShort
	}
	if n-uint64(f.Included) > uint64(f.Max) {
		return 0, wire.ErrMessageTooLong
	}
	end := f.HeaderLen + int(n) - f.Included
	length := end + len(f.Trailer)
	if len(b) >= length && string(b[end:length]) != f.Trailer {
		return length, wire.ErrTrailer
	}
	return length, nil
}

func view(text string) proxylib.View { return proxylib.NewView([][]byte{[]byte(text)}) }

func BenchmarkFraming(b *testing.B) {
	framing := framings["memcached binary"]
	input := view("\x80\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00key")
	var scratch []byte
	b.ReportAllocs()
	for b.Loop() {
		if frame, need, err := framing.Next(input, &scratch); need > 0 || err != nil || frame.Len != 27 {
			b.Fatal(frame, need, err)
		}
	}
}
