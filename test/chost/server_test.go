package chost

import (
	"encoding/json"
	"net"
	"os"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"sigs.k8s.io/yaml"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
)

// policyServer serves one set of policies over NPDS.
type policyServer struct {
	resources []*anypb.Any
	server    *grpc.Server
	// answers takes what clients answer to the policies.
	answers chan *discovery.DiscoveryRequest
}

// servePolicies serves the policies of testdata/policy.yaml on a Unix socket.
func servePolicies(tb testing.TB, socket string) *policyServer {
	tb.Helper()
	s := &policyServer{
		resources: readPolicies(tb), server: grpc.NewServer(), answers: make(chan *discovery.DiscoveryRequest, 16),
	}
	npds.RegisterServer(s.server, s)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	go s.server.Serve(listener)
	tb.Cleanup(s.server.Stop)
	return s
}

func readPolicies(tb testing.TB) []*anypb.Any {
	tb.Helper()
	text, err := os.ReadFile("testdata/policy.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var document struct{ Resources []json.RawMessage }
	if err := yaml.Unmarshal(text, &document); err != nil {
		tb.Fatal(err)
	}
	var resources []*anypb.Any
	for _, text := range document.Resources {
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

// StreamNetworkPolicies implements [npds.Server].
func (s *policyServer) StreamNetworkPolicies(stream npds.ServerStream) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	response := &discovery.DiscoveryResponse{
		VersionInfo: "1", Nonce: "1", TypeUrl: npds.TypeURL, Resources: s.resources,
	}
	if err := stream.Send(response); err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		s.answers <- answer
	}
}

// accepted waits until a client has put the policies in force, and returns its name.
func (s *policyServer) accepted(tb testing.TB) (node string) {
	tb.Helper()
	select {
	case answer := <-s.answers:
		if answer.GetErrorDetail() != nil {
			tb.Fatalf("the policies are refused: %s", answer.GetErrorDetail().GetMessage())
		}
		return answer.GetNode().GetId()
	case <-time.After(10 * time.Second):
		tb.Fatal("no client has asked for policies")
	}
	return ""
}
