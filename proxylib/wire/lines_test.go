package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func TestLinesFindTheLineAtTheFront(t *testing.T) {
	for _, c := range []struct {
		input string
		crlf  bool
		n     int
		need  int
		err   error
	}{
		{"", false, 0, 1, nil},
		{"\n", false, 1, 0, nil},
		{"\r\n", false, 2, 0, nil},
		{"abc", false, 0, 1, nil},
		{"abc\nd\n", false, 4, 0, nil},
		{"abc\r\nd", false, 5, 0, nil},
		{"abcdefg", false, 0, 1, nil},
		{"abcdefg\n", false, 8, 0, nil},
		{"abcdefgh", false, 0, 0, wire.ErrLineTooLong},
		{"abcdefgh\n", false, 9, 0, wire.ErrLineTooLong},
		{"abcdefghi", false, 0, 0, wire.ErrLineTooLong},
		{"abcdef\r\n", true, 8, 0, nil},
		{"\r\n", true, 2, 0, nil},
		{"abc\n", true, 4, 0, wire.ErrLineEnd},
		{"\n", true, 1, 0, wire.ErrLineEnd},
		{"abc\r", true, 0, 1, nil},
		{"a\rb\r\n", true, 5, 0, nil},
	} {
		lines := wire.Lines{Max: 8, CRLF: c.crlf}
		if n, need, err := lines.Next(view(c.input)); n != c.n || need != c.need || err != c.err {
			t.Errorf("%q, CRLF %v: %d, %d needed, %v", c.input, c.crlf, n, need, err)
		}
	}
}

func TestALineIsFoundAtTheSamePlaceHoweverItComes(t *testing.T) {
	const text = "one\ntwo\n"
	for cut := range len(text) {
		for further := cut; further < len(text); further++ {
			lines := wire.Lines{Max: 8}
			pieces := [][]byte{[]byte(text[:cut]), []byte(text[cut:further]), []byte(text[further:])}
			if n, need, err := lines.Next(proxylib.NewView(pieces)); n != 4 || need != 0 || err != nil {
				t.Errorf("%q: %d, %d needed, %v", pieces, n, need, err)
			}
		}
	}
	lines := wire.Lines{Max: 8}
	for i := range 3 {
		if n, need, err := lines.Next(view(text[:i+1])); n != 0 || need != 1 || err != nil {
			t.Errorf("%q: %d, %d needed, %v", text[:i+1], n, need, err)
		}
	}
	for _, rest := range []string{text[:4], text[4:]} {
		if n, _, err := lines.Next(view(rest)); n != 4 || err != nil {
			t.Errorf("%q: %d, %v", rest, n, err)
		}
	}
}

func TestLinesWithoutAMaximumAllowNone(t *testing.T) {
	var lines wire.Lines
	for _, input := range []string{"", "\n", "a\n"} {
		if n, need, err := lines.Next(view(input)); need != 0 || err != wire.ErrLineTooLong {
			t.Errorf("%q: %d, %d needed, %v", input, n, need, err)
		}
	}
}

func TestLinesLookAtEachByteOnce(t *testing.T) {
	lines := wire.Lines{Max: 100}
	input := bytes.Repeat([]byte("x"), 50)
	lines.Next(proxylib.NewView([][]byte{input}))
	// A line feed among bytes that were looked at before is not seen: nobody looks at them again.
	input[10] = '\n'
	if n, need, err := lines.Next(proxylib.NewView([][]byte{input, []byte("y\n")})); n != 52 || need != 0 || err != nil {
		t.Errorf("%d, %d needed, %v", n, need, err)
	}
	// The next line is looked at from its beginning.
	if n, _, _ := lines.Next(view("z\n" + strings.Repeat("z", 60))); n != 2 {
		t.Errorf("%d", n)
	}
}

func TestLinesLookFromTheBeginningAfterAnError(t *testing.T) {
	lines := wire.Lines{Max: 8}
	lines.Next(view("abcdef"))
	if _, _, err := lines.Next(view("abcdefgh")); err != wire.ErrLineTooLong {
		t.Fatal(err)
	}
	if n, _, err := lines.Next(view("a\nbcdefg\n")); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestCutLineEndRemovesTheLineEndAlone(t *testing.T) {
	for _, c := range []struct {
		line, text string
		crlf       bool
	}{
		{"a\r\n", "a", true}, {"a\n", "a", false}, {"\r\n", "", true}, {"\n", "", false}, {"a\r\r\n", "a\r", true},
		{"a\r \n", "a\r ", false},
	} {
		if text, crlf := wire.CutLineEnd([]byte(c.line)); string(text) != c.text || crlf != c.crlf {
			t.Errorf("%q: %q, %v", c.line, text, crlf)
		}
	}
}

// FuzzLines feeds the input byte by byte, at once, and in two pieces: the same lines must come of it.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nbc\n\n\r\ndefghijk\n"), 8, true)
	f.Add([]byte("abcdefghijk"), 4, false)
	f.Fuzz(func(t *testing.T, input []byte, maximum int, crlf bool) {
		if len(input) > 200 {
			return
		}
		for len(input) > 0 {
			want, wantErr := referenceLine(input, maximum, crlf)
			slow := wire.Lines{Max: maximum, CRLF: crlf}
			n, need, err := 0, 0, error(nil)
			for have := range len(input) + 1 {
				n, need, err = slow.Next(view(string(input[:have])))
				if need == 0 {
					break
				}
				if need != 1 || n != 0 || err != nil {
					t.Fatalf("%q: %d, %d needed, %v", input[:have], n, need, err)
				}
			}
			if err != wantErr || wantErr == nil && n != want {
				t.Fatalf("%q byte by byte: %d, %v, want %d, %v", input, n, err, want, wantErr)
			}
			for cut := range len(input) {
				fast := wire.Lines{Max: maximum, CRLF: crlf}
				got, _, gotErr := fast.Next(proxylib.NewView([][]byte{input[:cut], input[cut:]}))
				if gotErr != wantErr || wantErr == nil && got != want {
					t.Fatalf("%q cut at %d: %d, %v, want %d, %v", input, cut, got, gotErr, want, wantErr)
				}
			}
			if want == 0 || wantErr != nil {
				return
			}
			input = input[want:]
		}
	})
}

func referenceLine(input []byte, maximum int, crlf bool) (int, error) {
	before, _, found := strings.Cut(string(input), "\n")
	switch {
	case found && len(before)+1 > maximum, !found && len(input) >= maximum:
		return 0, wire.ErrLineTooLong
	case found && crlf && !strings.HasSuffix(before, "\r"):
		return 0, wire.ErrLineEnd
	case found:
		return len(before) + 1, nil
	}
	return 0, nil
}

func BenchmarkLines(b *testing.B) {
	input := view("get some_key_of_usual_length\r\n")
	lines := wire.Lines{Max: 2048}
	b.ReportAllocs()
	for b.Loop() {
		if n, need, err := lines.Next(input); n != 30 || need > 0 || err != nil {
			b.Fatal(n, need, err)
		}
	}
}
