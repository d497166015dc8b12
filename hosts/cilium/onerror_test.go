package cilium

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
)

// goodPolicies and onePolicyWrong are two versions of the policies of two endpoints.
const (
	goodPolicies = `resources:
- {endpoint_ips: [10.0.0.1], ingress_per_port_policies: [{port: 80, rules: [{}]}]}
- {endpoint_ips: [10.0.0.2], ingress_per_port_policies: [{port: 80, rules: [{}]}]}
`
	onePolicyWrong = `resources:
- {endpoint_ips: [10.0.0.1], ingress_per_port_policies: [{port: 81, rules: [{}]}]}
- {endpoint_ips: [10.0.0.2], ingress_per_port_policies: [{port: 80, end_port: 79, rules: [{}]}]}
`
)

// versions serves the versions of a document, each when the client has replied to the one before.
type versions struct {
	testing.TB
	documents []string
}

// serve sends the versions to a client.
func (v versions) serve(stream xdstest.Stream) error {
	for i, document := range v.documents {
		if _, err := stream.Recv(); err != nil {
			return err
		}
		number := fmt.Sprint(i + 1)
		err := stream.Send(&discovery.DiscoveryResponse{
			VersionInfo: number, Nonce: number, TypeUrl: npds.TypeURL, Resources: xdstest.Resources(v, document),
		})
		if err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return nil
}

func TestARefusedPolicyIsKeptOrDeniedAsConfigured(t *testing.T) {
	for value, endpoints := range map[string]int{"": 2, "keep": 2, "deny": 1} {
		for _, source := range []string{"xds-path", "policy-path"} {
			path, m := filepath.Join(t.TempDir(), "source"), newModule(io.Discard)
			follow := serveVersions
			if source == "policy-path" {
				follow = writeVersions
			}
			change := follow(t, path)
			id := m.open([][2]string{{source, path}, {"policy-on-error", value}}, false)
			if id == 0 {
				t.Fatalf("%s: refused", source)
			}
			change()
			current := func() (first uint16, n int) {
				s := m.instances.Get(id).Policies().Current()
				for _, port := range []uint16{80, 81} {
					if s.Lookup("10.0.0.1", true, port).Decide(&policy.Request{}).Allowed {
						first = port
					}
				}
				return first, s.Endpoints()
			}
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
				port, n := current()
				if port == 81 && n == endpoints {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s, %q: port %d and %d endpoints, want 81 and %d", source, value, port, n, endpoints)
				}
			}
			m.instances.Close(id)
		}
	}
}

// serveVersions serves both versions on a socket.
func serveVersions(t *testing.T, socket string) (change func()) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	xdstest.Register(server, service.NetworkPolicies, versions{t, []string{goodPolicies, onePolicyWrong}}.serve, nil)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return func() {}
}

// writeVersions writes the first version to a file, and the second when change is called.
func writeVersions(t *testing.T, path string) (change func()) {
	write := func(text string) {
		if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
	}
	write(goodPolicies)
	return func() { write(onePolicyWrong) }
}
