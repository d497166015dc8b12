package memcache

import (
	"bytes"
	"testing"
)

func TestAWordEndsAtTheFirstSpaceOrWhereTheTextDoes(t *testing.T) {
	for length := range 40 {
		for _, c := range []byte{0, '!', 0x1f, 0x21, 0x7f, 0x80, 0xa0, 0xff} {
			text := bytes.Repeat([]byte{c}, length)
			if n := wordLen(text); n != length {
				t.Fatalf("%q: %d", text, n)
			}
			for space := length - 1; space >= 0; space-- {
				text[space] = ' '
				if n := wordLen(text); n != space {
					t.Fatalf("%q: %d", text, n)
				}
			}
		}
	}
}
