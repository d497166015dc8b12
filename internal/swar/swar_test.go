package swar

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// interesting are the bytes at which something changes.
var interesting = []byte{0, 1, 0x1f, ' ', '!', '"', '#', '\\', 'a', 0x7e, 0x7f, 0x80, 0x81, 0xa0, 0xfe, 0xff}

func words(t *testing.T, check func(text []byte)) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, Size)
	for range 200_000 {
		for i := range text {
			text[i] = interesting[r.IntN(len(interesting))]
		}
		check(text)
	}
	// Words of one kind, with one byte that is not.
	for _, usual := range []byte{' ', 'a', '~'} {
		for _, odd := range interesting {
			for place := range Size {
				text = bytes.Repeat([]byte{usual}, Size)
				text[place] = odd
				check(text)
			}
		}
	}
}

func first(text []byte, is func(byte) bool) int {
	for i, c := range text {
		if is(c) {
			return i
		}
	}
	return Size
}

func TestTheFirstEqualByteIsFound(t *testing.T) {
	words(t, func(text []byte) {
		for _, c := range []byte{' ', '"', '\\', 0, 0xff} {
			if got, want := First(Equal(Word(text), c)), first(text, func(b byte) bool { return b == c }); got != want {
				t.Fatalf("%x in %x: got %d, want %d", c, text, got, want)
			}
		}
	})
}

func TestPrintableIsSaidOfPrintableWordsAlone(t *testing.T) {
	words(t, func(text []byte) {
		want := first(text, func(b byte) bool { return b < ' ' || b > '~' }) == Size
		if got := Printable(Word(text)); got != want {
			t.Fatalf("%x: got %v", text, got)
		}
	})
}

func TestPlainJSONIsSaidOfWordsWithoutEscapesAlone(t *testing.T) {
	words(t, func(text []byte) {
		want := first(text, func(b byte) bool { return b < ' ' || b >= 0x80 || b == '"' || b == '\\' }) == Size
		if got := PlainJSON(Word(text)); got != want {
			t.Fatalf("%x: got %v", text, got)
		}
	})
}
