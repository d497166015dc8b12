package proxylib

import (
	"fmt"
	"math"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
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

// Connection is what a parser knows of the connection it serves, and its way to policy, log and injection. It is used
// by one thread at a time.
type Connection struct {
	Instance *Instance
	// Id is the host's number of the connection.
	Id uint64
	// Ingress tells whether the policy that applies is that of the server's side.
	Ingress bool
	// SrcId and DstId are the security identities of client and server; 0 is unknown.
	SrcId, DstId uint32
	// SrcAddr and DstAddr are "address:port", IPv6 addresses in brackets.
	SrcAddr, DstAddr string
	// PolicyName finds the policy: an IP address of the endpoint.
	PolicyName string
	// Port is the destination port, for which the policy is looked up.
	Port uint16
	// ProxyID is the number of the listener, 0 where the host has none.
	ProxyID uint32
	// ServerName is the server name of the TLS handshake, if any.
	ServerName string
	// ParserName is the name under which the protocol is registered.
	ParserName string
	Parser     Parser
	// Reader is set for parsers of the Reader form.
	Reader *Reader
	// OrigBuf and ReplyBuf are the inject buffers of the two directions. Their memory is the host's. One that is nil is
	// made at the first use, with room for [InjectBufSize] bytes.
	OrigBuf, ReplyBuf *[]byte

	// releaser is the parser, if it is one.
	releaser Releaser
	snapshot *policy.Snapshot
	rules    *policy.PortRules
	// heldDenials is the number of bytes that the connection is charged for denials that wait.
	heldDenials int
	// offsets are the bytes that have been passed or dropped, of the client and of the server.
	offsets [2]uint64
	// closeLogged: the access log says that the connection is closed.
	closeLogged bool
	// pending is the verdict that Matches has left for Log.
	pending Verdict
	flow    accesslog.Flow
	failure string
	counts  Counts
	closing closing
	// canWait: the host can hold requests. waiting: it does.
	canWait, waiting bool
	// heldLimit is how many bytes of one direction the host holds; 0 is not known.
	heldLimit int
	// now is the time of the call in nanoseconds since 1970, 0 until an entry needs it: reading the clock costs more than
	// encoding the entry.
	now int64
}

// ConnectionInfo says what a host knows of a new connection. The fields mean what they mean in [Connection].
type ConnectionInfo struct {
	Id                           uint64
	Ingress                      bool
	SrcId, DstId                 uint32
	SrcAddr, DstAddr, PolicyName string
	// Port is the port that the policy is looked up for; 0 takes that of DstAddr.
	Port              uint16
	ProxyID           uint32
	ServerName        string
	OrigBuf, ReplyBuf *[]byte
	// New makes the parser, see [Protocol.Configured]; nil is that of the instance, or else the registered one.
	New func(*Connection) Parser
	// Protocol, if not nil, takes the place of the registered one.
	Protocol *Protocol
}

// NewConnection makes the connection and its parser. Strings are copied, so they may be the host's memory. The error is a
// [FilterResult]: FILTER_UNKNOWN_PARSER for a parser that is not registered, FILTER_INVALID_ADDRESS for a destination
// without a valid port, FILTER_POLICY_DROP when the factory declines, FILTER_PARSER_ERROR when it panics. When as many
// connections are open as the instance allows, it wraps FILTER_POLICY_DROP.
func NewConnection(instance *Instance, parser string, info ConnectionInfo) (*Connection, error) {
	protocol := info.Protocol
	if protocol == nil {
		protocol = protocols[parser]
	}
	if protocol == nil {
		return nil, FILTER_UNKNOWN_PARSER
	}
	port := info.Port
	if port == 0 {
		if port = portOf(info.DstAddr); port == 0 {
			return nil, FILTER_INVALID_ADDRESS
		}
	}
	flow := accesslog.FlowInfo{
		Connection: info.Id, Ingress: info.Ingress, PolicyName: info.PolicyName, ProxyID: info.ProxyID,
		SourceID: info.SrcId, DestinationID: info.DstId, SourceAddress: info.SrcAddr, DestinationAddress: info.DstAddr,
		ServerName: info.ServerName,
	}
	c := &Connection{
		Instance: instance, Id: info.Id, Ingress: info.Ingress, SrcId: info.SrcId, DstId: info.DstId, Port: port,
		ProxyID: info.ProxyID, ServerName: strings.Clone(info.ServerName), ParserName: protocol.Name,
		OrigBuf: info.OrigBuf, ReplyBuf: info.ReplyBuf, flow: flow.Keep(),
	}
	c.PolicyName, c.SrcAddr, c.DstAddr = flow.PolicyName, flow.SourceAddress, flow.DestinationAddress
	if !instance.Connections.Take(1) {
		return nil, errTooMany
	}
	if err := c.create(info.newParser(instance, protocol)); err != nil {
		instance.Connections.Give(1)
		return nil, err
	}
	return c, nil
}

func (i *ConnectionInfo) newParser(instance *Instance, protocol *Protocol) func(*Connection) Parser {
	if i.New != nil {
		return i.New
	}
	if configured := instance.Parsers[protocol.Name]; configured != nil {
		return configured
	}
	return protocol.New
}

var errTooMany = fmt.Errorf("as many connections are open as may be: %w", FILTER_POLICY_DROP)

// portOf returns the port of "address:port", with an IPv6 address in brackets, or 0 if it is not that.
func portOf(address string) uint16 {
	if port := portOfIPv4(address); port != 0 {
		return port
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0
	}
	return parsed.Port()
}

// portOfIPv4 is [portOf], in fewer steps, for what most addresses are: four numbers and a port, without leading zeros. It
// answers 0 for any other.
func portOfIPv4(address string) uint16 {
	const separators = "...:"
	numbers, digits, n := 0, 0, uint32(0)
	for i := range len(address) {
		c := address[i]
		switch {
		case c-'0' <= 9:
			if digits > 0 && n == 0 {
				return 0
			}
			digits++
			if n = 10*n + uint32(c-'0'); n > math.MaxUint16 {
				return 0
			}
		case digits == 0 || n > math.MaxUint8 || numbers == len(separators) || c != separators[numbers]:
			return 0
		default:
			numbers, digits, n = numbers+1, 0, 0
		}
	}
	if numbers < len(separators) {
		return 0
	}
	return uint16(n)
}

func (c *Connection) create(newParser func(*Connection) Parser) (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.panicked(false, r)
			err = FILTER_PARSER_ERROR
		}
	}()
	c.Parser = newParser(c)
	if c.Parser == nil {
		return FILTER_POLICY_DROP
	}
	c.releaser, _ = c.Parser.(Releaser)
	return nil
}

