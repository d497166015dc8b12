package npds

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/policy"
)

type ClientSuite struct {
	store  *policy.Store
	book   *logbook.Book
	client *Client
}

var _ = check.Suite(&ClientSuite{})

func (s *ClientSuite) SetUpTest(c *check.C) {
	s.store, s.book, s.client = new(policy.Store), &logbook.Book{}, nil
}

func (s *ClientSuite) TearDownTest(c *check.C) {
	if s.client != nil {
		s.client.Close()
	}
}

func (s *ClientSuite) start(c *check.C, address string) {
	var err error
	s.client, err = NewClient(ClientConfig{
		Address: address, NodeID: "node-7", Store: s.store, Parsers: parsers, Log: s.book.Logger(),
		MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	c.Assert(err, check.IsNil)
}

// scripted is a server that a test drives: it sends what is put into updates and keeps the requests.
type scripted[Request, Response any] struct {
	grpc     *grpc.Server
	requests chan *Request
	updates  chan *Response
	once     sync.Once
}

func newScripted[Request, Response any](options ...grpc.ServerOption) *scripted[Request, Response] {
	return &scripted[Request, Response]{
		grpc: grpc.NewServer(options...), requests: make(chan *Request, 100), updates: make(chan *Response, 100),
	}
}

func (s *scripted[Request, Response]) stop() { s.once.Do(s.grpc.Stop) }

// handle serves one client.
func (s *scripted[Request, Response]) handle(stream grpc.BidiStreamingServer[Request, Response]) error {
	go func() {
		for {
			r, err := stream.Recv()
			if err != nil {
				return
			}
			s.requests <- r
		}
	}()
	for {
		select {
		case u := <-s.updates:
			if err := stream.Send(u); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return context.Cause(stream.Context())
		}
	}
}

func (s *scripted[Request, Response]) next(c *check.C) *Request {
	select {
	case r := <-s.requests:
		return r
	case <-time.After(patience):
		c.Fatal("no request has come in time")
		return nil
	}
}

// policyServer sends the state of the world.
type policyServer struct {
	*scripted[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
}

func serve(c *check.C, network, address string) (*policyServer, string) {
	listener, err := net.Listen(network, address)
	c.Assert(err, check.IsNil)
	s := newPolicyServer()
	go s.grpc.Serve(listener)
	return s, listener.Addr().String()
}

func newPolicyServer(options ...grpc.ServerOption) *policyServer {
	s := &policyServer{newScripted[discovery.DiscoveryRequest, discovery.DiscoveryResponse](options...)}
	xdstest.Register(s.grpc, service.NetworkPolicies, s.handle, nil)
	return s
}

// update makes a response that allows one port.
func update(c *check.C, version string, port uint32, rules ...*cilium.PortNetworkPolicyRule) *discovery.DiscoveryResponse {
	return response(c, version, &cilium.NetworkPolicy{
		EndpointIps: []string{"10.0.0.1"}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: port, Rules: rules}},
	})
}

func response(c *check.C, version string, resources ...proto.Message) *discovery.DiscoveryResponse {
	r := &discovery.DiscoveryResponse{TypeUrl: TypeURL, VersionInfo: version, Nonce: "nonce-" + version}
	for _, m := range resources {
		packed, err := anypb.New(m)
		c.Assert(err, check.IsNil)
		r.Resources = append(r.Resources, packed)
	}
	return r
}

// withKey is a rule with an L7 rule of one key.
func withKey(key, value string) *cilium.PortNetworkPolicyRule {
	return &cilium.PortNetworkPolicyRule{Name: "r", L7Proto: "words", L7: &cilium.PortNetworkPolicyRule_L7Rules{
		L7Rules: &cilium.L7NetworkPolicyRules{L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{key: value}}}},
	}}
}

