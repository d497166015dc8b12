// Package datapath applies the operations of a parser to the byte streams of a connection, for the hosts that are ours.
//
// The engine knows no host. A host hands it the bytes that arrived in one direction and carries out the [Plan] that it
// gets back.
package datapath

import "github.com/proxylib/proxylib/proxylib"

// DefaultHeldBytes is the bound on held bytes, one direction, unless [Limits] says otherwise.
const DefaultHeldBytes = 1 << 20

// Limits bounds what the engine keeps.
type Limits struct {
	// HeldBytes is the largest number of bytes of one direction that wait for a verdict. When a parser asks for more, the
	// connection is closed. 0 means DefaultHeldBytes.
	HeldBytes int
}

// Engine is the state of one connection: in each direction the bytes that wait for a verdict, how many more the parser
// wants, and a PASS or DROP that reaches past the input. It is used by one thread at a time.
type Engine struct {
	conn *proxylib.Connection
}

// Plan is what the host does with the input of one call. The host owns it and may use it again: Data starts by
// emptying it, keeping the room of Out and Reverse.
type Plan struct {
	// Leave: the input goes on just as it is. Otherwise Out takes its place.
	Leave bool
	Out   []byte
	// Reverse is to be sent in the other direction, now, before anything else in that direction.
	Reverse []byte
	// Pass and Drop, of which at most one is not 0, count bytes of this direction yet to come on which the verdict has been
	// given. The host may apply them without calling Data as long as the bytes that came are fewer than the count, and
	// then tells the next call by Skipped.
	Pass, Drop uint64
	// Close: after Out and Reverse have been sent, the connection is to be closed. Reason says why.
	Close  bool
	Reason string
}

// New returns the engine of a connection.
func New(conn *proxylib.Connection, limits Limits) *Engine { return &Engine{conn: conn} }

// Skipped notes that the host has applied a standing Pass or Drop to n bytes by itself.
func (e *Engine) Skipped(reply bool, n uint64) {}

// Data judges bytes that arrived in one direction and fills in the plan. chunks are not kept, but the list may be
// changed. After a plan with Close set, every further plan is empty and has Close set.
func (e *Engine) Data(reply, endStream bool, chunks [][]byte, plan *Plan) {}

// Close lets the parser go.
func (e *Engine) Close() {}
