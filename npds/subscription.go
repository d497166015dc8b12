package npds

import (
	"context"
	"errors"
	"fmt"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/policy"
)

// consumer takes resources of one type. It is used by one goroutine at a time.
type consumer interface {
	// world puts a whole state in force.
	world(resources []*anypb.Any) outcome
	// change puts changed resources and the removal of others in force.
	change(changed []*discovery.Resource, removed []string) outcome
	// restart returns the versions of the resources in force, by name, that have come by change, for a stream that begins.
	restart() map[string]string
}

// maxVersion is the length, in bytes, of the longest version that logs and status show.
const maxVersion = 128

// subscription keeps a consumer up to date from one discovery service.
type subscription struct {
	config   *ClientConfig
	feed     feed
	consumer consumer
	log      logrus.FieldLogger
	done     chan struct{}
	// version is the server's name for the state in force; empty if that is none of the server's because one was accepted in
	// part. A server that goes back to an earlier state must not think that it is in force.
	version  string
	standing standing
	reporter *reporter
	// refusing slows down a server that sends again at once what is refused.
	refusing *backoff
}

func newSubscription(config *ClientConfig, s feed, c consumer) *subscription {
	log := config.Log.WithField("server", config.Address).WithField("service", s.Name)
	sub := &subscription{
		config: config, feed: s, consumer: c, log: log, done: make(chan struct{}),
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
			return s.consumer.change(response.GetResources(), response.GetRemovedResources())
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
	build, _ := buildinfo.Read()
	return &core.Node{
		Id: s.config.NodeID, UserAgentName: "proxylib",
		UserAgentVersionType: &core.Node_UserAgentVersion{UserAgentVersion: build.Short()},
	}
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

func (s *subscription) try(typeURL, version string, put func() outcome) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			s.refused(version, err)
		}
	}()
	if typeURL != "" && typeURL != s.feed.TypeURL {
		err := fmt.Errorf("response is of type %.128q, want %q", typeURL, s.feed.TypeURL)
		s.refused(version, err)
		return err
	}
	result := put()
	for _, warning := range s.standing.warned(policy.Lines(result.warnings)) {
		s.log.Warn("policy: " + warning)
	}
	if len(result.refused) > 0 {
		if result.applied {
			s.version = ""
		}
		s.refusedInPart(version, result)
		return result.refused
	}
	s.version = version
	log := s.log.WithField("version", policy.Cut(version, maxVersion))
	if s.standing.accepted(policy.Cut(version, maxVersion), result.outstanding) {
		log.Info("policy update is in force, and nothing is refused any more")
	} else {
		log.Debug("policy update is in force")
	}
	return nil
}

// refused logs a refusal, once for a reason: a server may send the same again and again.
func (s *subscription) refused(version string, reason error) {
	s.warn(s.standing.refused(reason), version, policy.Reason(reason),
		"policy update is refused; the policy before it stays in force")
}

func (s *subscription) refusedInPart(version string, result outcome) {
	again := s.standing.refusedInPart(result.outstanding, result.applied)
	s.warn(again, version, result.refused.Error(), result.message("policy update", s.config.OnError))
}

func (s *subscription) warn(again bool, version, reason, message string) {
	log := s.log.WithField("version", policy.Cut(version, maxVersion)).WithError(errors.New(reason))
	if again {
		log.Debug("policy update is refused again")
		return
	}
	log.Warn(message)
}
