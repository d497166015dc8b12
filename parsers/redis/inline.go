package redis

import (
	"bytes"
	"errors"

	"github.com/proxylib/proxylib/proxylib"
)

const (
	// MaxInline is the length, in bytes, of the longest request that is a line, line end included.
	MaxInline = 64 << 10
	// maxInlineWords is the largest number of its words.
	maxInlineWords = 16
)

var (
	errInlineLength = &protocolError{"too big inline request"}
	errInlineZero   = &protocolError{"inline request with a NUL byte"}
	errInline       = errors.New("inline request that servers may split in another way")
)

// nextInline reads a request that is a line of words. It is judged only if no server splits it in another way: it is of
// printable ASCII, without quotes and backslashes.
func (r *request) nextInline(v proxylib.View, n int) error {
	r.inline, r.at = true, n
	line := v.Bytes(0, n, &r.input)
	if bytes.IndexByte(line, 0) >= 0 {
		return errInlineZero
	}
	line = line[:n-1]
	if len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	words, plain := countWords(line)
	r.arguments = words
	if !plain || words > maxInlineWords {
		r.err = errInline
		return nil
	}
	for at := 0; r.read < words; {
		for line[at] == ' ' {
			at++
		}
		from := at
		for at < len(line) && line[at] != ' ' {
			at++
		}
		r.take(v, mark{from: from, to: at})
	}
	r.end()
	return nil
}

// countWords returns how many words a line has, and whether it is plain.
func countWords(line []byte) (words int, plain bool) {
	plain = true
	for i, c := range line {
		if c < ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' {
			plain = false
		}
		if c != ' ' && (i == 0 || line[i-1] == ' ') {
			words++
		}
	}
	return words, plain
}
