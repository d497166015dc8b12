package proxylib

import "io"

// ReaderParser is a parser that takes its input from a [Reader] instead of a list of slices. It returns what a [Parser]
// does, and may be a [Closer] and a [Releaser] as well.
type ReaderParser interface {
	OnData(reply bool, reader *Reader) (OpType, int)
}

// readerAdapter makes a [Parser] of a [ReaderParser].
type readerAdapter struct {
	parser ReaderParser
	reader *Reader
}

func (a *readerAdapter) OnData(reply, endStream bool, data [][]byte) (OpType, int) {
	a.reader.Reset(data, endStream)
	return a.parser.OnData(reply, a.reader)
}

func (a *readerAdapter) Release() {
	a.reader.Reset(nil, false)
	if r, ok := a.parser.(Releaser); ok {
		r.Release()
	}
}

func (a *readerAdapter) Close() {
	if c, ok := a.parser.(Closer); ok {
		c.Close()
	}
}

// Reader is a cursor over the bytes of one call of a [ReaderParser]. It starts at the first byte that no operation has
// disposed of. Reading moves the cursor of this call alone: what becomes of the bytes is said by the operation that
// the parser returns. The Reader and its bytes are valid only during the call.
type Reader struct {
	view      View
	pos       int
	endStream bool
}

// NewReader returns a reader at the beginning of data, which it does not copy.
func NewReader(data [][]byte, endStream bool) Reader {
	return Reader{view: NewView(data), endStream: endStream}
}

// Reset sets the reader to the beginning of data, which it does not copy.
func (r *Reader) Reset(data [][]byte, endStream bool) {
	*r = NewReader(data, endStream)
}

// Length returns the number of bytes from the cursor to the end.
func (r *Reader) Length() int { return r.view.Len() - r.pos }

// EndStream reports whether no bytes follow these.
func (r *Reader) EndStream() bool { return r.endStream }

// PeekFull fills p with the bytes at the cursor and leaves the cursor where it is. With too few bytes it copies what
// is there and returns [io.EOF].
func (r *Reader) PeekFull(p []byte) (int, error) {
	n := r.view.CopyAt(p, r.pos)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Read implements [io.Reader]: it copies what is there and moves the cursor after it.
func (r *Reader) Read(p []byte) (int, error) {
	n := r.view.CopyAt(p, r.pos)
	r.pos += n
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// AdvanceInput moves the cursor by n bytes, at most to the end.
func (r *Reader) AdvanceInput(n int) {
	if n > 0 {
		r.pos += min(n, r.Length())
	}
}
