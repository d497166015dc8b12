package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/selfsigned"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/listen"
	"github.com/proxylib/proxylib/policyserver/xds"

	_ "github.com/proxylib/proxylib/parsers/memcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// maxChange is the time within which a change comes into force that waits for nobody; one that does takes two seconds.
const maxChange = 1500 * time.Millisecond

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
	eventually.Holds(r, what, test)
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
	if took := time.Since(begin); took > maxChange {
		t.Errorf("a change took %v", took)
	}
}

func TestProxyThatNeverAnswersDelaysNoChange(t *testing.T) {
	r := run(t, newConfig(t))
	conn, err := grpc.NewClient(r.xds[0].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, method := range []string{"HostsDiscoveryService/StreamNetworkPolicyHosts", "DiscoveryService/StreamNetworkPolicies"} {
		stream, err := conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
			"/cilium.NetworkPolicy"+method)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			stream.SendMsg(&discovery.DiscoveryRequest{}), stream.RecvMsg(&discovery.DiscoveryResponse{}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	store, _ := r.client(r.xds[0].String())
	for port := range uint16(5) {
		begin := time.Now()
		if code := r.put("", endpoint+allowPort(int(port)+1)); code != 200 {
			t.Fatalf("got %d", code)
		}
		r.eventually("the policy is in force", func() bool { return allows(store, port+1) })
		if took := time.Since(begin); took > maxChange {
			t.Errorf("a change took %v", took)
		}
	}
	for protocol, s := range r.status().Served {
		if !slices.ContainsFunc(s.Clients, func(c xds.Client) bool { return !c.Unanswered.IsZero() }) {
			t.Errorf("%s: the status does not show that a proxy is silent: %+v", protocol, s.Clients)
		}
	}
}

// status asks the server how it stands.
func (r *running) status() policyserver.Status {
	r.Helper()
	response, err := http.Get("http://" + r.api[0].String() + "/v1/status")
	if err != nil {
		r.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	status := policyserver.Status{}
	if err := json.NewDecoder(response.Body).Decode(&status); err != nil {
		r.Fatal(err)
	}
	return status
}

func TestStatusNamesWhatAProxyRefused(t *testing.T) {
	r := run(t, newConfig(t))
	refuse := policy.RuleParsers{"memcache": func(*cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		return nil, errors.New("this build is too old")
	}}
	log := logrus.New()
	log.SetOutput(io.Discard)
	for _, delta := range []bool{false, true} {
		c, err := npds.NewClient(npds.ClientConfig{
			Address: r.xds[0].String(), NodeID: fmt.Sprint("delta ", delta), Delta: delta, Store: &policy.Store{},
			Parsers: refuse, Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	documents := endpoint + strings.Replace(allowPort(1), "endpointSelector: {}", "endpointSelector: {matchLabels: {app: cache}}", 1) + `
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: b, labels: {app: other}}, addresses: [10.0.0.2]}
---
{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: words}, spec: {endpointSelector: {matchLabels: {app: other}},
	ingress: [{toPorts: [{ports: [{port: "1"}], rules: {l7proto: memcache, l7: [{command: get}]}}]}]}}
`
	if code := r.put("", documents); code != 200 {
		t.Fatalf("got %d", code)
	}
	r.eventually("both proxies have refused", func() bool {
		refusing := 0
		for _, c := range r.status().Served["npds"].Clients {
			if c.Refusal != "" {
				refusing++
			}
		}
		return refusing == 2
	})
	for _, c := range r.status().Served["npds"].Clients {
		if len(c.Refused) != 1 || c.Refused[0].Resource != "default/b" || !strings.Contains(c.Refused[0].Reason, "too old") {
			t.Errorf("%s: got %+v", c.Node, c)
		}
	}
}

// tokenFile writes a file of tokens.
func tokenFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	write(t, path, text)
	return path
}

const (
	aliceToken = "0123456789abcdef"
	proxyToken = "fedcba9876543210"
)

// keepLog makes the server's log readable.
func keepLog(config *Config) *logbook.Book {
	b := &logbook.Book{}
	config.Server.Log.(*logrus.Logger).SetOutput(b)
	return b
}

func TestTokenIsAskedOfBothInterfaces(t *testing.T) {
	config := newConfig(t)
	config.Security = listen.Security{
		TokenFile: tokenFile(t, "alice "+aliceToken), ProxyTokenFile: tokenFile(t, "node "+proxyToken),
	}
	log := keepLog(&config)
	r := run(t, config)
	for token, want := range map[string]int{"": 401, proxyToken: 401, aliceToken: 200} {
		if code := r.put(token, allowPort(1)); code != want {
			t.Errorf("with %q: got %d", token, code)
		}
	}
	conn, err := grpc.NewClient(r.xds[0].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for token, want := range map[string]codes.Code{
		"": codes.Unauthenticated, "Bearer x": codes.Unauthenticated, "Bearer " + proxyToken: codes.OK, "Bearer " + aliceToken: codes.OK,
	} {
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
	for _, door := range []string{"API", "proxies"} {
		if !strings.Contains(log.String(), "interface="+door) {
			t.Errorf("%s: nobody was turned away: %s", door, log)
		}
	}
	if strings.Count(log.String(), "a client was turned away") != 2 {
		t.Errorf("want a line for each interface: %s", log)
	}
}

func TestProxyWithATokenGetsItsPolicyAndCannotChangeIt(t *testing.T) {
	config := newConfig(t)
	config.Security = listen.Security{TokenFile: tokenFile(t, aliceToken), ProxyTokenFile: tokenFile(t, proxyToken)}
	r := run(t, config)
	if code := r.put(aliceToken, endpoint+allowPort(1)); code != 200 {
		t.Fatalf("got %d", code)
	}
	for _, delta := range []bool{false, true} {
		store := &policy.Store{}
		log := logrus.New()
		log.SetOutput(io.Discard)
		c, err := npds.NewClient(npds.ClientConfig{
			Address: r.xds[0].String(), TokenFile: tokenFile(t, proxyToken), Delta: delta, Store: store,
			Identities: &policy.IdentityStore{}, Parsers: policy.Registered(), Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		r.eventually("the policy is in force", func() bool { return allows(store, 1) })
		c.Close()
	}
	if code := r.put(proxyToken, allowPort(2)); code != 401 {
		t.Errorf("a proxy changed the policy: got %d", code)
	}
}

func TestLogSaysWhoChangedWhat(t *testing.T) {
	config := newConfig(t)
	socket := filepath.Join(t.TempDir(), "api")
	config.API = append(config.API, socket)
	config.Security = listen.Security{TokenFile: tokenFile(t, "alice "+aliceToken)}
	log := keepLog(&config)
	r := run(t, config)
	if code := r.put(aliceToken, endpoint+allowPort(1)); code != 200 {
		t.Fatalf("got %d", code)
	}
	if code := r.put(aliceToken, strings.Replace(allowPort(1), "toPorts", "toParts", 1)); code != 422 {
		t.Fatalf("got %d", code)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest("DELETE", "http://localhost/v1/endpoints/default/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.Body.Close(); response.StatusCode != 200 {
		t.Fatalf("got %d", response.StatusCode)
	}
	for _, want := range []string{
		`policy change is accepted" address="127\.0\.0\.1:\d+" put_endpoints=default/a put_policies=default/p revision=1 source=api token=alice`,
		`policy change is refused[^\n]* address="127\.0\.0\.1:\d+"[^\n]*token=alice`,
		fmt.Sprintf(`policy change is accepted" address="unix user %d process %d" deleted_endpoints=default/a revision=2`,
			os.Getuid(), os.Getpid()),
	} {
		if !regexp.MustCompile(want).MatchString(log.String()) {
			t.Errorf("%s is not in %s", want, log)
		}
	}
	if strings.Contains(log.String(), aliceToken) {
		t.Errorf("the token is in %s", log)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhoComesFromElsewhereNeedsACertificate(t *testing.T) {
	certificate, key := selfsigned.Certificate(t)
	own, ownKey := selfsigned.Certificate(t)
	ofProxies, ofProxiesKey := selfsigned.Certificate(t)
	config := newConfig(t)
	config.API, config.XDS = []string{"0.0.0.0:0"}, []string{"0.0.0.0:0"}
	config.Security = listen.Security{Certificate: certificate, Key: key, ClientCA: own, ProxyCA: ofProxies}
	log := keepLog(&config)
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
	proxy, err := tls.LoadX509KeyPair(ofProxies, ofProxiesKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who      string
		shown    []tls.Certificate
		api, xds bool
	}{{"nobody", nil, false, false}, {"a proxy", []tls.Certificate{proxy}, false, true}, {"a client", []tls.Certificate{pair}, true, true}} {
		settings := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: c.shown}
		settings.RootCAs.AppendCertsFromPEM(text)
		for _, http2 := range []bool{false, true} {
			transport := &http.Transport{TLSClientConfig: settings.Clone(), ForceAttemptHTTP2: http2}
			response, err := (&http.Client{Transport: transport}).Get("https://" + local(r.api[0]) + "/v1/status")
			if (err == nil) != c.api {
				t.Errorf("http as %s: got %v", c.who, err)
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
		if (err == nil) != c.xds {
			t.Errorf("grpc as %s: got %v", c.who, err)
		}
		conn.Close()
	}
	for _, door := range []string{"interface=API", "interface=proxies"} {
		if !regexp.MustCompile(`a client was turned away[^\n]*` + door).MatchString(log.String()) {
			t.Errorf("%s is not in %s", door, log)
		}
	}
}

func TestServerThatWouldBeOpenDoesNotStart(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.API = []string{"0.0.0.0:0"} },
		func(c *Config) { c.XDS = []string{":0"} },
		func(c *Config) { c.Security.TokenFile = tokenFile(t, "short") },
		func(c *Config) { c.Security.ProxyTokenFile = tokenFile(t, proxyToken) },
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

func TestConnectionsBeyondTheLimitWait(t *testing.T) {
	config := newConfig(t)
	config.Connections = 2
	r := run(t, config)
	var open []net.Conn
	for range config.Connections {
		conn, err := net.Dial("tcp", r.api[0].String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answered := make(chan int, 1)
	go func() {
		response, err := client.Get("http://" + r.api[0].String() + "/healthz")
		if err != nil {
			answered <- 0
			return
		}
		response.Body.Close()
		answered <- response.StatusCode
	}()
	select {
	case code := <-answered:
		t.Errorf("got %d", code)
	case <-time.After(100 * time.Millisecond):
	}
	open[0].Close()
	select {
	case code := <-answered:
		if code != 200 {
			t.Errorf("got %d", code)
		}
	case <-time.After(patience):
		t.Error("it waits although there is place")
	}
}
