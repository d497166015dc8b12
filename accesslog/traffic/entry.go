package traffic

import (
	"strconv"
	"time"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
)

// Entry is an entry of an access log, as JSON lines have it, and where it comes from.
type Entry struct {
	jsonline.Line
	// Node is the name of the library's node; empty where it is not known.
	Node string `json:"node,omitempty"`
}

// The verdicts of entries.
const (
	// Allowed is that of a request that passed.
	Allowed = "allowed"
	// Denied is that of a request that did not.
	Denied = "denied"
	// Audited is that of a request that policy denies, and that passed because of audit mode.
	Audited = "audited"
	// Closed is that of a connection that could not go on.
	Closed = "closed"
	// Reply is for the entry of a reply, which has no verdict of its own.
	Reply = "reply"
)

// Verdicts lists all of them.
func Verdicts() []string { return []string{Allowed, Denied, Audited, Closed, Reply} }

// Verdict returns what was decided.
func (e *Entry) Verdict() string {
	switch e.Type {
	case "denied":
		return Denied
	case "closed":
		return Closed
	case "response":
		return Reply
	}
	if e.Fields["audit"] == "denied" {
		return Audited
	}
	return Allowed
}

// ParserName returns the name of the parser, or where the entry does not have it that of the protocol.
func (e *Entry) ParserName() string {
	if e.Parser != "" {
		return e.Parser
	}
	return e.Proto
}

// Measured returns the time from the verdict on the request to the end of its reply. It reports false for an entry that does not
// have it.
func (e *Entry) Measured() (time.Duration, bool) {
	if e.Exchange == nil || e.Status != "ok" && e.Status != "error" && e.Status != "replied" {
		return 0, false
	}
	return time.Duration(min(e.Latency, maxLatency)), true
}

// maxLatency is the longest time that a time.Duration holds, in nanoseconds.
const maxLatency = 1<<63 - 1

// At returns the time of the entry; zero where it has none that can be read.
func (e *Entry) At() time.Time {
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil {
		return time.Time{}
	}
	return at
}

// lostField is the field in which an entry on a socket says how many were lost before it.
const lostField = "lost"

// Of returns the entry of a message from a node.
func Of(message *cilium.LogEntry, node string) *Entry {
	e := &Entry{Line: *jsonline.Of(message), Node: node}
	if lost, err := strconv.ParseUint(e.Fields[lostField], 10, 64); err == nil {
		e.Lost = lost
		delete(e.Fields, lostField)
	}
	return e
}
