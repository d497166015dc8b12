// Package npds brings policies from where they are kept: from a policy server, by the gRPC protocol NPDS, or from a
// file. Either source compiles what it gets and puts it in force as a whole, or refuses it as a whole with a reason and
// leaves the old policy in force.
package npds

import (
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

// TypeURL is the type of the resources.
const TypeURL = "type.googleapis.com/cilium.NetworkPolicy"

const (
	serviceName  = "cilium.NetworkPolicyDiscoveryService"
	streamName   = "StreamNetworkPolicies"
	streamMethod = "/" + serviceName + "/" + streamName
)

// Stream is the client's side of a state-of-the-world stream.
type Stream = grpc.BidiStreamingClient[discovery.DiscoveryRequest, discovery.DiscoveryResponse]

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
		ServiceName: serviceName,
		HandlerType: (*Server)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName: streamName, ServerStreams: true, ClientStreams: true,
			Handler: func(server any, stream grpc.ServerStream) error {
				return server.(Server).StreamNetworkPolicies(
					&grpc.GenericServerStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]{ServerStream: stream})
			},
		}},
	}, s)
}
