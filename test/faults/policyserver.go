package faults

import (
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/npds"
)

// PolicyServer serves updates over NPDS, and counts what clients answer.
type PolicyServer struct {
	server *grpc.Server
	// next returns the n-th update of a stream, from 0, or nil when there are no more.
	next func(n int) []*anypb.Any
	// Accepted and Refused count the answers of clients.
	Accepted, Refused atomic.Int64
}

// ServePolicies serves the updates that next returns on a Unix socket, each when the one before has been answered,
// until it is killed or the test ends.
func ServePolicies(tb testing.TB, socket string, next func(n int) []*anypb.Any) *PolicyServer {
	tb.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	p := &PolicyServer{server: grpc.NewServer(), next: next}
	xdstest.Register(p.server, service.NetworkPolicies, p.serve, nil)
	go p.server.Serve(listener)
	tb.Cleanup(p.Kill)
	return p
}

// Once is the next of a server that has one update.
func Once(update []*anypb.Any) func(n int) []*anypb.Any {
	return func(n int) []*anypb.Any {
		if n > 0 {
			return nil
		}
		return update
	}
}

// serve sends a client the updates.
func (p *PolicyServer) serve(stream xdstest.Stream) error {
	for n := 0; ; n++ {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		if n > 0 {
			p.count(answer)
		}
		update := p.next(n)
		if update == nil {
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		if err := stream.Send(response(n, update)); err != nil {
			return err
		}
	}
}

func response(n int, update []*anypb.Any) *discovery.DiscoveryResponse {
	version := strconv.Itoa(n + 1)
	return &discovery.DiscoveryResponse{
		VersionInfo: version, Nonce: version, TypeUrl: npds.TypeURL, Resources: update,
	}
}

func (p *PolicyServer) count(answer *discovery.DiscoveryRequest) {
	if answer.GetErrorDetail() != nil {
		p.Refused.Add(1)
		return
	}
	p.Accepted.Add(1)
}

// Kill ends it with all connections. It may be called again.
func (p *PolicyServer) Kill() { p.server.Stop() }
