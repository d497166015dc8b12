package npds

import "github.com/proxylib/proxylib/internal/service"

const (
	// TypeURL is the type of the resources of NPDS.
	TypeURL = service.PolicyType
	// HostsTypeURL is the type of the resources of NPHDS.
	HostsTypeURL = service.HostsType
)

// feed is a discovery service, and what its absence means.
type feed struct {
	service.Service
	// without says what holds before the first update, within what holds while the server is lost or silent.
	without, within string
}

var (
	networkPolicies = feed{
		Service: service.NetworkPolicies,
		without: "everything is refused", within: "the last policy stays in force",
	}
	networkPolicyHosts = feed{
		Service: service.NetworkPolicyHosts,
		without: "no address has an identity of the server's", within: "the last identities stay in force",
	}
)
