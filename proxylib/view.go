package proxylib

import "bytes"

// View looks at bytes that are scattered over several slices as if they were one. It is a value, copies no input and
// allocates nothing; it is valid as long as the slices are. Offsets count from the first byte; an offset outside the
// view panics, as with a slice.
type View struct {
	chunks [][]byte
	length int
}

// NewView returns a view of the bytes of all chunks in order.
func NewView(chunks [][]byte) View {
	n := 0
	for _, c := range chunks {
		n += len(c)
	}
	return View{chunks: chunks, length: n}
}

// Len returns the number of bytes.
func (v View) Len() int { return v.length }

// Front returns the bytes of the first chunk, for a parser that reads short messages faster where one chunk holds them; empty if
// there is none. Do not write to them.
func (v View) Front() []byte {
	if len(v.chunks) == 0 {
		return nil
	}
	return v.chunks[0]
}

// locate returns the chunk that holds offset i, and the offset inside it. At the end of the view, the chunk number is
// that after the last one.
func (v View) locate(i int) (chunk, offset int) {
	if i < 0 || i > v.length {
		panic("proxylib: offset outside of the view")
	}
	for chunk < len(v.chunks) && i >= len(v.chunks[chunk]) {
		i -= len(v.chunks[chunk])
		chunk++
	}
	return chunk, i
}

// Missing returns how many bytes are missing until the view has n: the length of the [MORE] of a parser that waits for a
// header or a message of a known length.
func (v View) Missing(n int) int { return max(0, n-v.length) }

// At returns the byte at offset i.
func (v View) At(i int) byte {
	if len(v.chunks) > 0 && i < len(v.chunks[0]) {
		return v.chunks[0][i]
	}
	c, o := v.locate(i)
	return v.chunks[c][o]
}

// IndexByte returns the offset of the first b at or after from, or -1.
func (v View) IndexByte(b byte, from int) int {
	if len(v.chunks) == 1 {
		i := bytes.IndexByte(v.chunks[0][from:], b)
		if i < 0 {
			return -1
		}
		return from + i
	}
	c, o := v.locate(from)
	base := from - o
	for ; c < len(v.chunks); c++ {
		if i := bytes.IndexByte(v.chunks[c][o:], b); i >= 0 {
			return base + o + i
		}
		base += len(v.chunks[c])
		o = 0
	}
	return -1
}

// Index returns the offset of the first occurrence of seq at or after from, or -1. An empty seq is found at from.
func (v View) Index(seq []byte, from int) int {
	if len(seq) == 0 {
		return from
	}
	for i := v.IndexByte(seq[0], from); i >= 0; i = v.IndexByte(seq[0], i+1) {
		if v.matchAt(seq, i) {
			return i
		}
	}
	return -1
}

func (v View) matchAt(seq []byte, from int) bool {
	if v.length-from < len(seq) {
		return false
	}
	c, o := v.locate(from)
	for len(seq) > 0 {
		n := min(len(seq), len(v.chunks[c])-o)
		if !bytes.Equal(v.chunks[c][o:o+n], seq[:n]) {
			return false
		}
		seq = seq[n:]
		c, o = c+1, 0
	}
	return true
}

// HasPrefix reports whether the bytes begin with prefix.
func (v View) HasPrefix(prefix []byte) bool { return v.matchAt(prefix, 0) }

// CopyAt copies bytes from offset from into p and returns how many there were to copy, at most len(p).
func (v View) CopyAt(p []byte, from int) int {
	c, o := v.locate(from)
	n := 0
	for ; c < len(v.chunks) && n < len(p); c++ {
		n += copy(p[n:], v.chunks[c][o:])
		o = 0
	}
	return n
}

// Bytes returns the bytes from offset from up to, not including, to as one slice: a part of the input where one chunk
// holds them all, else a copy in *scratch, which is used from its beginning and grown where it is too small. Do not
// write to the result.
func (v View) Bytes(from, to int, scratch *[]byte) []byte {
	if from > to || to > v.length {
		panic("proxylib: range outside of the view")
	}
	if from == to {
		return nil
	}
	if len(v.chunks) == 1 {
		return v.chunks[0][from:to:to]
	}
	c, o := v.locate(from)
	if o+to-from <= len(v.chunks[c]) {
		return v.chunks[c][o : o+to-from : o+to-from]
	}
	*scratch = v.Append((*scratch)[:0], from, to)
	return *scratch
}

// Peek returns the bytes from offset from, at most len(p), as one slice: a part of the input where one chunk is all of it, else
// a copy in p. It is for headers of a few bytes, which are read faster so than by [View.At]. Do not write to the result.
func (v View) Peek(p []byte, from int) []byte {
	if len(v.chunks) == 1 {
		return v.chunks[0][from:min(from+len(p), v.length)]
	}
	return p[:v.CopyAt(p, from)]
}

// Append appends the bytes from offset from up to, not including, to to b.
func (v View) Append(b []byte, from, to int) []byte {
	c, o := v.locate(from)
	for n := to - from; n > 0; c++ {
		part := v.chunks[c][o:]
		part = part[:min(n, len(part))]
		b = append(b, part...)
		n -= len(part)
		o = 0
	}
	return b
}
