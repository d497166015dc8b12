package proxylib

import "testing"

func TestFramingReadsHowManyBytesFollow(t *testing.T) {
	prefix := Framing{Header: 4, Size: 4, Most: 1000}
	tag := Framing{Header: 5, At: 1, Size: 4, Counted: 4, Most: 10}
	whole := Framing{Header: 3, At: 1, Size: 2, Counted: 3, Most: 10}
	wide := Framing{Header: 8, Size: 8, Most: 1 << 40}
	for _, c := range []struct {
		framing Framing
		header  string
		want    int
		ok      bool
	}{
		{prefix, "\x00\x00\x00\x00", 0, true},
		{prefix, "\x00\x00\x03\xe8", 1000, true},
		{prefix, "\x00\x00\x03\xe9", 0, false},
		{prefix, "\xff\xff\xff\xff", 0, false},
		{tag, "Q\x00\x00\x00\x04", 0, true},
		{tag, "Q\x00\x00\x00\x0e", 10, true},
		{tag, "Q\x00\x00\x00\x0f", 0, false},
		{tag, "Q\x00\x00\x00\x03", 0, false},
		{tag, "Q\x00\x00\x00\x00", 0, false},
		{whole, "x\x00\x05", 2, true},
		{whole, "x\x00\x02", 0, false},
		{wide, "\x00\x00\x01\x00\x00\x00\x00\x00", 1 << 40, true},
		{wide, "\xff\xff\xff\xff\xff\xff\xff\xff", 0, false},
	} {
		if n, ok := c.framing.Follows([]byte(c.header)); n != c.want || ok != c.ok {
			t.Errorf("%+v, header %q: %d, %v", c.framing, c.header, n, ok)
		}
	}
}

func TestFramingWaitsForTheWholeHeader(t *testing.T) {
	framing := Framing{Header: 5, At: 1, Size: 4, Most: 10}
	var scratch []byte
	for cut := range 6 {
		v := NewView([][]byte{[]byte("abcde")[:cut]})
		header, missing := framing.Next(v, &scratch)
		if missing != 5-cut || (missing == 0) != (string(header) == "abcde") {
			t.Errorf("%d bytes: header %q, %d missing", cut, header, missing)
		}
		header, missing = framing.Next(NewView([][]byte{[]byte("abcdefg")[:cut], []byte("abcdefg")[cut:]}), &scratch)
		if missing != 0 || string(header) != "abcde" {
			t.Errorf("cut at %d: header %q, %d missing", cut, header, missing)
		}
	}
}
