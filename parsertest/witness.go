package parsertest

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// witness stands between the connection and its parser, and writes down what goes on.
type witness struct {
	parser proxylib.Parser
	conn   *host.Connection
	ops    []string
	closes int
	// accounts are those of the original and the reply direction.
	accounts [2]account
	// log is the access log, and asked counts what the policy has been asked about; nil where that is not known.
	log   *Log
	asked *int
	// pending: the policy has been asked, and no entry has come of it yet. unlogged says what went on in spite of that.
	pending  bool
	unlogged string
	// excess says by how much the parser has asked for more bytes than the host may hold; empty if it has not.
	excess string
	// prompt is a request by which the parser makes the server speak, from the last call.
	prompt []byte
	// speechless: it could not be, the last time.
	speechless bool
	// stack is where the parser panicked.
	stack string
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
	before := w.injected()
	asked, entries := w.questions(), w.entries()
	op, n := w.call(reply, endStream, data)
	w.heldBy(op, n, data)
	if !reply {
		w.loggedBy(op, w.questions() > asked, w.entries() > entries)
	}
	after := w.injected()
	for i := range w.accounts {
		w.accounts[i].injected += after[i] - before[i]
	}
	w.accounts[index(reply)].judged(op, n)
	nothing := op == proxylib.NOP || op == proxylib.MORE && len(data) == 0
	if !nothing && len(w.ops) < maxOps {
		w.ops = append(w.ops, fmt.Sprintf("%s %s %d", side(reply), op, n))
	}
	return op, n
}

// call calls the parser, and notes where it panics, if it does.
func (w *witness) call(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	defer func() {
		if cause := recover(); cause != nil {
			w.stack = placeOfPanic(string(debug.Stack()))
			panic(cause)
		}
	}()
	return w.parser.OnData(reply, endStream, data)
}

// maxFrames is the number of calls of a stack that are shown.
const maxFrames = 4

// placeOfPanic is where a stack says that a panic began: the first calls below it.
func placeOfPanic(stack string) string {
	lines := strings.Split(stack, "\n")
	for i, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "panic(") {
			return strings.Join(lines[min(i+2, len(lines)):min(i+2+2*maxFrames, len(lines))], "\n")
		}
	}
	return stack
}

// heldBy notes an operation that asks for more bytes than may be held.
func (w *witness) heldBy(op proxylib.OpType, n int, data [][]byte) {
	if limit := w.conn.HeldLimit(); op == proxylib.MORE && limit > 0 && size(data)+n > limit {
		w.excess = fmt.Sprintf("%d bytes beyond the %d it has, and the host holds %d: see Connection.HeldLimit", n, size(data), limit)
	}
}

func (w *witness) questions() int {
	if w.asked == nil {
		return 0
	}
	return *w.asked
}

// entries is the number of entries so far.
func (w *witness) entries() int { return len(w.log.Lines) + len(w.log.closed) }

// loggedBy notes an operation on what the policy has been asked about without an entry.
func (w *witness) loggedBy(op proxylib.OpType, asked, logged bool) {
	w.pending = (w.pending || asked) && !logged
	if w.pending && w.unlogged == "" && (op == proxylib.PASS || op == proxylib.DROP) {
		w.unlogged = "the policy was asked about a request, and " + op.String() + " came without an entry in the access log"
	}
}

// injected returns how many bytes wait in the two inject buffers.
func (w *witness) injected() (n [2]int) {
	for i, buf := range [2]*[]byte{w.conn.OrigBuf, w.conn.ReplyBuf} {
		if buf != nil {
			n[i] = len(*buf)
		}
	}
	return n
}

// settle notes what still waits in the inject buffers at the end.
func (w *witness) settle() {
	for i, n := range w.injected() {
		w.accounts[i].waiting = n
	}
	w.accounts[1].injected += w.conn.LastWordsSent()
}

// HeldBytes is that of the parser, if it has one.
func (w *witness) HeldBytes() int {
	if h, ok := w.parser.(proxylib.Holder); ok {
		return h.HeldBytes()
	}
	return 0
}

func (w *witness) Release() {
	if r, ok := w.parser.(proxylib.Releaser); ok {
		r.Release()
	}
}

func (w *witness) Owes() bool {
	p, ok := w.parser.(interface{ Owes() bool })
	return ok && p.Owes()
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
