package xdstest

import (
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/internal/service"
)

// Stream is the server's side of a stream for the state of the world.
type Stream = grpc.BidiStreamingServer[discovery.DiscoveryRequest, discovery.DiscoveryResponse]

// DeltaStream is the server's side of a stream for changes.
type DeltaStream = grpc.BidiStreamingServer[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]

// Register makes a gRPC server serve a service: serve serves the streams for the state of the world, and serveDelta those
// for changes, each for one client until it returns. A method without a function is not served.
func Register(
	registrar grpc.ServiceRegistrar, s service.Service, serve func(Stream) error, serveDelta func(DeltaStream) error,
) {
	description := &grpc.ServiceDesc{ServiceName: s.Name, HandlerType: (*any)(nil)}
	if serve != nil {
		description.Streams = append(description.Streams, stream(s.Stream, serve))
	}
	if serveDelta != nil {
		description.Streams = append(description.Streams, stream(s.Delta, serveDelta))
	}
	registrar.RegisterService(description, nil)
}

func stream[Request, Response any](
	name string, serve func(grpc.BidiStreamingServer[Request, Response]) error,
) grpc.StreamDesc {
	return grpc.StreamDesc{
		StreamName: name, ServerStreams: true, ClientStreams: true,
		Handler: func(_ any, raw grpc.ServerStream) error {
			return serve(&grpc.GenericServerStream[Request, Response]{ServerStream: raw})
		},
	}
}