// Close lets the parser go. The connection must not be used afterwards.
func (c *Connection) Close() {
	c.now = 0
	c.Instance.Connections.Give(1)
	c.Unhold(c.heldDenials)
	defer func() {
		if r := recover(); r != nil {
			c.panicked(false, r)
		}
	}()
	if p, ok := c.Parser.(Closer); ok {
		c.Parser, c.releaser = nil, nil
		p.Close()
	}
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

// IsInjectBufFull tells whether not one byte more can be injected into a direction.
func (c *Connection) IsInjectBufFull(reply bool) bool {
	buf := c.injectBuf(reply)
	return len(*buf) == cap(*buf)
}

func (c *Connection) injectBuf(reply bool) *[]byte {
	buf := &c.OrigBuf
	if reply {
		buf = &c.ReplyBuf
	}
	if *buf == nil {
		*buf = new([]byte)
	}
	if **buf == nil {
		**buf = make([]byte, 0, InjectBufSize)
	}
	return *buf
}

// injected returns what waits in the inject buffer of a direction.
func (c *Connection) injected(reply bool) int {
	buf := c.OrigBuf
	if reply {
		buf = c.ReplyBuf
	}
	if buf == nil {
		return 0
	}
	return len(*buf)
}

// Failure says why the connection has to be closed, in a few words for an operator; empty while it is well.
func (c *Connection) Failure() string { return c.failure }

// Fail notes why the parser is about to answer [ERROR]. The reason appears in the host's log of the connection. It
// must hold no bytes of the peer's.
func (c *Connection) Fail(reason string, code OpError) (OpType, int) {
	c.failure = c.ParserName + ": " + reason
	return ERROR, int(code)
}

// panicked turns a panic of the parser into the access-log entry that the connection is closed. The operator is told once a period, with the place
// of the panic that it happens at: clients may be able to cause as many as they like.
func (c *Connection) panicked(reply bool, cause any) {
	text := fmt.Sprintf("Panic: %v", cause)
	c.failure = c.ParserName + ": parser panicked"
	c.counts.Denied++
	c.writeClosed(reply, "parser panicked", text)
	c.Instance.panics.Raise(func(since, total uint64) {
		if c.Instance.Log == nil {
			return
		}
		c.Instance.Log.WithFields(logrus.Fields{
			"parser": c.ParserName, "connection": c.Id, "panics": since, "panics_total": total, "stack": string(debug.Stack()),
		}).Error("a parser panicked, and its connection is closed: " + text)
	})
}
