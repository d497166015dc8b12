package redis

import (
	"bytes"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

func TestShortHeadersAreReadAsAllOthersAre(t *testing.T) {
	short := 0
	const letters = "\r\n0195-+a"
	line := []byte("$....99")
	var fill func(at int)
	fill = func(at int) {
		if at < 5 {
			for _, c := range letters {
				line[at] = byte(c)
				fill(at + 1)
			}
			return
		}
		view := proxylib.NewView([][]byte{line})
		n, length := shortHeader(line, 0, typeBulk)
		if length == 0 {
			return
		}
		short++
		if slow, header, missing, err := readHeader(view, 0, typeBulk); slow != n || header != length || missing != 0 || err != nil {
			t.Errorf("%q of a request: %d, %d and %d, %d, %d, %v", line, n, length, slow, header, missing, err)
		}
		if slow, header, missing, ok := readSize(view, 0); slow != n || header != length || missing != 0 || !ok {
			t.Errorf("%q of a reply: %d, %d and %d, %d, %d, %v", line, n, length, slow, header, missing, ok)
		}
	}
	fill(1)
	// One digit, with anything in the place of a second line's beginning, and two digits.
	if want := 4*len(letters) + 3*4; short != want {
		t.Errorf("%d headers are short, want %d", short, want)
	}
}

func TestShortHeadersAreWholeAndHaveTheLetter(t *testing.T) {
	for _, line := range []string{"", "$", "$3\r\n", "$12\r", "*3\r\n..", "$123\r\n", "$3\r\r\n.", "$ 3\r\n"} {
		if n, length := shortHeader([]byte(line), 0, typeBulk); length != 0 {
			t.Errorf("%q: %d, %d", line, n, length)
		}
	}
	line := []byte("..$42\r\n")
	if n, length := shortHeader(line, 2, typeBulk); n != 42 || length != len(line)-2 {
		t.Errorf("%d, %d", n, length)
	}
	if n, length := shortHeader(bytes.Repeat([]byte("$"), 3), 3, typeBulk); length != 0 {
		t.Errorf("at the end: %d, %d", n, length)
	}
}
