package r2d2

import "testing"

func TestDecodeTellsRequestsFromOtherLines(t *testing.T) {
	for _, c := range []struct {
		line, cmd, file string
		known, fails    bool
	}{
		{line: "READ a\r\n", cmd: "READ", file: "a", known: true},
		{line: "WRITE dir/a.txt\r\n", cmd: "WRITE", file: "dir/a.txt", known: true},
		{line: "HALT\r\n", cmd: "HALT", known: true},
		{line: "RESET\r\n", cmd: "RESET", known: true},
		{line: "READ \xc3\xa9\r\n", cmd: "READ", file: "\xc3\xa9", known: true},
		{line: "READ\r\n", cmd: "READ"},
		{line: "READ \r\n", cmd: "READ"},
		{line: "READ a b\r\n", cmd: "READ", file: "a b"},
		{line: "READ  a\r\n", cmd: "READ", file: " a"},
		{line: " READ a\r\n", file: "READ a"},
		{line: "HALT now\r\n", cmd: "HALT", file: "now"},
		{line: "HALT \r\n", cmd: "HALT"},
		{line: "read a\r\n", cmd: "read", file: "a"},
		{line: "\r\n"},
		{line: "READ a\n", fails: true},
		{line: "READ a\rHALT\r\n", fails: true},
		{line: "READ\ta\r\n", fails: true},
		{line: "READ a\x00\r\n", fails: true},
		{line: "READ a\x7f\r\n", fails: true},
		{line: "\n", fails: true},
	} {
		var r request
		known, err := r.decode([]byte(c.line))
		if string(r.cmd) != c.cmd || string(r.file) != c.file || known != c.known || (err != nil) != c.fails {
			t.Errorf("decode(%q) = cmd %q, file %q, known %v, error %v", c.line, r.cmd, r.file, known, err)
		}
	}
}
