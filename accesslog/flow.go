package accesslog

import "google.golang.org/protobuf/encoding/protowire"

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
	// wire is the part of a cilium.LogEntry that all entries of the connection share.
	wire string
}

// NewFlow encodes what all entries of a connection have in common. Names and addresses are cut at 255 bytes.
func NewFlow(info FlowInfo) Flow {
	var room [256]byte
	b := room[:0]
	if info.Ingress {
		b = appendNumber(b, fieldIsIngress, 1)
	}
	b = appendName(b, tagPolicyName, info.PolicyName)
	b = appendNumber(b, fieldProxyID, info.ProxyID)
	b = appendNumber(b, fieldSourceID, info.SourceID)
	b = appendNumber(b, fieldDestinationID, info.DestinationID)
	b = appendName(b, tagSourceAddress, info.SourceAddress)
	b = appendName(b, tagDestinationAddress, info.DestinationAddress)
	return Flow{connection: info.Connection, wire: string(b)}
}

func appendNumber(b []byte, field protowire.Number, n uint32) []byte {
	if n == 0 {
		return b
	}
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(n))
}

func appendName(b []byte, tag byte, name string) []byte {
	if name == "" {
		return b
	}
	return appendString(b, tag, name, maxName)
}
