package parsertest

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// witness stands between the connection and its parser, and writes down what goes on.
type witness struct {
	parser proxylib.Parser
	ops    []string
	closes int
	// misconduct is what somebody did wrong; empty if nobody did.
	misconduct string
}

// maxOps is the number of operations that are written down, more than a readable test lists.
const maxOps = 256

func (w *witness) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	for _, chunk := range data {
		if len(chunk) == 0 {
			w.misconduct = "the host handed an empty slice to the parser"
		}
	}
	op, n := w.parser.OnData(reply, endStream, data)
	if op != proxylib.NOP && len(w.ops) < maxOps {
		w.ops = append(w.ops, fmt.Sprintf("%s %s %d", side(reply), op, n))
	}
	return op, n
}

func (w *witness) Close() {
	w.closes++
	if c, ok := w.parser.(interface{ Close() }); ok {
		c.Close()
	}
}

func side(reply bool) string {
	if reply {
		return "server"
	}
	return "client"
}
