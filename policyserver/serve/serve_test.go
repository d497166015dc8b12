package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/internal/selfsigned"
	"github.com/proxylib/proxylib/policyserver/listen"

	_ "github.com/proxylib/proxylib/parsers/memcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// running is a server that runs.
type running struct {
	testing.TB
	api, xds []net.Addr
	stop     func()
}

func run(t testing.TB, config Config) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, ready, ended := &running{TB: t}, make(chan struct{}), make(chan error, 1)
	config.Ready = func(api, xds []net.Addr) {
		r.api, r.xds = api, xds
		close(ready)
	}
	go func() { ended <- Run(ctx, config) }()
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}
	t.Cleanup(r.stop)
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return r
}

func newConfig(t *testing.T) Config {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return Config{
		Server: policyserver.Config{State: filepath.Join(t.TempDir(), "state"), Parsers: policy.Registered(), Log: log},
		API:    []string{"127.0.0.1:0"}, XDS: []string{"127.0.0.1:0"},
	}
}

// put puts documents and returns the answer's status.
func (r *running) put(token, documents string) int {
	r.Helper()
	url := "http://" + r.api[0].String() + "/v1/policies"
	request, err := http.NewRequest("PUT", url, strings.NewReader(documents))
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	return response.StatusCode
}

// client starts a client of ours that follows the server.
func (r *running) client(address string) (*policy.Store, *npds.Client) {
	r.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	store := &policy.Store{}
	c, err := npds.NewClient(npds.ClientConfig{
		Address: address, NodeID: "test", Store: store, Parsers: policy.Registered(), Log: log,
		MinBackoff: 10 * time.Millisecond,
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { c.Close() })
	return store, c
}

func (r *running) eventually(what string, test func() bool) {
	r.Helper()
	for deadline := time.Now().Add(patience); !test(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.Fatalf("has not come true in time: %s", what)
		}
	}
}

const endpoint = `
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a, labels: {app: cache}}, addresses: [10.0.0.1]}
---
`

// allowPort is a policy that lets anyone reach a port.
func allowPort(port int) string {
	return fmt.Sprintf(`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p},
		spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "%d"}]}]}]}}`, port)
}

func allows(store *policy.Store, port uint16) bool {
	return store.Current().Lookup("10.0.0.1", true, port).Decide(&policy.Request{}).Allowed
}

func TestPolicyThatIsPutComesIntoForceInProxies(t *testing.T) {
	config := newConfig(t)
	config.XDS = append(config.XDS, "unix://"+filepath.Join(t.TempDir(), "xds"))
	r := run(t, config)
	first, _ := r.client(r.xds[0].String())
	second, client := r.client(r.xds[1].String())
	if code := r.put("", endpoint+allowPort(1)); code != 200 {
		t.Fatalf("got %d", code)
	}
	both := func(port uint16) func() bool {
		return func() bool { return allows(first, port) && allows(second, port) }
	}
	r.eventually("the policy is in force", both(1))
	if code := r.put("", strings.Replace(allowPort(2), "toPorts", "toParts", 1)); code != 422 {
		t.Errorf("a broken policy: got %d", code)
	}
	if code := r.put("", allowPort(3)); code != 200 {
		t.Fatalf("got %d", code)
	}
	r.eventually("the next policy is in force", both(3))
	if allows(first, 1) || allows(second, 1) {
		t.Error("the policy before is still in force")
	}

	r.stop()
	config.XDS = []string{config.XDS[1]}
	r.eventually("the client has lost the server", func() bool { return client.Status().ConnectedSince.IsZero() })
	r = run(t, config)
	r.eventually("the client is back", func() bool { return !client.Status().ConnectedSince.IsZero() })
	if !allows(second, 3) {
		t.Error("a restart lost the policy")
	}
}

