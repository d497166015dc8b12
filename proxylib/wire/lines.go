package wire

import (
	"math"

	"github.com/proxylib/proxylib/proxylib"
)

// Lines cuts a direction's input into lines, which end in LF. It remembers how far it has looked, so that a line that comes
// byte by byte costs no more than one that comes at once: a parser keeps one for each direction. It may not be used by
// several goroutines at once.
type Lines struct {
	// Max is the maximum length of a line in bytes, with its end. It may be changed before each call of Next. While it is
	// 0, every line is too long.
	Max int
	// CRLF: lines have to end in CR LF, and LF alone is an error. Else what stands before LF is part of the line; see
	// [CutLineEnd].
	CRLF bool
	// scanned is the number of bytes at the front in which there is no LF.
	scanned int32
}

// Next returns the length of the line at the front of v, with its end. If it is not complete, n is 0, and need is how many
// bytes are needed at least, for the operation [proxylib.MORE]; the next call must be for the same bytes with more after
// them.
//
// The error is [ErrLineTooLong], with the length of the line if its end has come, or [ErrLineEnd]. A line is too long as
// soon as Max bytes are there without its end.
func (l *Lines) Next(v proxylib.View) (n, need int, err error) {
	end := v.IndexByte('\n', min(int(l.scanned), v.Len()))
	if end < 0 {
		if v.Len() >= l.Max {
			l.scanned = 0
			return 0, 0, ErrLineTooLong
		}
		l.scanned = int32(min(v.Len(), math.MaxInt32))
		return 0, 1, nil
	}
	l.scanned = 0
	switch {
	case end >= l.Max:
		return end + 1, 0, ErrLineTooLong
	case l.CRLF && (end == 0 || v.At(end-1) != '\r'):
		return end + 1, 0, ErrLineEnd
	}
	return end + 1, 0, nil
}

// Idle reports whether no line has begun of which the end has not been found yet: then a parser need not keep l.
func (l *Lines) Idle() bool { return l.scanned == 0 }

// Take returns [proxylib.PASS] and the length of the line at the front of v, or, while there is none, what the parser has to
// return: [proxylib.MORE], or [proxylib.ERROR] with the reason given to c. It is for parsers that close the connection at
// any line that [Lines.Next] has an error for.
func (l *Lines) Take(c *proxylib.Connection, v proxylib.View) (proxylib.OpType, int) {
	n, need, err := l.Next(v)
	switch {
	case err == ErrLineTooLong:
		return c.Fail(err.Error(), proxylib.ERROR_INVALID_FRAME_LENGTH)
	case err != nil:
		return c.Fail(err.Error(), proxylib.ERROR_INVALID_FRAME_TYPE)
	case need > 0:
		return proxylib.MORE, need
	}
	return proxylib.PASS, n
}

// CutLineEnd returns a line without its LF, and without a CR before that; crlf reports whether there was one. The line must
// be one that [Lines.Next] found.
func CutLineEnd(line []byte) (text []byte, crlf bool) {
	text = line[:len(line)-1]
	if n := len(text) - 1; n >= 0 && text[n] == '\r' {
		return text[:n], true
	}
	return text, false
}
