package monitor

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// maxLine is the length, in bytes, of the longest line that is read; a longer one is skipped.
const maxLine = 64 << 10

// lineOf is a line: an entry, or what a policy server says between entries: that all from now on are new, or that some are missing.
type lineOf struct {
	traffic.Entry
	Present bool `json:"present"`
	// Missed is how many entries the server has left out before the next, as they were not read fast enough.
	Missed uint64 `json:"missed"`
}

// lines takes entries out of JSON lines that come in any pieces. What is not an entry is skipped.
type lines struct {
	into *Inlet
	// begun is a line without its end yet, skipping says that it is too long.
	begun    []byte
	skipping bool
	// missed is how many entries were missed before the next.
	missed uint64
}

// write takes a piece, and returns false if the reader has gone.
func (l *lines) write(piece []byte) bool {
	for {
		end := bytes.IndexByte(piece, '\n')
		if end < 0 {
			l.add(piece)
			return true
		}
		l.add(piece[:end])
		if !l.end() {
			return false
		}
		piece = piece[end+1:]
	}
}

func (l *lines) add(piece []byte) {
	if l.skipping = l.skipping || len(l.begun)+len(piece) > maxLine; !l.skipping {
		l.begun = append(l.begun, piece...)
	}
}

// end takes the line that has begun as a whole.
func (l *lines) end() bool {
	line, whole := l.begun, !l.skipping
	l.begun, l.skipping = l.begun[:0], false
	if !whole {
		return true
	}
	e := new(lineOf)
	if e.read(line) && (e.Type != "" || e.Present || e.Missed > 0) {
		return l.put(e)
	}
	for _, text := range inMessage(line) {
		if e := new(lineOf); e.read(text) && !l.put(e) {
			return false
		}
	}
	return true
}

// put hands over what a line says.
func (l *lines) put(e *lineOf) bool {
	if e.Present {
		l.into.Present()
	}
	if l.missed += e.Missed; e.Type == "" {
		return true
	}
	e.Lost += l.missed
	l.missed = 0
	return l.into.Put(&e.Entry)
}

// copyLines reads JSON lines until their end, which a last line may lack.
func copyLines(ctx context.Context, from io.Reader, into *Inlet) error {
	l := lines{into: into}
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if !l.write(piece[:n]) || ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, io.EOF) {
			l.end()
			return nil
		}
		if err != nil {
			return err
		}
	}
}
