package accesslog

import (
	"bytes"
	"testing"
)

func TestPlainTextIsToldFromTextToEscapeWhereverItStands(t *testing.T) {
	for length := range 26 {
		for _, behind := range []string{"", "\x00\xff\n\x7f\x00\xff\n\x7f\x00"} {
			buf := append(bytes.Repeat([]byte("x"), length), behind...)
			if s := buf[:length]; !isPlain(s) {
				t.Fatalf("%q, before %q, is not plain", s, behind)
			}
			for at := range length {
				for c := range 256 {
					buf[at] = byte(c)
					if s := buf[:length]; isPlain(s) != (c >= ' ' && c < 0x7f) {
						t.Fatalf("%q, before %q: plain is %v", s, behind, isPlain(s))
					}
				}
				buf[at] = 'x'
			}
		}
	}
}
