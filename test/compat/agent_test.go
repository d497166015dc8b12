package compat

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/cilium/cilium/pkg/completion"
	"github.com/cilium/cilium/pkg/envoy/xds"
	cilium "github.com/cilium/proxy/go/cilium/api"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	typeURL = "type.googleapis.com/cilium.NetworkPolicy"
	// proxylibNode is the address by which the agent knows the libraries in Envoy, and counts their acknowledgements.
	proxylibNode = "127.0.0.2"
)

// agent serves policies with the agent's own server, over gRPC as the agent sets it up.
type agent struct {
	cilium.UnimplementedNetworkPolicyDiscoveryServiceServer
	tb      testing.TB
	log     *journal
	mutator *xds.AckingResourceMutatorWrapper
	server  *xds.Server
	grpc    *grpc.Server
}

// counted takes the server's counts of acknowledgements, which the tests do not need.
type counted struct{}

func (counted) IncreaseACK(string)  {}
func (counted) IncreaseNACK(string) {}

// startAgent serves on a Unix socket until the test ends or the agent is stopped.
func startAgent(tb testing.TB, socket string) *agent {
	tb.Helper()
	a := &agent{tb: tb, log: &journal{}, grpc: grpc.NewServer()}
	log := slog.New(slog.NewTextHandler(a.log, nil))
	cache := xds.NewCache(log)
	a.mutator = xds.NewAckingResourceMutatorWrapper(log, cache, counted{})
	a.server = xds.NewServer(log, map[string]*xds.ResourceTypeConfiguration{
		typeURL: {Source: cache, AckObserver: a.mutator},
	}, nil, counted{})
	cilium.RegisterNetworkPolicyDiscoveryServiceServer(a.grpc, a)
	os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	go a.grpc.Serve(listener)
	tb.Cleanup(a.grpc.Stop)
	return a
}

// StreamNetworkPolicies implements [cilium.NetworkPolicyDiscoveryServiceServer] as the agent does.
func (a *agent) StreamNetworkPolicies(stream cilium.NetworkPolicyDiscoveryService_StreamNetworkPoliciesServer) error {
	return a.server.HandleRequestStream(stream.Context(), stream, typeURL, "")
}

// put gives an endpoint a policy and waits, as the agent does, until the library has acknowledged or refused it.
func (a *agent) put(endpoint string, policy *cilium.NetworkPolicy) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	wait := completion.NewWaitGroup(ctx)
	a.mutator.Upsert(typeURL, endpoint, policy, []string{proxylibNode}, wait, nil)
	return wait.Wait()
}

// mustPut requires that the library has acknowledged the policy.
func (a *agent) mustPut(endpoint string, policy *cilium.NetworkPolicy) {
	a.tb.Helper()
	if err := a.put(endpoint, policy); err != nil {
		a.tb.Fatalf("the agent waits for an acknowledgement of endpoint %s: %v\n%s", endpoint, err, a.log)
	}
}

// policyOf reads a policy in the JSON form of upstream's messages.
func policyOf(tb testing.TB, text string) *cilium.NetworkPolicy {
	tb.Helper()
	policy := &cilium.NetworkPolicy{}
	if err := protojson.Unmarshal([]byte(text), policy); err != nil {
		tb.Fatal(err)
	}
	return policy
}

// haltPolicy allows HALT, and what else is given, on the port of the one transcript of testdata/halt.txt.
func haltPolicy(tb testing.TB, l7 string) *cilium.NetworkPolicy {
	return policyOf(tb, `{"endpoint_ips": ["10.0.0.1"], "ingress_per_port_policies": [
		{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [`+l7+`]}}]}]}`)
}

// halts reports whether a HALT passes the library.
func halts(tb testing.TB, h *host) bool {
	tb.Helper()
	printed := strings.Join(h.do("show testdata/halt.txt"), "\n")
	passed, denied := strings.Contains(printed, `to-server HALT\x0d\x0a`), strings.Contains(printed, `to-client ERROR\x0d\x0a`)
	if passed == denied {
		tb.Fatalf("neither passed nor denied:\n%s", printed)
	}
	return passed
}

func TestTheAgentSeesItsPoliciesAcknowledged(t *testing.T) {
	for name, library := range map[string]string{"ours": built.ours, "upstream": built.upstream} {
		t.Run(name, func(t *testing.T) {
			at := newSockets(t)
			a := startAgent(t, at.xds)
			h := load(t, library)
			h.open(at)
			a.mustPut("1", haltPolicy(t, `{"rule": {"cmd": "HALT"}}`))
			if !halts(t, h) {
				t.Error("what the policy allows is denied")
			}
			a.mustPut("1", haltPolicy(t, `{"rule": {"cmd": "RESET"}}`))
			if halts(t, h) {
				t.Error("what the new policy denies is allowed")
			}
			var refused *xds.ProxyError
			err := a.put("1", haltPolicy(t, `{"rule": {"no such key": "x"}}`))
			if !errors.As(err, &refused) || !strings.Contains(refused.Detail, "no such key") {
				t.Errorf("a policy with an unknown key: %v, %v", err, refused)
			}
			a.mustPut("1", haltPolicy(t, `{"rule": {"cmd": "HALT"}}`))
			if !halts(t, h) {
				t.Error("the policy after one that was refused is not in force")
			}
			a.grpc.Stop()
			if !halts(t, h) {
				t.Error("the policy is not in force without the agent")
			}
			a = startAgent(t, at.xds)
			a.mustPut("1", haltPolicy(t, `{"rule": {"cmd": "WRITE"}}`))
			if halts(t, h) {
				t.Error("the policy of the agent that is back is not in force")
			}
		})
	}
}
