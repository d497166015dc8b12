package accesslog

import (
	"encoding/binary"
	"strings"
)

// FlowInfo says between whom a connection runs; the fields are those of cilium.LogEntry.
type FlowInfo struct {
	// Connection is the host's number of the connection. Entries of one connection keep their order.
	Connection                        uint64
	Ingress                           bool
	PolicyName                        string
	ProxyID                           uint32
	SourceID, DestinationID           uint32
	SourceAddress, DestinationAddress string
	// ServerName is that of the TLS handshake; empty if there is none.
	ServerName string
	// Parser is the name of the parser.
	Parser string
}

// Flow is FlowInfo made ready for encoding. It is a value, immutable, and may be used from several threads at once.
type Flow struct {
	connection uint64
	// wire is the part of a cilium.LogEntry that all entries of the connection share.
	wire string
	user string
}

// WithUser returns the flow of a client that has logged in as a user; empty is not known.
func (f Flow) WithUser(name string) Flow {
	f.user = name
	return f
}

// User returns as whom the client has logged in; empty if that is not known. The flow may be nil.
func (f *Flow) User() string {
	if f == nil {
		return ""
	}
	return f.user
}

// Connection returns the host's number of the connection.
func (f *Flow) Connection() uint64 { return f.connection }

// NewFlow encodes what all entries of a connection have in common. Names and addresses are cut at 255 bytes.
func NewFlow(info FlowInfo) Flow { return info.Retain() }

// Retain is [NewFlow] for a caller that retains the names and addresses of i, which may alias memory of the host: it replaces
// them by copies. A copy shares the memory of the flow where the encoding holds the text as it is.
func (i *FlowInfo) Retain() Flow {
	var buffer [192]byte
	b := buffer[:0]
	if i.Ingress {
		b = appendNumber(b, fieldIsIngress, 1)
	}
	b = appendNumber(b, fieldProxyID, i.ProxyID)
	b = appendNumber(b, fieldSourceID, i.SourceID)
	b = appendNumber(b, fieldDestinationID, i.DestinationID)
	if i.Connection > 0 {
		b = binary.AppendUvarint(appendVarint(b, fieldConnection<<3), i.Connection)
	}
	if i.ServerName != "" {
		b = appendLongTag(b, tagServerName, i.ServerName)
	}
	if i.Parser != "" {
		b = appendLongTag(b, tagParser, i.Parser[:min(len(i.Parser), maxParser)])
	}
	b, policyPlain := appendName(b, tagPolicyName, i.PolicyName)
	policyEnd := len(b)
	b, sourcePlain := appendName(b, tagSourceAddress, i.SourceAddress)
	sourceEnd := len(b)
	b, destinationPlain := appendName(b, tagDestinationAddress, i.DestinationAddress)
	wire := string(b)
	retain(&i.PolicyName, wire[:policyEnd], policyPlain)
	retain(&i.SourceAddress, wire[:sourceEnd], sourcePlain)
	retain(&i.DestinationAddress, wire, destinationPlain)
	return Flow{connection: i.Connection, wire: wire}
}

// appendName appends a name, and reports whether b ends with it as it is: it is neither escaped nor cut.
func appendName(b []byte, tag byte, name string) (_ []byte, plain bool) {
	switch {
	case name == "":
		return b, true
	case len(name) < 0x80 && isPlain([]byte(name)):
		return append(append(b, tag, byte(len(name))), name...), true
	}
	return appendString(b, tag, name, maxName), false
}

// retain replaces a name by its copy at the end of wire, or by a new copy where wire has it escaped or cut.
func retain(name *string, wire string, plain bool) {
	if plain {
		*name = wire[len(wire)-len(*name):]
	} else {
		*name = strings.Clone(*name)
	}
}

func appendNumber(b []byte, field, n uint32) []byte {
	if n == 0 {
		return b
	}
	return appendVarint(appendVarint(b, field<<3), n)
}

func appendVarint(b []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
