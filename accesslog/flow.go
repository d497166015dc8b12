package accesslog

import "google.golang.org/protobuf/encoding/protowire"

// Field numbers of cilium.LogEntry.
const (
	fieldTimestamp          = 1
	fieldEntryType          = 3
	fieldPolicyName         = 4
	fieldRuleRef            = 5
	fieldSourceID           = 6
	fieldSourceAddress      = 7
	fieldDestinationAddress = 8
	fieldIsIngress          = 15
	fieldDestinationID      = 16
	fieldProxyID            = 17
	fieldGenericL7          = 102
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
}

// Flow is FlowInfo made ready for encoding. It is a value, immutable, and may be used from several threads at once.
type Flow struct {
	connection uint64
	encoded    []byte
}

// NewFlow encodes what all entries of a connection have in common.
func NewFlow(info FlowInfo) Flow {
	b := make([]byte, 0, 24+len(info.PolicyName)+len(info.SourceAddress)+len(info.DestinationAddress))
	b = appendNumber(b, fieldSourceID, uint64(info.SourceID))
	b = appendNumber(b, fieldDestinationID, uint64(info.DestinationID))
	b = appendNumber(b, fieldProxyID, uint64(info.ProxyID))
	b = appendText(b, fieldPolicyName, info.PolicyName)
	b = appendText(b, fieldSourceAddress, info.SourceAddress)
	b = appendText(b, fieldDestinationAddress, info.DestinationAddress)
	if info.Ingress {
		b = appendNumber(b, fieldIsIngress, 1)
	}
	return Flow{connection: info.Connection, encoded: b}
}

func appendNumber(b []byte, field protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendText(b []byte, field protowire.Number, v string) []byte {
	if v == "" {
		return b
	}
	return appendSafe(protowire.AppendTag(b, field, protowire.BytesType), v)
}
