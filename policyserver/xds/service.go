package xds

import (
	"context"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/internal/service"
)

type (
	worldStream = grpc.GenericServerStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	deltaStream = grpc.GenericServerStream[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
)

// Register makes a gRPC server serve a cache as a discovery service.
func Register(registrar grpc.ServiceRegistrar, s service.Service, c *Cache) {
	registrar.RegisterService(&grpc.ServiceDesc{
		ServiceName: s.Name,
		HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{
			{
				StreamName: s.Stream, ServerStreams: true, ClientStreams: true,
				Handler: func(_ any, stream grpc.ServerStream) error {
					return serve(c, &worldStream{ServerStream: stream}, &world{typeURL: c.typeURL}, false)
				},
			},
			{
				StreamName: s.Delta, ServerStreams: true, ClientStreams: true,
				Handler: func(_ any, stream grpc.ServerStream) error {
					return serve(c, &deltaStream{ServerStream: stream}, &delta{typeURL: c.typeURL}, true)
				},
			},
		},
		Methods: []grpc.MethodDesc{{MethodName: s.Fetch, Handler: func(
			_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor,
		) (any, error) {
			request := &discovery.DiscoveryRequest{}
			if err := decode(request); err != nil {
				return nil, err
			}
			handle := func(ctx context.Context, request any) (any, error) {
				return c.fetch(ctx, request.(*discovery.DiscoveryRequest))
			}
			if intercept == nil {
				return handle(ctx, request)
			}
			return intercept(ctx, request, &grpc.UnaryServerInfo{FullMethod: s.Method(s.Fetch)}, handle)
		}}},
	}, c)
}

// fetch responds to one request by itself, as soon as there are resources.
func (c *Cache) fetch(ctx context.Context, r *discovery.DiscoveryRequest) (*discovery.DiscoveryResponse, error) {
	if err := c.serves(r.GetTypeUrl()); err != nil {
		return nil, err
	}
	now, changed := c.get()
	for now == 0 {
		select {
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-changed:
		}
		now, changed = c.get()
	}
	w := &world{typeURL: c.typeURL}
	w.subscribe(r)
	var response *discovery.DiscoveryResponse
	c.read(func(s *state) { response, _ = w.next(s, "") })
	return response, nil
}
