package npds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/sirupsen/logrus"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
)

// consumer takes resources of one type. It is used by one goroutine at a time.
type consumer interface {
	// world puts a whole state in force, or says why it can not.
	world(resources []*anypb.Any) error
	// change puts changed resources and the removal of others in force, or says why it can not.
	change(changed []*discovery.Resource, removed []string) error
	// versions are those of the resources in force, by name, that have come by change.
	versions() map[string]string
}

// subscription keeps a consumer up to date from one discovery service.
type subscription struct {
	config   *ClientConfig
	service  service
	consumer consumer
	log      logrus.FieldLogger
	done     chan struct{}
	// down: the operator has been told that the server is lost.
	down     bool
	standing standing
}

func newSubscription(config *ClientConfig, s service, c consumer) *subscription {
	log := config.Log.WithField("server", config.Address).WithField("service", s.name)
	return &subscription{config: config, service: s, consumer: c, log: log, done: make(chan struct{})}
}

func (s *subscription) run(ctx context.Context) {
	defer close(s.done)
	backoff := s.config.MinBackoff
	for ctx.Err() == nil {
		healthy, err := s.serve(ctx)
		before := s.standing.get()
		s.standing.connected(time.Time{})
		if ctx.Err() != nil {
			return
		}
		if healthy {
			backoff = s.config.MinBackoff
		}
		s.lost(before, err)
		sleep(ctx, backoff/2+rand.N(backoff/2+1))
		backoff = min(2*backoff, s.config.MaxBackoff)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// lost tells the operator, once an outage, how the subscription stood.
func (s *subscription) lost(before Status, cause error) {
	if s.down {
		return
	}
	s.down = true
	log := s.log.WithError(cause)
	if before.LastUpdate.IsZero() {
		log.Warn("policy server can not be reached: everything is refused until it answers")
		return
	}
	log.WithField("version", before.Version).WithField("updated", before.LastUpdate.Format(time.RFC3339)).
		WithField("connected", before.ConnectedSince.Format(time.RFC3339)).
		Warn("policy server is lost: the last policy stays in force")
}

// serve runs one stream, on a connection of its own, until it ends. healthy tells that the server has answered.
func (s *subscription) serve(ctx context.Context) (healthy bool, err error) {
	conn, err := s.config.connect()
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	method := s.service.world
	if s.config.Delta {
		method = s.service.delta
	}
	raw, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
		"/"+s.service.name+"/"+method)
	if err != nil {
		return false, err
	}
	if s.config.Delta {
		return s.serveDelta(&deltaStream{ClientStream: raw})
	}
	return s.serveWorld(&worldStream{ClientStream: raw})
}

func (s *subscription) serveWorld(stream *worldStream) (healthy bool, err error) {
	request := &discovery.DiscoveryRequest{TypeUrl: s.service.typeURL, VersionInfo: s.standing.get().Version, Node: s.node()}
	for {
		if err := stream.Send(request); err != nil {
			return healthy, err
		}
		response, err := stream.Recv()
		if err != nil {
			return healthy, err
		}
		s.answered(&healthy)
		refusal := s.accept(response.GetTypeUrl(), response.GetVersionInfo(), func() error {
			return s.consumer.world(response.GetResources())
		})
		request = &discovery.DiscoveryRequest{
			TypeUrl: s.service.typeURL, VersionInfo: s.standing.get().Version, Node: s.node(),
			ResponseNonce: response.GetNonce(), ErrorDetail: detail(refusal),
		}
	}
}

func (s *subscription) serveDelta(stream *deltaStream) (healthy bool, err error) {
	request := &discovery.DeltaDiscoveryRequest{
		TypeUrl: s.service.typeURL, Node: s.node(), InitialResourceVersions: s.consumer.versions(),
	}
	for {
		if err := stream.Send(request); err != nil {
			return healthy, err
		}
		response, err := stream.Recv()
		if err != nil {
			return healthy, err
		}
		s.answered(&healthy)
		refusal := s.accept(response.GetTypeUrl(), response.GetSystemVersionInfo(), func() error {
			return s.consumer.change(response.GetResources(), response.GetRemovedResources())
		})
		request = &discovery.DeltaDiscoveryRequest{
			TypeUrl: s.service.typeURL, ResponseNonce: response.GetNonce(), ErrorDetail: detail(refusal),
		}
	}
}

func (s *subscription) node() *core.Node { return &core.Node{Id: s.config.NodeID} }

// detail is what a request says of the response before it.
func detail(refusal error) *rpc.Status {
	if refusal == nil {
		return nil
	}
	return &rpc.Status{Code: int32(codes.InvalidArgument), Message: refusal.Error()}
}

// answered notes that the server has answered, at the first time on a stream.
func (s *subscription) answered(healthy *bool) {
	if *healthy {
		return
	}
	*healthy = true
	s.standing.connected(time.Now())
	s.down = false
	s.log.Info("policy server is connected")
}

// accept puts an update in force, or returns why it can not be.
func (s *subscription) accept(typeURL, version string, put func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
		if err != nil {
			s.refused(version, err)
		}
	}()
	if typeURL != "" && typeURL != s.service.typeURL {
		return fmt.Errorf("response is of type %q, want %q", typeURL, s.service.typeURL)
	}
	if err := put(); err != nil {
		return err
	}
	s.standing.accepted(version)
	s.log.WithField("version", version).Debug("policy update is in force")
	return nil
}

// refused tells the operator, once for a reason: a server may send the same again and again.
func (s *subscription) refused(version string, reason error) {
	log := s.log.WithField("version", version).WithError(reason)
	if s.standing.refused(reason) {
		log.Debug("policy update is refused again")
		return
	}
	log.Warn("policy update is refused; the policy before it stays in force")
}
