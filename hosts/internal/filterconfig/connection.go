package filterconfig

import (
	"errors"
	"net/netip"

	"github.com/proxylib/proxylib/proxylib/host"
)

// Facts are what Envoy knows of a connection.
type Facts struct {
	// ID is Envoy's number of the connection.
	ID uint64
	// Remote is the client, Local what it connected to; the zero value where that is not an IP address.
	Remote, Local netip.AddrPort
	// ServerName is that of the TLS handshake.
	ServerName string
	// Named is the identity that the client has by its name, which precedes that of its address; 0 if it has none.
	Named uint32
}

// Connection returns what the framework has to know of a connection. identity returns the identity of an address, 0 where
// it is unknown. The error says what the configuration has to name.
func (s *Settings) Connection(facts Facts, identity func(netip.Addr) uint32) (host.ConnectionInfo, error) {
	info := host.ConnectionInfo{
		Id: facts.ID, Ingress: s.Direction == Ingress,
		SrcId: identity(facts.Remote.Addr()), DstId: identity(facts.Local.Addr()),
		SrcAddr: text(facts.Remote), DstAddr: text(facts.Local),
		PolicyName: s.PolicyName, Port: s.Port, ProxyID: uint32(s.ProxyID), ServerName: facts.ServerName,
	}
	if facts.Named != 0 {
		info.SrcId = facts.Named
	}
	if info.PolicyName == "" {
		endpoint := facts.Remote
		if info.Ingress {
			endpoint = facts.Local
		}
		switch {
		case endpoint.IsValid():
			info.PolicyName = endpoint.Addr().String()
		case !s.Policy.Given():
			return info, errors.New("the endpoint has no IP address: set policy_name in filter_config")
		}
	}
	if info.Port == 0 && facts.Local.Port() == 0 {
		return info, errors.New("the destination has no port: set port in filter_config")
	}
	return info, nil
}

func text(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
