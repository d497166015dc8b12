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

// Append appends the entry as a serialized cilium.LogEntry.
func (e *Entry) Append(b []byte) []byte {
	b = appendNumber(b, fieldTimestamp, uint64(e.Time))
	b = appendNumber(b, fieldEntryType, uint64(e.Type))
	b = appendText(b, fieldRuleRef, e.Rule)
	b = append(b, e.Flow.encoded...)
	if e.L7 != nil {
		b = e.L7.AppendL7(b)
	}
	return b
}
