package r2d2

import (
	"bytes"
	"errors"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
)

// MaxLine is the length, in bytes, of the longest request and reply line, line end included.
const MaxLine = 4096

// errLine is a line that the server may read in another way than the parser: it leaves no safe way to go on.
var errLine = errors.New("malformed line: want printable characters ended by CR LF")

// request is one request.
type request struct{ cmd, file []byte }

// commands holds the commands: whether a file name follows, and what they do.
var commands = map[string]struct {
	file   bool
	access proxylib.Access
}{
	"READ": {true, proxylib.Read}, "WRITE": {true, proxylib.Write}, "HALT": {false, proxylib.Admin}, "RESET": {false, proxylib.Admin},
}

// decode reads a request line, CR LF included, of which the request keeps parts. known reports whether it is one of the
// four requests with just the arguments that belong to it; if not, cmd holds the first word. The error says that it is not
// a line of the protocol.
func (r *request) decode(line []byte) (known bool, err error) {
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || slices.ContainsFunc(text, control) {
		return false, errLine
	}
	var space bool
	r.cmd, r.file, space = bytes.Cut(text, []byte(" "))
	command, known := commands[string(r.cmd)]
	return known && space == command.file && (!space || len(r.file) > 0 && bytes.IndexByte(r.file, ' ') < 0), nil
}

// control reports whether a byte is a control character. Bytes above ASCII are not.
func control(c byte) bool { return c < ' ' || c == 0x7f }