func (s *ClientSuite) TestAnUpdateIsPutInForceAndAccepted(c *check.C) {
	for _, network := range []string{"unix", "tcp"} {
		s.SetUpTest(c)
		address := "127.0.0.1:0"
		if network == "unix" {
			address = filepath.Join(c.MkDir(), "xds.sock")
		}
		server, address := serve(c, network, address)
		s.start(c, address)
		first := server.next(c)
		c.Check(first.GetTypeUrl(), check.Equals, TypeURL)
		c.Check(first.GetNode().GetId(), check.Equals, "node-7")
		c.Check(first.GetResourceNames(), check.HasLen, 0)
		c.Check(first.GetVersionInfo()+first.GetResponseNonce(), check.Equals, "")

		server.updates <- update(c, "1", 80)
		ack := server.next(c)
		c.Check(ack.GetVersionInfo(), check.Equals, "1")
		c.Check(ack.GetResponseNonce(), check.Equals, "nonce-1")
		c.Check(ack.GetErrorDetail(), check.IsNil)
		c.Check(allows(s.store, 80), check.Equals, true)

		server.updates <- update(c, "2", 81)
		c.Check(server.next(c).GetVersionInfo(), check.Equals, "2")
		c.Check(allows(s.store, 80), check.Equals, false)
		c.Check(allows(s.store, 81), check.Equals, true)
		c.Check(s.client.Status().Version, check.Equals, "2")
		c.Check(s.client.Status().ConnectedSince.IsZero(), check.Equals, false)
		c.Check(s.client.Close(), check.IsNil)
		s.client = nil
		server.stop()
	}
}

func (s *ClientSuite) TestAnEmptyValueOfAServerMeansAny(c *check.C) {
	server, address := serve(c, "unix", filepath.Join(c.MkDir(), "xds.sock"))
	defer server.stop()
	s.start(c, address)
	server.next(c)
	server.updates <- update(c, "1", 80, withKey("word", ""))
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	c.Check(allows(s.store, 80), check.Equals, true)
}

func (s *ClientSuite) TestWarningsOfAServersPolicyAreInLogAndStatus(c *check.C) {
	server, address := serve(c, "unix", filepath.Join(c.MkDir(), "xds.sock"))
	defer server.stop()
	s.start(c, address)
	server.next(c)
	rule := &cilium.PortNetworkPolicyRule{L7Proto: "wordz"}
	warnings := func() int { return strings.Count(s.book.String(), "did you mean words?") }
	for version, ports := range []uint32{1, 2, 3} {
		var entries []*cilium.PortNetworkPolicy
		for port := range ports {
			entries = append(entries, &cilium.PortNetworkPolicy{Port: 80 + port, Rules: []*cilium.PortNetworkPolicyRule{rule}})
		}
		server.updates <- response(c, fmt.Sprint(version), &cilium.NetworkPolicy{EndpointIps: []string{"10.0.0.1"}, IngressPerPortPolicies: entries})
		server.next(c)
		c.Check(warnings(), check.Equals, 1, check.Commentf("said once, also when there are more"))
		c.Check(s.client.Status().Warnings, check.HasLen, 1)
	}
	c.Check(s.client.Status().Warnings[0], check.Matches, `l7_proto: this build has no parser "wordz", so what 3 port entries say.*`)
	server.updates <- update(c, "corrected", 80)
	server.next(c)
	c.Check(s.client.Status().Warnings, check.HasLen, 0)
	server.updates <- update(c, "again", 80, rule)
	server.next(c)
	c.Check(warnings(), check.Equals, 2)
}

