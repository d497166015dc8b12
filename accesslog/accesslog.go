// Package accesslog turns what parsers report into the entries of the access log.
//
// It encodes an entry in the wire form of cilium.LogEntry, append-style and without allocation, and holds it in a
// bounded [Queue] until a writer takes it out. Sockets, files and the goroutine that drains the queue are in the
// package sink, so that this one builds for GOOS=wasip1.
package accesslog

import "github.com/proxylib/proxylib/api/cilium"

// Logger takes access-log entries. Log encodes or drops the entry before it returns: it never waits, keeps nothing of
// the entry, and may be called from several threads at once.
type Logger interface {
	Log(Entry)
}

// Entry is one line of the access log.
type Entry struct {
	// Time is in nanoseconds since 1970.
	Time int64
	Type cilium.EntryType
	// Rule is the name of the policy rule that decided, if it has one.
	Rule string
	// Flow says whose request or reply it is.
	Flow *Flow
	// L7 holds the fields that the parser extracted; may be nil.
	L7 L7
}

// FlowInfo says between whom a connection runs; the fields are those of cilium.LogEntry.
type FlowInfo struct {
	// Connection is the host's number of the connection. Entries of one connection keep their order.
	Connection                        uint64
	Ingress                           bool
	PolicyName                        string
	ProxyID                           uint32
	SourceID, DestinationID           uint32
	SourceAddress, DestinationAddress string
}

// Flow is FlowInfo made ready for encoding. It is a value, immutable, and may be used from several threads at once.
type Flow struct {
	connection uint64
}

// NewFlow encodes what all entries of a connection have in common.
func NewFlow(info FlowInfo) Flow { return Flow{connection: info.Connection} }

// L7Of returns the L7 form of what a parser hands to Connection.Log.
func L7Of(l7 any) L7 { e, _ := l7.(L7); return e }
