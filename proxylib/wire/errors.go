package wire

import (
	"errors"
	"fmt"
)

// ErrShort is the error of a [Reader] whose input ends before the element that was read: the message goes on in bytes that
// are not there yet, or, if the message is there as a whole, its parts do not fit into it.
var ErrShort = errors.New("message ends within an element")

// InvalidError is the error of a [Reader] that found a value that cannot be, whatever bytes follow.
type InvalidError struct {
	// Offset is where reading ended: the offset in the input of the first byte after the value.
	Offset int
	// Cause says what is wrong.
	Cause error
}

func (e *InvalidError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Cause) }

// Unwrap returns the cause.
func (e *InvalidError) Unwrap() error { return e.Cause }

// The causes of an [InvalidError] that a [Reader] finds itself. A parser adds its own with [Reader.Fail].
var (
	// ErrLength: a length is negative, or above 2^31-1.
	ErrLength = errors.New("length is negative or larger than 2147483647")
	// ErrVarint: a varint has more bytes than it may have, or a value above 2^64-1.
	ErrVarint = errors.New("varint has too many bytes")
	// ErrTrailing: there are bytes after the last element; see [Reader.End].
	ErrTrailing = errors.New("bytes after the last element")
)

// The errors of [Framing], [VarintFraming] and [Lines]. A stream in which one occurs has lost its place: the parser closes
// the connection.
var (
	// ErrMessageTooLong: a message is longer than Max allows.
	ErrMessageTooLong = errors.New("message too long")
	// ErrMessageTooShort: the length in a header does not cover the bytes that it counts in.
	ErrMessageTooShort = errors.New("length of a message is smaller than that of its header")
	// ErrTrailer: a message does not end in its trailer.
	ErrTrailer = errors.New("message does not end in its trailer")
	// ErrLineTooLong: a line is longer than Max allows.
	ErrLineTooLong = errors.New("line too long")
	// ErrLineEnd: a line ends in LF alone where it has to end in CR LF.
	ErrLineEnd = errors.New("line ends in LF without CR")
)