func TestClientsThatCloseAtOnceDelayNoChange(t *testing.T) {
	config := newConfig(t)
	config.XDS = []string{"unix://" + filepath.Join(t.TempDir(), "xds")}
	r := run(t, config)
	log := logrus.New()
	log.SetOutput(io.Discard)
	for range 200 {
		c, err := npds.NewClient(npds.ClientConfig{
			Address: r.xds[0].String(), Store: &policy.Store{}, Identities: &policy.IdentityStore{},
			Parsers: policy.Registered(), Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		r.eventually("the client has its policy", func() bool { return !c.Status().LastUpdate.IsZero() })
		c.Close()
	}
	store, _ := r.client(r.xds[0].String())
	r.eventually("the client has its policy", func() bool { return store.Current() != nil })
	begin := time.Now()
	if code := r.put("", endpoint+allowPort(1)); code != 200 {
		t.Fatalf("got %d", code)
	}
	r.eventually("the policy is in force", func() bool { return allows(store, 1) })
	if took := time.Since(begin); took > time.Second {
		t.Errorf("a change took %v", took)
	}
}

func TestTokenIsAskedOfBothInterfaces(t *testing.T) {
	config := newConfig(t)
	config.Security = listen.Security{Token: "0123456789abcdef"}
	r := run(t, config)
	if code := r.put("", allowPort(1)); code != 401 {
		t.Errorf("without a token: got %d", code)
	}
	if code := r.put(config.Security.Token, allowPort(1)); code != 200 {
		t.Errorf("with the token: got %d", code)
	}
	conn, err := grpc.NewClient(r.xds[0].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	admitted := "Bearer " + config.Security.Token
	for token, want := range map[string]codes.Code{"": codes.Unauthenticated, admitted: codes.OK} {
		ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", token)
		err := conn.Invoke(ctx, "/cilium.NetworkPolicyDiscoveryService/FetchNetworkPolicies",
			&discovery.DiscoveryRequest{}, &discovery.DiscoveryResponse{})
		if status.Code(err) != want {
			t.Errorf("fetch with %q: got %v", token, err)
		}
		stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
			"/cilium.NetworkPolicyHostsDiscoveryService/DeltaNetworkPolicyHosts")
		if err != nil {
			t.Fatal(err)
		}
		// The server may have ended the stream before it takes the request; what it said is in the answer.
		_ = stream.SendMsg(&discovery.DeltaDiscoveryRequest{})
		if err := stream.RecvMsg(&discovery.DeltaDiscoveryResponse{}); status.Code(err) != want {
			t.Errorf("stream with %q: got %v", token, err)
		}
	}
}

func TestWhoComesFromElsewhereNeedsACertificate(t *testing.T) {
	certificate, key := selfsigned.Certificate(t)
	own, ownKey := selfsigned.Certificate(t)
	config := newConfig(t)
	config.API, config.XDS = []string{"0.0.0.0:0"}, []string{"0.0.0.0:0"}
	config.Security = listen.Security{Certificate: certificate, Key: key, ClientCA: own}
	r := run(t, config)
	local := func(a net.Addr) string { return fmt.Sprint("127.0.0.1:", a.(*net.TCPAddr).Port) }
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(own, ownKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range [][]tls.Certificate{nil, {pair}} {
		settings := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: shown}
		settings.RootCAs.AppendCertsFromPEM(text)
		for _, http2 := range []bool{false, true} {
			transport := &http.Transport{TLSClientConfig: settings.Clone(), ForceAttemptHTTP2: http2}
			response, err := (&http.Client{Transport: transport}).Get("https://" + local(r.api[0]) + "/v1/status")
			if (err == nil) != (shown != nil) {
				t.Errorf("http with %d certificates: got %v", len(shown), err)
			}
			if err == nil {
				if response.StatusCode != 200 || response.ProtoMajor == 2 != http2 {
					t.Errorf("got %s %s", response.Proto, response.Status)
				}
				response.Body.Close()
			}
			transport.CloseIdleConnections()
		}
		conn, err := grpc.NewClient(local(r.xds[0]), grpc.WithTransportCredentials(credentials.NewTLS(settings)))
		if err != nil {
			t.Fatal(err)
		}
		err = conn.Invoke(context.Background(), "/cilium.NetworkPolicyDiscoveryService/FetchNetworkPolicies",
			&discovery.DiscoveryRequest{}, &discovery.DiscoveryResponse{})
		if (err == nil) != (shown != nil) {
			t.Errorf("grpc with %d certificates: got %v", len(shown), err)
		}
		conn.Close()
	}
}

func TestServerThatWouldBeOpenDoesNotStart(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.API = []string{"0.0.0.0:0"} },
		func(c *Config) { c.XDS = []string{":0"} },
		func(c *Config) { c.Security.Token = "short" },
		func(c *Config) { c.Server.Directory = "missing" },
	} {
		config := newConfig(t)
		change(&config)
		config.Ready = func(_, _ []net.Addr) { t.Error("it has started") }
		if err := Run(context.Background(), config); err == nil {
			t.Error("no error")
		}
	}
}
