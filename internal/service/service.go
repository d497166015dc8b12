package service

// Service is a discovery service of gRPC, and the names of its methods.
type Service struct {
	// Name is the full name of the service.
	Name string
	// TypeURL is the type of its resources.
	TypeURL string
	// Stream is the method for the state of the world, Delta that for changes alone, and Fetch that for one request.
	Stream, Delta, Fetch string
}

const (
	// PolicyType is the type of the resources of NPDS.
	PolicyType = "type.googleapis.com/cilium.NetworkPolicy"
	// HostsType is the type of the resources of NPHDS.
	HostsType = "type.googleapis.com/cilium.NetworkPolicyHosts"
)

// The services. They must not be changed.
var (
	// NetworkPolicies is NPDS.
	NetworkPolicies = Service{
		Name: "cilium.NetworkPolicyDiscoveryService", TypeURL: PolicyType,
		Stream: "StreamNetworkPolicies", Delta: "DeltaNetworkPolicies", Fetch: "FetchNetworkPolicies",
	}
	// NetworkPolicyHosts is NPHDS.
	NetworkPolicyHosts = Service{
		Name: "cilium.NetworkPolicyHostsDiscoveryService", TypeURL: HostsType,
		Stream: "StreamNetworkPolicyHosts", Delta: "DeltaNetworkPolicyHosts", Fetch: "FetchNetworkPolicyHosts",
	}
)

// Method returns the path of a method of the service, as gRPC calls it.
func (s Service) Method(name string) string { return "/" + s.Name + "/" + name }
