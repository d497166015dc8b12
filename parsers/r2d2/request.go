package r2d2

import (
	"bytes"
	"errors"
)

// MaxLine is the length, in bytes, of the longest request and reply line, line end included.
const MaxLine = 4096

// errLine is a line that the server may read in another way than the parser: it leaves no safe way to go on.
var errLine = errors.New("malformed line: want printable characters ended by CR LF")

// request is one request. The slices are parts of the line it was decoded from.
type request struct {
	cmd  []byte
	file []byte
}

// commands holds the commands; the value says whether a file name follows.
var commands = map[string]bool{"READ": true, "WRITE": true, "HALT": false, "RESET": false}

// decode reads a request line, CR LF included. known reports whether it is one of the four requests with just the
// arguments that belong to it; if not, cmd holds the first word. The error says that it is not a line of the protocol.
func decode(line []byte) (r request, known bool, err error) {
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || bytes.ContainsFunc(text, control) {
		return request{}, false, errLine
	}
	var space bool
	r.cmd, r.file, space = bytes.Cut(text, []byte(" "))
	wantsFile, known := commands[string(r.cmd)]
	known = known && space == wantsFile && (!space || len(r.file) > 0 && bytes.IndexByte(r.file, ' ') < 0)
	return r, known, nil
}

// control reports whether a character is a control character. Bytes above ASCII are not.
func control(c rune) bool { return c < ' ' || c == 0x7f }
