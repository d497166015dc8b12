// Package npds brings policies from where they are kept: from a policy server, by the gRPC protocols NPDS and NPHDS, or
// from a file. What can be used of an update of a server is put in force at once; the rest is refused with reasons, and
// stays as it was or is denied, see [OnError]. So it is with the resources of a file.
package npds

import (
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

const (
	// TypeURL is the type of the resources of NPDS.
	TypeURL = "type.googleapis.com/cilium.NetworkPolicy"
	// HostsTypeURL is the type of the resources of NPHDS.
	HostsTypeURL = "type.googleapis.com/cilium.NetworkPolicyHosts"
)

// service names a discovery service and its streams: the state of the world, and changes alone.
type service struct {
	name, world, delta, typeURL string
	// without says what holds before the first update, within what holds while the server is lost or silent.
	without, within string
}

var (
	networkPolicies = service{
		name:  "cilium.NetworkPolicyDiscoveryService",
		world: "StreamNetworkPolicies", delta: "DeltaNetworkPolicies", typeURL: TypeURL,
		without: "everything is refused", within: "the last policy stays in force",
	}
	networkPolicyHosts = service{
		name:  "cilium.NetworkPolicyHostsDiscoveryService",
		world: "StreamNetworkPolicyHosts", delta: "DeltaNetworkPolicyHosts", typeURL: HostsTypeURL,
		without: "no address has an identity of the server's", within: "the last identities stay in force",
	}
)

// The client's sides of streams.
type (
	worldStream = grpc.GenericClientStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	deltaStream = grpc.GenericClientStream[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
)

// ServerStream is the server's side of a state-of-the-world stream.
type ServerStream = grpc.BidiStreamingServer[discovery.DiscoveryRequest, discovery.DiscoveryResponse]

// Server serves the stream of the service cilium.NetworkPolicyDiscoveryService.
type Server interface {
	// StreamNetworkPolicies serves one client until it returns.
	StreamNetworkPolicies(ServerStream) error
}

// RegisterServer makes a gRPC server serve the policies of s.
func RegisterServer(registrar grpc.ServiceRegistrar, s Server) {
	registrar.RegisterService(&grpc.ServiceDesc{
		ServiceName: networkPolicies.name,
		HandlerType: (*Server)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName: networkPolicies.world, ServerStreams: true, ClientStreams: true,
			Handler: func(server any, stream grpc.ServerStream) error {
				return server.(Server).StreamNetworkPolicies(
					&grpc.GenericServerStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]{ServerStream: stream})
			},
		}},
	}, s)
}
