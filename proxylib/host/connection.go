package host

import (
	"fmt"

	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/proxylib"
)

// Connection is a connection as the host sees it. What the parser sees is the Connection inside. It is used by one thread
// at a time.
type Connection struct {
	proxylib.Connection
	state *hostlink.State
}

// ConnectionInfo says what a host knows of a new connection. The fields mean what they mean in [proxylib.Connection].
type ConnectionInfo struct {
	Id                           uint64
	Ingress                      bool
	SrcId, DstId                 uint32
	SrcAddr, DstAddr, PolicyName string
	// Port is the port that the policy is looked up for; 0 takes that of DstAddr.
	Port       uint16
	ProxyID    uint32
	ServerName string
	// OrigBuf and ReplyBuf are the inject buffers, whose memory stays the host's. One that is nil is made at the first use.
	OrigBuf, ReplyBuf *[]byte
	// New makes the parser, see [Configured]; nil is that of the instance, or else that of the protocol.
	New func(*proxylib.Connection) proxylib.Parser
	// Wake has the host call datapath.Engine.Resume of the connection on its thread, soon. It is called from any goroutine, also
	// while OnData runs, and after the connection has been closed. nil: the host cannot have requests pause, and connections of
	// protocols whose requests do are refused; see [proxylib.Protocol.CheckPauses].
	Wake func()
	// Protocol, if not nil, takes the place of the registered one, so that tests need no global state.
	Protocol *proxylib.Protocol
}

// Counts counts the requests of a connection that have been logged.
type Counts struct {
	// Passed are those that were allowed; of them Audited passed only because of audit mode. Denied were not.
	Passed, Audited, Denied uint64
}

// Configured returns what makes the parsers of a registered protocol by a configuration, a JSON object; see
// [proxylib.Protocol.Configured]. The error names the field, and what to write instead.
func Configured(parser string, config []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	p := proxylib.Registered(parser)
	if p == nil {
		return nil, fmt.Errorf("unknown parser %q", parser)
	}
	return p.Configured(config)
}

// NewConnection makes a connection and its parser. Strings are copied, so they may be the host's memory. The error is a
// [proxylib.FilterResult]: UNKNOWN_PARSER for a parser that is not registered, INVALID_ADDRESS for a destination without a
// valid port, POLICY_DROP when the factory declines, PARSER_ERROR when it panics. When the connection limit of the
// instance is reached, when the instance is read-only and the protocol cannot be, and when requests may pause and the host
// cannot have them do so, the error wraps POLICY_DROP.
func NewConnection(instance *Instance, parser string, info ConnectionInfo) (*Connection, error) {
	c := &Connection{Connection: proxylib.Connection{
		Instance: (*proxylib.Instance)(instance), Id: info.Id, Ingress: info.Ingress, SrcId: info.SrcId, DstId: info.DstId,
		SrcAddr: info.SrcAddr, DstAddr: info.DstAddr, PolicyName: info.PolicyName, Port: info.Port, ProxyID: info.ProxyID,
		ServerName: info.ServerName, OrigBuf: info.OrigBuf, ReplyBuf: info.ReplyBuf,
	}}
	protocol := info.Protocol
	if protocol == nil {
		protocol = proxylib.Registered(parser)
	}
	if protocol == nil {
		return nil, proxylib.UNKNOWN_PARSER
	}
	if protocol.Pauses {
		if info.Wake == nil {
			return nil, protocol.CheckPauses()
		}
		setWake(&c.Connection, info.Wake)
	}
	var err error
	if c.state, err = open(&c.Connection, protocol, info.New); err != nil {
		return nil, err
	}
	return c, nil
}

// HostInstance returns the instance that the connection was made with.
func (c *Connection) HostInstance() *Instance { return (*Instance)(c.Connection.Instance) }

