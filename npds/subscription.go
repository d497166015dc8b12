//go:build !wasip1

package npds

import (
	"context"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

// The client's sides of streams.
type (
	worldStream = grpc.GenericClientStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	deltaStream = grpc.GenericClientStream[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
)

// subscription keeps a consumer up to date from one discovery service.
type subscription struct {
	intake
	consumer consumer
	config   *ClientConfig
	done     chan struct{}
	reporter *reporter
	// refusing slows down a server that sends again at once what is refused.
	refusing *backoff
}

func newSubscription(config *ClientConfig, s feed, c consumer) *subscription {
	log := config.Log.WithField("server", config.Address).WithField("service", s.Name)
	sub := &subscription{
		intake: intake{feed: s, onError: config.OnError, log: log}, consumer: c, config: config, done: make(chan struct{}),
		refusing: newBackoff(0, config.MinBackoff, min(config.MaxBackoff, maxRefusing)),
	}
	sub.reporter = &reporter{log: log, standing: &sub.standing, feed: &sub.feed}
	return sub
}

func (s *subscription) run(ctx context.Context) {
	defer close(s.done)
	connecting := newBackoff(s.config.MinBackoff, s.config.MinBackoff, s.config.MaxBackoff)
	for ctx.Err() == nil {
		err := s.serve(ctx)
		before := s.standing.get()
		if lasted := s.reporter.closed(); lasted >= steady {
			connecting.reset()
		}
		if ctx.Err() != nil {
			return
		}
		s.reporter.lost(before, err)
		connecting.wait(ctx)
	}
}

// serve runs one stream, on a connection of its own, until it ends.
func (s *subscription) serve(ctx context.Context) error {
	conn, err := s.config.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	method := s.feed.Stream
	if s.config.Delta {
		method = s.feed.Delta
	}
	raw, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
		s.feed.Method(method))
	if err != nil {
		return err
	}
	s.reporter.opened()
	if s.config.Delta {
		return s.serveDelta(ctx, &deltaStream{ClientStream: raw})
	}
	return s.serveWorld(ctx, &worldStream{ClientStream: raw})
}

func (s *subscription) serveWorld(ctx context.Context, stream *worldStream) error {
	request := &discovery.DiscoveryRequest{TypeUrl: s.feed.TypeURL, VersionInfo: s.version, Node: s.node()}
	for {
		if err := stream.Send(request); err != nil {
			return endOf(stream, err)
		}
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		s.reporter.heard()
		refusal := s.accept(ctx, response.GetTypeUrl(), response.GetVersionInfo(), func() outcome {
			return s.consumer.world(response.GetResources())
		})
		request = &discovery.DiscoveryRequest{
			TypeUrl: s.feed.TypeURL, VersionInfo: s.version, Node: s.node(),
			ResponseNonce: response.GetNonce(), ErrorDetail: detail(refusal),
		}
	}
}

func (s *subscription) serveDelta(ctx context.Context, stream *deltaStream) error {
	request := &discovery.DeltaDiscoveryRequest{
		TypeUrl: s.feed.TypeURL, Node: s.node(), InitialResourceVersions: s.consumer.restart(),
	}
	for {
		if err := stream.Send(request); err != nil {
			return endOf(stream, err)
		}
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		s.reporter.heard()
		refusal := s.accept(ctx, response.GetTypeUrl(), response.GetSystemVersionInfo(), func() outcome {
			return s.consumer.change(changedResources(response.GetResources()), response.GetRemovedResources())
		})
		request = &discovery.DeltaDiscoveryRequest{
			TypeUrl: s.feed.TypeURL, ResponseNonce: response.GetNonce(), ErrorDetail: detail(refusal),
		}
	}
}

// endOf returns why a stream has ended on which nothing can be sent any more.
func endOf(stream grpc.ClientStream, err error) error {
	if status := stream.RecvMsg(new(discovery.DiscoveryResponse)); status != nil {
		return status
	}
	return err
}

// node is who asks: the name of the node, and the version of the library as that of a user agent.
func (s *subscription) node() *core.Node {
	return &core.Node{
		Id: s.config.NodeID, UserAgentName: userAgent,
		UserAgentVersionType: &core.Node_UserAgentVersion{UserAgentVersion: agentVersion()},
	}
}

// changedResources are those of a message of gRPC's.
func changedResources(list []*discovery.Resource) []changedResource {
	resources := make([]changedResource, len(list))
	for i, r := range list {
		resources[i] = changedResource{r.GetName(), r.GetVersion(), r.GetResource()}
	}
	return resources
}

// accept puts an update in force and returns why it is refused, as a whole or in part. After several refusals in a row it
// waits before it returns.
func (s *subscription) accept(ctx context.Context, typeURL, version string, put func() outcome) error {
	began := time.Now()
	refusal := s.try(typeURL, version, put)
	if refusal == nil {
		s.refusing.reset()
		return nil
	}
	if took := time.Since(began); s.refusing.next > 0 {
		sleep(ctx, min(refusingShare*took, s.config.MaxBackoff))
	}
	s.refusing.wait(ctx)
	return refusal
}
