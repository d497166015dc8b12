package proxylib

import "strconv"

// OpType is what a parser returns. The numbers are part of the C interface.
type OpType int64

const (
	// MORE asks for at least N bytes beyond those now buffered. Nothing happens until they have come.
	MORE OpType = iota
	// PASS forwards N bytes, including bytes not yet received.
	PASS
	// DROP discards N bytes, including bytes not yet received.
	DROP
	// INJECT sends N bytes that the parser has put into the inject buffer of the direction it was called for.
	INJECT
	// ERROR ends the connection; N is an [OpError].
	ERROR

	// NOP ends the call: the parser has nothing to do. It never reaches the host.
	NOP OpType = 256
)

func (op OpType) String() string {
	switch op {
	case MORE:
		return "MORE"
	case PASS:
		return "PASS"
	case DROP:
		return "DROP"
	case INJECT:
		return "INJECT"
	case ERROR:
		return "ERROR"
	case NOP:
		return "NOP"
	}
	return "OpType(" + strconv.FormatInt(int64(op), 10) + ")"
}

// OpError is the N of an [ERROR] operation. The numbers are part of the C interface.
type OpError int64

const (
	// ERROR_INVALID_OP_LENGTH is for a parser that returned an invalid length.
	ERROR_INVALID_OP_LENGTH OpError = iota + 1
	// ERROR_INVALID_FRAME_TYPE is for a malformed message, or one of an unknown or forbidden type.
	ERROR_INVALID_FRAME_TYPE
	// ERROR_INVALID_FRAME_LENGTH is for a message that is too long, or too short for its contents.
	ERROR_INVALID_FRAME_LENGTH
)

// String returns the name of the constant.
func (e OpError) String() string {
	switch e {
	case ERROR_INVALID_OP_LENGTH:
		return "ERROR_INVALID_OP_LENGTH"
	case ERROR_INVALID_FRAME_TYPE:
		return "ERROR_INVALID_FRAME_TYPE"
	case ERROR_INVALID_FRAME_LENGTH:
		return "ERROR_INVALID_FRAME_LENGTH"
	}
	return "OpError(" + strconv.FormatInt(int64(e), 10) + ")"
}

// Error returns what the error means, in words.
func (e OpError) Error() string {
	switch e {
	case ERROR_INVALID_OP_LENGTH:
		return "invalid operation length"
	case ERROR_INVALID_FRAME_TYPE:
		return "invalid frame type"
	case ERROR_INVALID_FRAME_LENGTH:
		return "invalid frame length"
	}
	return "parser error " + strconv.FormatInt(int64(e), 10)
}
