package proxylib

// Parser understands one protocol on one connection.
//
// OnData is called with all bytes of a direction that no operation has yet disposed of, as a list of slices without
// empty ones; the list itself may be empty. The bytes belong to the host and live only for the call: copy what must
// outlive it, keep little, and bound it. endStream reports that no bytes follow these.
//
// OnData returns one operation and its length; see [OpType]. After PASS, DROP and INJECT the parser is called again
// for what remains, also when nothing remains, so that it may inject after the last byte. A length of zero, or an
// INJECT of more than the inject buffer holds, closes the connection.
//
// A Parser may also implement [Closer], [Releaser] and [Holder]. To be sure that it does, write
//
//	var _ proxylib.Releaser = (*parser)(nil)
type Parser interface {
	OnData(reply, endStream bool, data [][]byte) (OpType, int)
}

// Closer is a [Parser] that is called once when its connection has ended. It must not use the connection any more.
type Closer interface {
	Close()
}

// Releaser is a [Parser] that is called when the host's call ends, after one or several calls of OnData. There it
// releases memory that it needs only while it works, so that idle connections are small, and forgets the host's bytes.
type Releaser interface {
	Release()
}
