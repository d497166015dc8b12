package faults

import (
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/npds"
)

// Flood is a policy server that sends updates at a fixed rate, in both variants of NPDS, without waiting for responses.
type Flood struct {
	server *grpc.Server
	every  time.Duration
	// updates are sent in turn, one a response.
	updates []*anypb.Any
	// Sent counts updates; Accepted and Refused count answers.
	Sent, Accepted, Refused atomic.Int64
}

// StartFlood serves on a Unix socket until it is stopped or the test ends.
func StartFlood(tb testing.TB, socket string, every time.Duration, updates ...*anypb.Any) *Flood {
	tb.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	f := &Flood{server: grpc.NewServer(), every: every, updates: updates}
	xdstest.Register(f.server, service.NetworkPolicies, f.world, f.delta)
	go f.server.Serve(listener)
	tb.Cleanup(f.Stop)
	return f
}

// Stop ends it with all connections. It may be called again.
func (f *Flood) Stop() { f.server.Stop() }

// world sends each update as the state of the world.
func (f *Flood) world(stream xdstest.Stream) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	go f.hear(refusals(stream.Recv))
	return f.send(stream.Context(), func(version string, update *anypb.Any) error {
		return stream.Send(&discovery.DiscoveryResponse{
			VersionInfo: version, Nonce: version, TypeUrl: npds.TypeURL, Resources: []*anypb.Any{update},
		})
	})
}

// delta sends each update as a change of the one resource.
func (f *Flood) delta(stream xdstest.DeltaStream) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	go f.hear(refusals(stream.Recv))
	return f.send(stream.Context(), func(version string, update *anypb.Any) error {
		return stream.Send(&discovery.DeltaDiscoveryResponse{
			SystemVersionInfo: version, Nonce: version, TypeUrl: npds.TypeURL,
			Resources: []*discovery.Resource{{Name: "endpoint", Version: version, Resource: update}},
		})
	})
}

// refusals returns, for each response of a client, why it refuses an update, or nil.
func refusals[R interface{ GetErrorDetail() *rpc.Status }](receive func() (R, error)) func() (*rpc.Status, error) {
	return func() (*rpc.Status, error) {
		response, err := receive()
		return response.GetErrorDetail(), err
	}
}

// hear counts answers until the stream ends.
func (f *Flood) hear(next func() (*rpc.Status, error)) {
	for {
		refusal, err := next()
		switch {
		case err != nil:
			return
		case refusal != nil:
			f.Refused.Add(1)
		default:
			f.Accepted.Add(1)
		}
	}
}

// send keeps the rate, and catches up after pauses in which it did not run.
func (f *Flood) send(ctx context.Context, send func(version string, update *anypb.Any) error) error {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	began := time.Now()
	for n := 0; ; {
		for due := int(time.Since(began) / f.every); n < due; n++ {
			if err := send(strconv.Itoa(n+1), f.updates[n%len(f.updates)]); err != nil {
				return err
			}
			f.Sent.Add(1)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
