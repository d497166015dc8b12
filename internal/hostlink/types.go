package hostlink

import (
	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/policy"
)

// Instance is what the connections of one configuration share. The fields are explained at host.InstanceConfig, whose
// fields are the same. New is the function that makes a parser.
type Instance[New any] struct {
	ID                     uint64
	NodeID                 string
	Audit, ReadOnly        bool
	Observe                bool
	Policies               *policy.Store
	Parsers                map[string]New
	Identities             *policy.IdentityStore
	AccessLog              accesslog.Logger
	LogKinds               accesslog.Kinds
	Connections, HeldBytes *overload.Limit
	Log                    logrus.FieldLogger
	Release                func()
	Decider                Decider
}

// State is the part of a connection that the framework and the host share. It is used by the connection's thread.
type State struct {
	// Passed, Audited and Denied count requests; see host.Counts.
	Passed, Audited, Denied uint64
	// HeldLimit is how many bytes of one direction the host holds; 0 is not known.
	HeldLimit int
	// CanWait: the host can hold requests until a reply has come. Waiting: it does.
	CanWait, Waiting bool
	// Paused: the host holds requests until somebody resumes them.
	Paused bool
	// Flushes: the host sends what has been passed and injected before it closes the connection.
	Flushes bool
	// InTurns: the host can send to one side only while it handles bytes of the other.
	InTurns bool
	// CanStartTLS: the host can begin TLS with the client in the middle of a connection. StartTLS: it is to do so now.
	CanStartTLS, StartTLS bool
	// Latencies, if not nil, is where the framework appends the latencies of exchanges; see host.Connection.Measure.
	Latencies *[]uint64
	// Ending is nil until the connection is about to end.
	Ending *Ending
}

// Ending is how a connection ends. Few connections have one.
type Ending struct {
	// Failure says why the connection has to be closed; empty while it need not be.
	Failure string
	// Closing: the connection is closed after the replies that are owed, and after last words. LastWordsSent is how many bytes
	// of those the client got; see proxylib.Connection.Refuse.
	Closing       bool
	LastWordsSent int
	// Code and Reason are the error with which it is closed then. Now: what is owed does not come any more.
	Code   int
	Reason string
	Now    bool
	// Refused: the parser has refused the connection. LastWords are what the client has yet to get of what it says.
	Refused   bool
	LastWords []byte
}

// Failure says why the connection has to be closed; empty while it need not be.
func (s *State) Failure() string {
	if s.Ending == nil {
		return ""
	}
	return s.Ending.Failure
}

// Closing reports whether the connection is closed after the replies that are owed.
func (s *State) Closing() bool { return s.Ending != nil && s.Ending.Closing }

// LastWordsSent returns how many bytes of last words the client got.
func (s *State) LastWordsSent() int {
	if s.Ending == nil {
		return 0
	}
	return s.Ending.LastWordsSent
}

// End returns how the connection ends, to be filled in.
func (s *State) End() *Ending {
	if s.Ending == nil {
		s.Ending = new(Ending)
	}
	return s.Ending
}
