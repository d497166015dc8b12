package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
)

// flushAt is how many bytes are collected before they are written without waiting for Flush.
const flushAt = 64 << 10

// jsonLines writes one JSON object a line; see [jsonline.Line].
type jsonLines struct {
	counter
	name  string
	to    io.Writer
	close func() error
	buf   bytes.Buffer
	enc   *json.Encoder
	wire  jsonline.Encoder
	// lines is the number of lines in buf; losses are the counts of lost entries in them.
	lines  uint64
	losses []loss
	// partial: the last line in the stream lacks its end.
	partial bool
}

func newJSONLines(name string, to io.Writer, close func() error) *jsonLines {
	j := &jsonLines{name: name, to: to, close: close}
	j.enc = json.NewEncoder(&j.buf)
	j.enc.SetEscapeHTML(false)
	return j
}

// newStream takes standard output and standard error through a second descriptor: on the first two, Go ends the process
// when their reader has gone.
func newStream(to io.Writer) (*jsonLines, error) {
	nothing := func() error { return nil }
	file, _ := to.(*os.File)
	if file == nil || file != os.Stdout && file != os.Stderr {
		return newJSONLines("stream", to, nothing), nil
	}
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return nil, fmt.Errorf("access log: %s cannot be used: %w", file.Name(), err)
	}
	syscall.CloseOnExec(fd)
	own := os.NewFile(uintptr(fd), file.Name())
	return newJSONLines("stream", own, own.Close), nil
}

// Name implements [Sink].
func (j *jsonLines) Name() string { return j.name }

// Write implements [Sink].
func (j *jsonLines) Write(entry []byte, lost uint64) {
	j.Discard(lost, errQueueFull)
	if !j.writeWire(entry) {
		if err := j.writeMessage(entry); err != nil {
			j.Discard(1, err)
			return
		}
	}
	if j.unreported > 0 {
		j.losses = append(j.losses, loss{j.lines, j.unreported})
	}
	j.unreported = 0
	j.lines++
	if j.buf.Len() >= flushAt {
		j.Flush()
	}
}

// writeWire writes the line of an entry of the usual kind, without allocating, and reports whether it is one.
func (j *jsonLines) writeWire(entry []byte) bool {
	if !j.wire.Decode(entry) {
		return false
	}
	j.buf.Grow(8 * len(entry))
	line, ok := j.wire.Append(j.buf.AvailableBuffer(), j.unreported)
	if ok {
		j.buf.Write(line)
	}
	return ok
}

// writeMessage writes the line of any entry.
func (j *jsonLines) writeMessage(entry []byte) error {
	var e cilium.LogEntry
	if err := proto.Unmarshal(entry, &e); err != nil {
		return err
	}
	line := jsonline.Of(&e)
	line.Lost = j.unreported
	return j.enc.Encode(line)
}

// Flush implements [Sink]. Lines that cannot be written whole, say as the disk is full, are lost.
func (j *jsonLines) Flush() {
	if j.buf.Len() == 0 {
		return
	}
	if w, ok := j.to.(interface{ SetWriteDeadline(time.Time) error }); ok {
		// Only a pipe has deadlines; a regular file says that it has none, and does not block.
		_ = w.SetWriteDeadline(time.Now().Add(writeWithin))
	}
	n, err := j.writeOut()
	lines := j.buf.Bytes()
	written := uint64(bytes.Count(lines[:n], newline))
	j.partial = n > 0 && lines[n-1] != '\n' || n == 0 && j.partial
	if n > 0 && n < len(lines) && lines[n] == '\n' {
		// A line that lacks its end alone gets it before the next one.
		written++
	}
	j.deliver(written)
	j.Discard(j.lines-written, err)
	for _, l := range j.losses {
		if l.line >= written {
			j.unreported += l.lost
		}
	}
	j.buf.Reset()
	j.lines, j.losses = 0, j.losses[:0]
}

// loss is a count of lost entries in a line of the buffer, which may be lost itself.
type loss struct{ line, lost uint64 }

var newline = []byte("\n")

// writeOut writes the buffer and returns how much of it was written. A partial line is ended before.
func (j *jsonLines) writeOut() (int, error) {
	if j.partial {
		if _, err := j.to.Write(newline); err != nil {
			return 0, err
		}
		j.partial = false
	}
	n, err := j.to.Write(j.buf.Bytes())
	if err == nil && n < j.buf.Len() {
		err = io.ErrShortWrite
	}
	return n, err
}

// Close implements [Sink].
func (j *jsonLines) Close() error {
	j.Flush()
	if err := j.close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("access log: %w", err)
	}
	return nil
}
