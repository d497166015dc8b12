package datapath

// input is what waits in one direction: the bytes held before, then the chunks of this call. It is a cursor that
// moves over them.
type input struct {
	held   []byte
	chunks [][]byte
	// next is the slice that the cursor is in, 0 being held, and offset its place there.
	next, offset int
	// left is the number of bytes from the cursor on.
	left int
}

func newInput(held []byte, chunks [][]byte) input {
	in := input{held: held, chunks: chunks, left: len(held)}
	for _, c := range chunks {
		in.left += len(c)
	}
	return in
}

func (in *input) slice(i int) []byte {
	if i == 0 {
		return in.held
	}
	return in.chunks[i-1]
}

// take moves the cursor by up to n bytes, inside one slice, and returns them.
func (in *input) take(n int) []byte {
	for in.offset == len(in.slice(in.next)) {
		in.next, in.offset = in.next+1, 0
	}
	p := in.slice(in.next)[in.offset:]
	p = p[:min(n, len(p))]
	in.offset += len(p)
	in.left -= len(p)
	return p
}

// list appends what is left, slice by slice, to l.
func (in *input) list(l [][]byte) [][]byte {
	offset := in.offset
	for i := in.next; i <= len(in.chunks); i++ {
		if p := in.slice(i)[offset:]; len(p) > 0 {
			l = append(l, p)
		}
		offset = 0
	}
	return l
}

// rest copies what is left into buf, whose memory may be that of the held bytes.
func (in *input) rest(buf []byte) []byte {
	buf = buf[:0]
	if in.next == 0 && in.offset == 0 && len(in.held) > 0 {
		buf = in.held
		in.left -= len(in.held)
		in.offset = len(in.held)
	}
	for in.left > 0 {
		buf = append(buf, in.take(in.left)...)
	}
	return buf
}

// output is what is forwarded. As long as that is exactly the first bytes of the input, it is only counted.
type output struct {
	to     *[]byte
	in     *input
	leave  bool
	passed int
}

func (o *output) pass(n int) {
	if o.leave {
		o.passed += n
	}
	for n > 0 {
		p := o.in.take(n)
		n -= len(p)
		if !o.leave {
			*o.to = append(*o.to, p...)
		}
	}
}

func (o *output) drop(n int) {
	if n > 0 {
		o.diverge()
	}
	for n > 0 {
		n -= len(o.in.take(n))
	}
}

func (o *output) insert(b []byte) {
	o.diverge()
	*o.to = append(*o.to, b...)
}

// diverge writes out what has only been counted so far.
func (o *output) diverge() {
	if !o.leave {
		return
	}
	o.leave = false
	for _, c := range o.in.chunks {
		n := min(o.passed, len(c))
		*o.to = append(*o.to, c[:n]...)
		o.passed -= n
	}
}
