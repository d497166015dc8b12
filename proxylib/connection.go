package proxylib

import (
	"fmt"
	"runtime/debug"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/policy"
)

// InjectBufSize is the room, in bytes, of the buffer that holds injected bytes of one direction until the host has
// sent them.
const InjectBufSize = 1024

// Kinds of access-log entry.
const (
	EntryTypeRequest  = cilium.EntryType_Request
	EntryTypeResponse = cilium.EntryType_Response
	EntryTypeDenied   = cilium.EntryType_Denied
)

// EntryType is the kind of an access-log entry.
type EntryType = cilium.EntryType

// L7Entry is what a parser logs of a request or a reply; see [accesslog.Generic].
type L7Entry = accesslog.Generic

// LogConstant is a field of an [L7Entry] whose key and value are known beforehand.
type LogConstant = accesslog.Constant

// NewL7Entry returns an entry for a protocol, without fields.
func NewL7Entry(proto string) *L7Entry { return accesslog.NewGeneric(proto) }

// LogKey is the key of a field of an [L7Entry], for values that differ.
type LogKey = accesslog.Key

// NewLogKey makes a key ready for many entries.
func NewLogKey(key string) LogKey { return accesslog.NewKey(key) }

// NewLogConstant makes a field ready for many entries.
func NewLogConstant(key, value string) LogConstant { return accesslog.NewConstant(key, value) }

// NewLogConstants makes a field ready for many entries with each of its values, in their order: those of an enumeration.
func NewLogConstants[V ~string](key string, values ...V) []LogConstant {
	fields := make([]LogConstant, len(values))
	for i, value := range values {
		fields[i] = NewLogConstant(key, string(value))
	}
	return fields
}

// InjectBuf is the announced name of the type of inject buffers.
type InjectBuf = *[]byte

// Connection is what a parser knows of the connection it serves, and its way to policy, log and injection. It is used
// by one thread at a time.
type Connection struct {
	Instance *Instance
	// Id is the host's number of the connection.
	Id uint64
	// Ingress reports whether the policy that applies is that of the server's side.
	Ingress bool
	// Port is the destination port, for which the policy is looked up.
	Port uint16
	// SrcId and DstId are the security identities of client and server; 0 is unknown.
	SrcId, DstId uint32
	// ProxyID is the number of the listener, 0 where the host has none.
	ProxyID uint32
	// SrcAddr and DstAddr are "address:port", IPv6 addresses in brackets.
	SrcAddr, DstAddr string
	// PolicyName finds the policy: an IP address of the endpoint.
	PolicyName string
	// ServerName is the server name of the TLS handshake, if any.
	ServerName string
	// ParserName is the name under which the protocol is registered.
	ParserName string
	Parser     Parser
	// Reader is set for parsers of the Reader form.
	Reader *Reader
	// OrigBuf and ReplyBuf are the inject buffers of the two directions. Their memory is the host's. One that is nil is
	// made at the first use, with room for [InjectBufSize] bytes.
	OrigBuf, ReplyBuf InjectBuf

	snapshot *policy.Snapshot
	rules    *policy.PortRules
	// offsets are the bytes that have been passed or dropped, of the client and of the server.
	offsets [2]uint64
	// queuedBytes is the number of bytes that the connection is charged for, see [Connection.Hold].
	queuedBytes int32
	// closeLogged: the access log says that the connection is closed.
	closeLogged bool
	// isRemote: the parser has a framework of its own.
	isRemote bool
	flow     accesslog.Flow
	// login is nil until a user is known.
	login *login
	// rare is nil in connections that need nothing of it.
	rare *rare
	// shared are the values that the connection shares with others.
	shared leaver
	// exchanges is nil, and numbers are used, where no exchange is logged.
	exchanges *exchanges
	numbers   numbers
	// state is shared with the host.
	state hostlink.State
	// releaser is the parser, if it is one: to ask at each call costs more than the field.
	releaser Releaser
	// now is the time of the call in nanoseconds since 1970, 0 until an entry needs it: reading the clock costs more than
	// encoding the entry.
	now int64
}

// rare is what the connections of few parsers need.
type rare struct {
	// pending is the verdict that Matches has left for Log.
	pending Verdict
	// pausing is nil unless requests may pause.
	pausing *pausing
}

// pauses returns what the connection needs for pauses, nil if its requests do not pause.
func (c *Connection) pauses() *pausing {
	if c.rare == nil {
		return nil
	}
	return c.rare.pausing
}

// Inject appends data to the inject buffer of a direction and returns how many bytes went in; what does not fit is cut.
// Bytes for the direction that the parser was called for are sent by answering [INJECT]; bytes for the other one are
// sent by the host as soon as no PASS or DROP of that direction is half done.
func (c *Connection) Inject(reply bool, data []byte) int {
	buf := c.injectBuf(reply)
	n := min(len(data), cap(*buf)-len(*buf))
	*buf = append(*buf, data[:n]...)
	return n
}

// IsInjectBufFull reports whether no further byte can be injected into a direction.
func (c *Connection) IsInjectBufFull(reply bool) bool {
	buf := c.injectBuf(reply)
	return len(*buf) == cap(*buf)
}

// injectSlot returns where the inject buffer of a direction is noted; it may be nil.
func (c *Connection) injectSlot(reply bool) **[]byte {
	if reply {
		return &c.ReplyBuf
	}
	return &c.OrigBuf
}

// injectSpace returns the free memory of the inject buffer of the reply direction, as a slice without bytes.
func (c *Connection) injectSpace() []byte {
	buf := *c.injectBuf(true)
	return buf[len(buf):]
}

// injectWhole puts b, which may be in that memory, into the inject buffer of the reply direction. It reports false, and
// changes nothing, if not all of it fits.
func (c *Connection) injectWhole(b []byte) bool {
	if len(b) > cap(c.injectSpace()) {
		return false
	}
	c.Inject(true, b)
	return true
}

// injectBuf returns the inject buffer of a direction, which it makes at the first use.
func (c *Connection) injectBuf(reply bool) *[]byte {
	slot := c.injectSlot(reply)
	if *slot == nil {
		*slot = new([]byte)
	}
	if **slot == nil {
		**slot = make([]byte, 0, InjectBufSize)
	}
	return *slot
}

// injected returns how many bytes wait in the inject buffer of a direction.
func (c *Connection) injected(reply bool) int {
	if buf := *c.injectSlot(reply); buf != nil {
		return len(*buf)
	}
	return 0
}

// Fail notes why the parser is about to answer [ERROR]. The reason appears in the host's log of the connection. It
// must hold no bytes of the peer's.
func (c *Connection) Fail(reason string, code OpError) (OpType, int) {
	c.state.End().Failure = c.ParserName + ": " + reason
	return ERROR, int(code)
}

// panicked turns a panic of the parser into the access-log entry that the connection is closed. The operator gets a
// report once a period, with the place of the panic: clients may be able to cause any number of them.
func (c *Connection) panicked(reply bool, cause any) {
	text := fmt.Sprintf("Panic: %v", cause)
	c.state.End().Failure = c.ParserName + ": parser panicked"
	if !c.Instance.host.Observe {
		c.state.Denied++
	}
	c.writeClosed(reply, "parser panicked", text)
	c.Instance.panics.Raise(func(since, total uint64) {
		if c.Instance.host.Log == nil {
			return
		}
		c.Instance.host.Log.WithFields(logrus.Fields{
			"parser": c.ParserName, "connection": c.Id, "panics": since, "panics_total": total, "stack": string(debug.Stack()),
		}).Error("a parser panicked, and its connection is closed: " + text)
	})
}
