package host

import "github.com/proxylib/proxylib/proxylib"

// MaxOps is the number of operations that a host has space for in one call of [Connection.OnData].
const MaxOps = 16

// FilterOp is one operation that the host carries out, and the number of bytes that it is about. The layout, two 64-bit
// integers, is part of the C interface.
type FilterOp = struct {
	Op proxylib.OpType
	N  int64
}