func (s *ClientSuite) TestARefusedUpdateLeavesThePolicyInForce(c *check.C) {
	server, address := serve(c, "unix", filepath.Join(c.MkDir(), "xds.sock"))
	defer server.stop()
	s.start(c, address)
	server.next(c)
	server.updates <- update(c, "1", 80)
	server.next(c)
	wrong := update(c, "x", 81)
	wrong.Resources[0].Value = []byte{0xff}
	foreign := update(c, "x", 81)
	foreign.Resources[0].TypeUrl = "type.googleapis.com/other"
	otherType := response(c, "x")
	otherType.TypeUrl = "type.googleapis.com/other"
	for _, t := range []struct {
		update *discovery.DiscoveryResponse
		reason string
	}{
		{update(c, "x", 81, withKey("wrod", "a")), `policy of endpoint 10.0.0.1 \(id 0\): ingress port 81: rule 0 "r": l7_allow_rules: unknown key "wrod"`},
		{update(c, "x", 81, withKey("word", "panic")), `.*panic: out of order`},
		{response(c, "x", &cilium.NetworkPolicy{}), `.*endpoint_ips: has 0 entries.*`},
		{wrong, `(?s)resource 0 cannot be decoded.*`},
		{foreign, `resource 0 is of type "type.googleapis.com/other", want ".*NetworkPolicy"`},
		{otherType, `response is of type "type.googleapis.com/other", want .*`},
	} {
		server.updates <- t.update
		nack := server.next(c)
		c.Check(nack.GetVersionInfo(), check.Equals, "1", check.Commentf("the version in force"))
		c.Check(nack.GetResponseNonce(), check.Equals, "nonce-x")
		c.Check(nack.GetErrorDetail().GetMessage(), check.Matches, t.reason)
		c.Check(allows(s.store, 80), check.Equals, true)
		c.Check(allows(s.store, 81), check.Equals, false)
		c.Check(s.client.Status().LastRefusal, check.Matches, t.reason)
	}
	c.Check(s.book.String(), check.Matches, "(?s).*policy update is refused; the policy before it stays in force.*wrod.*")
	for range 3 {
		server.updates <- otherType
		server.next(c)
	}
	c.Check(strings.Count(s.book.String(), "response is of type"), check.Equals, 1, check.Commentf("said once"))
	server.updates <- update(c, "2", 82)
	c.Check(server.next(c).GetVersionInfo(), check.Equals, "2")
	status := s.client.Status()
	c.Check(status.LastRefusal, check.Equals, "")
	c.Check([]uint64{status.Updates, status.Refusals}, check.DeepEquals, []uint64{2, 9})
}

func (s *ClientSuite) TestALostServerIsFoundAgainAndThePolicyStays(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds.sock")
	server, address := serve(c, "unix", path)
	s.start(c, address)
	server.next(c)
	server.updates <- update(c, "1", 80)
	server.next(c)
	server.stop()
	eventually.Holds(c, "the loss is seen", func() bool { return s.client.Status().ConnectedSince.IsZero() })
	time.Sleep(100 * time.Millisecond)
	c.Check(allows(s.store, 80), check.Equals, true)

	server, _ = serve(c, "unix", path)
	defer server.stop()
	again := server.next(c)
	c.Check(again.GetVersionInfo(), check.Equals, "1")
	c.Check(again.GetResponseNonce(), check.Equals, "", check.Commentf("a nonce is of its stream alone"))
	server.updates <- update(c, "2", 81)
	c.Check(server.next(c).GetVersionInfo(), check.Equals, "2")
	c.Check(allows(s.store, 81), check.Equals, true)
	c.Check(strings.Count(s.book.String(), "policy server is lost"), check.Equals, 1, check.Commentf("one line an outage"))
	c.Check(s.book.String(), check.Matches, `(?s).*policy server is lost[^\n]* connected="?20[^\n]* updated="?20[^\n]* version=1\n.*`)
	c.Check(strings.Count(s.book.String(), "policy server is connected"), check.Equals, 2)
}

func (s *ClientSuite) TestAServerThatIsNotThereYetRefusesEverythingUntilItComes(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds.sock")
	s.start(c, path)
	eventually.Holds(c, "a warning", func() bool { return strings.Contains(s.book.String(), "everything is refused until it replies") })
	c.Check(allows(s.store, 80), check.Equals, false)
	server, _ := serve(c, "unix", path)
	defer server.stop()
	server.next(c)
	server.updates <- update(c, "1", 80)
	server.next(c)
	c.Check(allows(s.store, 80), check.Equals, true)
}

func (s *ClientSuite) TestAddressesThatAreNoneAreRefused(c *check.C) {
	for _, address := range []string{"", "relative/path", "host", "host:", ":80", "unix://relative", "http://host:80/x"} {
		_, err := NewClient(ClientConfig{Address: address, Store: s.store, Log: s.book.Logger()})
		c.Check(err, check.ErrorMatches, `policy server ".*": want the absolute path of a Unix socket, or host:port`, check.Commentf(address))
	}
	for _, address := range []string{"/run/x.sock", "unix:///run/x.sock", "localhost:80", "[::1]:80"} {
		c.Check(CheckServer(address, TLSFiles{}, ""), check.IsNil)
	}
}
