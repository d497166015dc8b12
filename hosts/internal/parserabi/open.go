package parserabi

import (
	"encoding/binary"
	"errors"
)

// Connection is what a parser knows of a new connection.
type Connection struct {
	ID uint64
	// Flags are the bits below. Kinds are the kinds of entries that the access log wants.
	Flags, Kinds           uint32
	SourceID               uint32
	DestinationID          uint32
	ProxyID                uint32
	Port                   uint32
	Source, Destination    string
	PolicyName, ServerName string
}

// Bits of the flags of a connection.
const (
	Ingress = 1 << iota
	// HasLog: there is an access log.
	HasLog
	// Observe: everything passes, see host.InstanceConfig.
	Observe
	ReadOnly
	Audit
)

const connectionHeader = 32

// ErrConnection says that what is given is not a connection.
var ErrConnection = errors.New("this is not an encoded connection")

// Append appends the connection: numbers of 64 and of 32 bits, in the order of the fields, and texts, each with its length of 32 bits.
func (c *Connection) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, c.ID)
	for _, n := range []uint32{c.Flags, c.Kinds, c.SourceID, c.DestinationID, c.ProxyID, c.Port} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for _, text := range []string{c.Source, c.Destination, c.PolicyName, c.ServerName} {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
	}
	return b
}

// Decode is the reverse of Append. The texts are copies.
func (c *Connection) Decode(b []byte) error {
	if len(b) < connectionHeader {
		return ErrConnection
	}
	c.ID = binary.LittleEndian.Uint64(b)
	for i, n := range []*uint32{&c.Flags, &c.Kinds, &c.SourceID, &c.DestinationID, &c.ProxyID, &c.Port} {
		*n = binary.LittleEndian.Uint32(b[8+4*i:])
	}
	b = b[connectionHeader:]
	for _, text := range []*string{&c.Source, &c.Destination, &c.PolicyName, &c.ServerName} {
		if len(b) < 4 {
			return ErrConnection
		}
		n := binary.LittleEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return ErrConnection
		}
		*text, b = string(b[:n]), b[n:]
	}
	return nil
}