// OnData lets the parser judge the bytes of one direction and appends its operations to ops, up to its capacity;
// operations never grow it. data lists all bytes that wait in this direction, without empty slices; the list is shortened
// in place as operations use up its bytes.
//
// The call ends with MORE, NOP, ERROR, when requests that waited may go on, when a PASS or DROP reaches past the input, when
// ops is full, or when the direction's own inject buffer is. MORE with no bytes left to add to is NOP. The host then
// carries out the operations in order. An ERROR, and any result but [proxylib.OK], requires it to close the connection;
// [Connection.Failure] says why, and the access log has an entry of it.
func (c *Connection) OnData(
	reply, endStream bool, data [][]byte, ops []FilterOp,
) ([]FilterOp, proxylib.FilterResult) {
	return onData(&c.Connection, reply, endStream, data, ops)
}

// Close releases the parser. The connection must not be used afterwards.
func (c *Connection) Close() { closes(&c.Connection) }

// LogClosed writes the access-log entry that says that the connection has to be closed, with the reason and the place of
// the first byte that was neither passed nor dropped in the direction of the bytes at fault. The operator's log has the
// first such line of each period, since clients may cause any number of them. A connection has one entry: further calls do
// nothing. The framework calls it when a parser fails, a host for what it finds itself. The reason contains no bytes of a
// peer's.
func (c *Connection) LogClosed(reply bool, reason string) { logClosed(&c.Connection, reply, reason) }

// GiveUp notes that a connection which is observed is not read any further, and why: in the operator's log, which has the first
// such line of each period.
func (c *Connection) GiveUp(reply bool, reason string) { giveUp(&c.Connection, reply, reason) }

// Failure says why the connection has to be closed, in a few words for an operator; empty while it need not be.
func (c *Connection) Failure() string { return c.state.Failure() }

// Closing reports whether the connection is about to be closed because of an error, after replies that are owed.
func (c *Connection) Closing() bool { return c.state.Closing() }

// ClosingReason says why the connection is about to be closed; empty while it is not.
func (c *Connection) ClosingReason() string {
	if !c.state.Closing() {
		return ""
	}
	return c.state.Ending.Reason
}

// ClosedLogged reports whether the access log has the entry that says that the connection is closed.
func (c *Connection) ClosedLogged() bool { return closeLogged(&c.Connection) }

// LastWordsSent returns how many bytes of last words the framework has injected towards the client; see
// [proxylib.Connection.Refuse].
func (c *Connection) LastWordsSent() int { return c.state.LastWordsSent() }

// Waiting reports whether requests wait: for a reply, see [proxylib.Connection.Wait], or until somebody resumes them.
func (c *Connection) Waiting() bool { return c.state.Waiting || c.state.Paused }

// Paused reports whether requests wait until somebody resumes them; see [proxylib.Connection.Pause].
func (c *Connection) Paused() bool { return c.state.Paused }

// PauseNumber returns the number of the pause that lasts, for [Connection.Expire]; 0 is none.
func (c *Connection) PauseNumber() uint64 { return pauseNumber(&c.Connection) }

// Expire has the request denied whose pause has the number, if it still lasts, and wakes the host. It may be called from any
// goroutine, also after the end of the connection.
func (c *Connection) Expire(number uint64) { resume(&c.Connection, number, proxylib.Verdict{}, true) }

// Resume is [proxylib.Ticket.Resume] of the pause with the number, for hosts that play those whom a parser asks.
func (c *Connection) Resume(number uint64, v proxylib.Verdict) {
	resume(&c.Connection, number, v, false)
}

// Unpause ends a pause that somebody has resumed, and reports whether there was one: then the parser is to be called for the
// request direction.
func (c *Connection) Unpause() bool { return unpause(&c.Connection) }

// Measure has the latencies of requests whose replies end appended to a list, until it is called with nil: the times from the
// verdict to the end of the reply, in nanoseconds. They are known where the instance logs exchanges.
func (c *Connection) Measure(latencies *[]uint64) { c.state.Latencies = latencies }

// Counts returns how many requests have been logged so far.
func (c *Connection) Counts() Counts {
	return Counts{Passed: c.state.Passed, Audited: c.state.Audited, Denied: c.state.Denied}
}
