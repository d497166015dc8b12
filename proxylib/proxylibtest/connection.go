package proxylibtest

import (
	"bytes"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Connection is a connection as a host has it. It belongs to one goroutine at a time.
type Connection struct{ *host.Connection }

// CheckOnDataOK is [Connection.CheckOnData] with the result [proxylib.OK].
func (c *Connection) CheckOnDataOK(
	tb TB, reply, endStream bool, data *[][]byte, expReplyBuf []byte, expOps ...any,
) {
	c.CheckOnData(tb, reply, endStream, data, proxylib.OK, expReplyBuf, expOps...)
}

// CheckOnData hands bytes of one direction to the parser and checks what it does: the result, the bytes that it injects
// towards the client, and its operations, which are given as pairs of a [proxylib.OpType] and an int. There is capacity for
// just these operations. The bytes that were injected are then taken out, as if a host had sent them.
func (c *Connection) CheckOnData(
	tb TB, reply, endStream bool, data *[][]byte, expResult proxylib.FilterResult, expReplyBuf []byte, expOps ...any,
) {
	if len(expOps)%2 != 0 {
		tb.Fatalf("want pairs of an operation and a length, got %v", expOps)
	}
	ops, result := c.OnData(reply, endStream, slices.Clone(*data), make([]host.FilterOp, 0, len(expOps)/2))
	if result != expResult {
		tb.Fatalf("the result is %v, want %v: %s", result, expResult, c.Failure())
	}
	if len(ops) != len(expOps)/2 {
		tb.Fatalf("operations are %v, want %v", ops, expOps)
	}
	for i, op := range ops {
		kind, isOp := expOps[2*i].(proxylib.OpType)
		n, isInt := expOps[2*i+1].(int)
		if !isOp || !isInt {
			tb.Fatalf("operation %d: want a proxylib.OpType and an int, got %T and %T", i, expOps[2*i], expOps[2*i+1])
		}
		if op.Op != kind || op.N != int64(n) {
			tb.Fatalf("operation %d is %v %d, want %v %d", i, op.Op, op.N, kind, n)
		}
	}
	if !bytes.Equal(*c.ReplyBuf, expReplyBuf) {
		tb.Fatalf("%q is injected towards the client, want %q", *c.ReplyBuf, expReplyBuf)
	}
	*c.ReplyBuf = (*c.ReplyBuf)[:0]
	if !reply {
		*c.OrigBuf = (*c.OrigBuf)[:0]
	}
}
