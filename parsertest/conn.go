package parsertest

import (
	"cmp"
	"fmt"

	"github.com/proxylib/proxylib/proxylib/host"
)

// Conn describes the connection of a transcript, for parsers that look at it and for policies that depend on it. What is
// empty of the texts is as in the usual connection; the numbers and Egress are taken as they are.
//
// The usual connection comes from [ClientID] at 127.0.0.2:20000 and goes to [ServerID] at [Endpoint] and [Port], on
// which the policy of the server's ingress holds.
type Conn struct {
	// SrcAddr and DstAddr are "address:port" of client and server, PolicyName the address that the policy is for.
	SrcAddr, DstAddr, PolicyName string
	// SrcID and DstID are the security identities of client and server; 0 is unknown.
	SrcID, DstID uint32
	// Egress: the policy of the client's side holds.
	Egress bool
	// ProxyID is the number of the listener.
	ProxyID uint32
	// ServerName is that of the TLS handshake.
	ServerName string
}

// info returns what a host says of the connection.
func (c *Conn) info() host.ConnectionInfo {
	if c == nil {
		c = &Conn{SrcID: ClientID, DstID: ServerID}
	}
	return host.ConnectionInfo{
		Id: 1, Ingress: !c.Egress, SrcId: c.SrcID, DstId: c.DstID, Port: Port, ProxyID: c.ProxyID, ServerName: c.ServerName,
		SrcAddr:    cmp.Or(c.SrcAddr, "127.0.0.2:20000"),
		DstAddr:    cmp.Or(c.DstAddr, fmt.Sprintf("%s:%d", Endpoint, Port)),
		PolicyName: cmp.Or(c.PolicyName, Endpoint),
	}
}
