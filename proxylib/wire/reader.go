package wire

// Reader reads the elements of a message from left to right, and never past its end. The first error is kept: after it,
// this and all further reads return 0 or no bytes, so that a parser checks [Reader.Err] or [Reader.OK] once, after the last
// element, or before it uses a number that bounds a loop.
//
// What Reader returns is part of the input and as long valid as that is; do not write to it. Numbers are big-endian unless
// the name ends in LE. The zero value is a reader of nothing. A Reader is a value: a copy reads on independently, which
// is how a parser looks ahead. It may not be used from several goroutines at once.
type Reader struct {
	input []byte
	// offset is that of the next element; the end of the input after a read that failed.
	offset int
	failed failure
	// invalid is the error if failed is failedInvalid.
	invalid *InvalidError
}

// failure is why a read fails. It is a number, as an error takes more to set: see BenchmarkReader.
type failure uint8

const (
	failedShort failure = iota + 1
	failedInvalid
)

// NewReader returns a reader of a message.
func NewReader(message []byte) Reader { return Reader{input: message} }

// Err returns the first error: nil, [ErrShort], or an [*InvalidError].
func (r *Reader) Err() error {
	switch r.failed {
	case failedShort:
		return ErrShort
	case failedInvalid:
		return r.invalid
	}
	return nil
}

// OK reports whether all reads have succeeded.
func (r *Reader) OK() bool { return r.failed == 0 }

// Short reports whether reading failed because the input ended too early. More bytes may help then; after any other error
// they do not.
func (r *Reader) Short() bool { return r.failed == failedShort }

// Fail ends reading at a value that cannot be. An earlier error stays.
func (r *Reader) Fail(cause error) {
	if r.OK() {
		r.failed, r.invalid = failedInvalid, &InvalidError{Offset: r.offset, Cause: cause}
	}
	r.offset = len(r.input)
}

// short ends reading where the input does.
func (r *Reader) short() {
	if r.offset = len(r.input); r.OK() {
		r.failed = failedShort
	}
}

// Len returns the number of bytes that have not been read; 0 after an error.
func (r *Reader) Len() int { return len(r.input) - r.offset }

// Offset returns the number of bytes that have been read. After an error it is the length of the input.
func (r *Reader) Offset() int { return r.offset }

// Rest reads all bytes that are left.
func (r *Reader) Rest() []byte {
	rest := r.input[r.offset:]
	r.offset = len(r.input)
	return rest
}

// Bytes reads n bytes.
func (r *Reader) Bytes(n int) []byte {
	if uint(n) > uint(r.Len()) {
		r.missing(n)
		return nil
	}
	from := r.offset
	r.offset = from + n
	return r.input[from : from+n : from+n]
}

// Skip moves past n bytes.
func (r *Reader) Skip(n int) {
	if uint(n) > uint(r.Len()) {
		r.missing(n)
		return
	}
	r.offset += n
}

// missing ends reading at an element of n bytes that is not there.
func (r *Reader) missing(n int) {
	if n < 0 {
		r.Fail(ErrLength)
		return
	}
	r.short()
}

// End makes it an error that bytes are left, for messages that are more than their elements in no version of a protocol.
func (r *Reader) End() {
	if r.Len() > 0 {
		r.Fail(ErrTrailing)
	}
}
