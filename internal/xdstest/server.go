package xdstest

import (
	"encoding/json"
	"net"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/service"
)

// Server serves one set of policies.
type Server struct {
	resources []*anypb.Any
	server    *grpc.Server
	// replies takes what clients reply to the policies.
	replies chan *discovery.DiscoveryRequest
}

// Serve serves the policies of a document, {"resources": [...]} in YAML or JSON, on a Unix socket until the test ends.
func Serve(tb testing.TB, socket, document string, options ...grpc.ServerOption) *Server {
	tb.Helper()
	s := &Server{
		resources: Resources(tb, document), server: grpc.NewServer(options...),
		replies: make(chan *discovery.DiscoveryRequest, 64),
	}
	Register(s.server, service.NetworkPolicies, s.serve, nil)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	go s.server.Serve(listener)
	tb.Cleanup(s.server.Stop)
	return s
}

// Resources are the policies of a document, {"resources": [...]} in YAML or JSON.
func Resources(tb testing.TB, text string) []*anypb.Any {
	tb.Helper()
	var document struct{ Resources []map[string]any }
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		tb.Fatal(err)
	}
	var resources []*anypb.Any
	for _, resource := range document.Resources {
		text, err := json.Marshal(resource)
		if err != nil {
			tb.Fatal(err)
		}
		policy := &cilium.NetworkPolicy{}
		if err := protojson.Unmarshal(text, policy); err != nil {
			tb.Fatal(err)
		}
		resource, err := anypb.New(policy)
		if err != nil {
			tb.Fatal(err)
		}
		resources = append(resources, resource)
	}
	return resources
}

// serve sends the policies to a client, and takes its replies.
func (s *Server) serve(stream Stream) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	response := &discovery.DiscoveryResponse{
		VersionInfo: "1", Nonce: "1", TypeUrl: service.PolicyType, Resources: s.resources,
	}
	if err := stream.Send(response); err != nil {
		return err
	}
	for {
		reply, err := stream.Recv()
		if err != nil {
			return err
		}
		s.replies <- reply
	}
}

// Stop ends the server and its connections.
func (s *Server) Stop() { s.server.Stop() }

// Accepted waits until a client has put the policies in force, and returns its name.
func (s *Server) Accepted(tb testing.TB) (node string) {
	tb.Helper()
	reply := s.next(tb)
	if reply.GetErrorDetail() != nil {
		tb.Fatalf("the policies are refused: %s", reply.GetErrorDetail().GetMessage())
	}
	return reply.GetNode().GetId()
}

// Refused waits until a client has refused the policies, and returns the message that it sent.
func (s *Server) Refused(tb testing.TB) string {
	tb.Helper()
	reply := s.next(tb)
	if reply.GetErrorDetail() == nil {
		tb.Fatal("the policies are accepted")
	}
	return reply.GetErrorDetail().GetMessage()
}

func (s *Server) next(tb testing.TB) *discovery.DiscoveryRequest {
	tb.Helper()
	select {
	case reply := <-s.replies:
		return reply
	case <-time.After(10 * time.Second):
		tb.Fatal("no client has asked for policies")
		return nil
	}
}
