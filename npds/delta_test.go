package npds

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/policy"
)

// deltaServer sends changes, of one service.
type deltaServer = scripted[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]

func serveDelta(c *check.C, path string, of service.Service) *deltaServer {
	listener, err := net.Listen("unix", path)
	c.Assert(err, check.IsNil)
	s := newScripted[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]()
	xdstest.Register(s.grpc, of, nil, s.handle)
	go s.grpc.Serve(listener)
	return s
}

// changed makes a resource of a delta response.
func changed(c *check.C, name, version string, m proto.Message) *discovery.Resource {
	packed, err := anypb.New(m)
	c.Assert(err, check.IsNil)
	return &discovery.Resource{Name: name, Version: version, Resource: packed}
}

// endpoint is a policy that allows one port of an endpoint.
func endpoint(ip string, port uint32, rules ...*cilium.PortNetworkPolicyRule) *cilium.NetworkPolicy {
	return &cilium.NetworkPolicy{
		EndpointIps: []string{ip}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: port, Rules: rules}},
	}
}

func (s *ClientSuite) startDelta(c *check.C, path string, identities *policy.IdentityStore) {
	var err error
	s.client, err = NewClient(ClientConfig{
		Address: path, NodeID: "node-7", Delta: true, Store: s.store, Identities: identities, Parsers: parsers,
		Log: s.book.Logger(), MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	c.Assert(err, check.IsNil)
}

func (s *ClientSuite) allowsAt(ip string, port uint16) bool {
	return s.store.Current().Lookup(ip, true, port).Decide(&policy.Request{Parser: "words"}).Allowed
}

func (s *ClientSuite) TestChangesArePutInForceOneByOne(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds")
	server := serveDelta(c, path, service.NetworkPolicies)
	defer server.stop()
	s.startDelta(c, path, nil)
	first := server.next(c)
	c.Check(first.GetTypeUrl(), check.Equals, TypeURL)
	c.Check(first.GetNode().GetId(), check.Equals, "node-7")
	c.Check(first.GetInitialResourceVersions(), check.HasLen, 0)

	server.updates <- &discovery.DeltaDiscoveryResponse{Nonce: "n1", SystemVersionInfo: "1", Resources: []*discovery.Resource{
		changed(c, "a", "a1", endpoint("10.0.0.1", 80)), changed(c, "b", "b1", endpoint("10.0.0.2", 80)),
	}}
	ack := server.next(c)
	c.Check(ack.GetResponseNonce(), check.Equals, "n1")
	c.Check(ack.GetErrorDetail(), check.IsNil)
	c.Check(s.allowsAt("10.0.0.1", 80) && s.allowsAt("10.0.0.2", 80), check.Equals, true)

	server.updates <- &discovery.DeltaDiscoveryResponse{Nonce: "n2", RemovedResources: []string{"b", "unknown"},
		Resources: []*discovery.Resource{changed(c, "a", "a2", endpoint("10.0.0.3", 81))}}
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	c.Check(s.store.Current().Endpoints(), check.Equals, 1)
	c.Check(s.allowsAt("10.0.0.3", 81), check.Equals, true)

	for _, t := range []struct {
		update *discovery.DeltaDiscoveryResponse
		reason string
	}{
		{&discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{
			changed(c, "a", "a3", endpoint("10.0.0.3", 82, withKey("wrod", "x"))),
		}}, `resource "a": policy of endpoint 10.0.0.3 .*unknown key "wrod"`},
		{&discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{changed(c, "c", "c1", endpoint("10.0.0.3", 82))}},
			`resource "c": endpoint_ips: 10.0.0.3 is that of resource "a" as well; .*`},
		{&discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{
			changed(c, "c", "c1", endpoint("10.0.0.4", 82)), changed(c, "c", "c1", endpoint("10.0.0.5", 82)),
		}}, `resource "c" is given twice`},
		{&discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{changed(c, "c", "c1", &cilium.NetworkPolicy{})}},
			`resource "c": policy of endpoint without address .*: endpoint_ips: has 0 entries.*`},
		{&discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{changed(c, "c", "c1", &cilium.KeyValue{})}},
			`resource "c" is of type ".*KeyValue", want .*`},
		{&discovery.DeltaDiscoveryResponse{TypeUrl: "other"}, `response is of type "other", want .*`},
	} {
		t.update.Nonce = "x"
		server.updates <- t.update
		nack := server.next(c)
		c.Check(nack.GetResponseNonce(), check.Equals, "x")
		c.Check(nack.GetErrorDetail().GetMessage(), check.Matches, t.reason)
		c.Check(s.store.Current().Endpoints() == 1 && s.allowsAt("10.0.0.3", 81), check.Equals, true)
	}
}

func (s *ClientSuite) TestAnEmptyValueInAChangeMeansAny(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds.sock")
	server := serveDelta(c, path, service.NetworkPolicies)
	defer server.stop()
	s.startDelta(c, path, nil)
	server.next(c)
	server.updates <- &discovery.DeltaDiscoveryResponse{
		TypeUrl: TypeURL, Nonce: "n",
		Resources: []*discovery.Resource{changed(c, "a", "1", endpoint("10.0.0.1", 80, withKey("word", "")))},
	}
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	c.Check(s.allowsAt("10.0.0.1", 80), check.Equals, true)
}

func (s *ClientSuite) TestANewConnectionTellsWhatIsInForce(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds")
	server := serveDelta(c, path, service.NetworkPolicies)
	s.startDelta(c, path, nil)
	server.next(c)
	server.updates <- &discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{
		changed(c, "a", "a1", endpoint("10.0.0.1", 80)), changed(c, "b", "b1", endpoint("10.0.0.2", 80)),
	}}
	server.next(c)
	server.stop()

	server = serveDelta(c, path, service.NetworkPolicies)
	defer server.stop()
	again := server.next(c)
	c.Check(again.GetInitialResourceVersions(), check.DeepEquals, map[string]string{"a": "a1", "b": "b1"})
	c.Check(again.GetResponseNonce(), check.Equals, "")
	c.Check(s.allowsAt("10.0.0.1", 80), check.Equals, true)
	server.updates <- &discovery.DeltaDiscoveryResponse{RemovedResources: []string{"a"}}
	server.next(c)
	c.Check(s.allowsAt("10.0.0.1", 80), check.Equals, false)
	c.Check(s.allowsAt("10.0.0.2", 80), check.Equals, true)
}

func (s *ClientSuite) TestMoreVersionsThanAServerTakesAreNotSent(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds")
	server := serveDelta(c, path, service.NetworkPolicies)
	s.startDelta(c, path, nil)
	server.next(c)
	const many = 1100
	var all []*discovery.Resource
	for i := range many {
		all = append(all, changed(c, fmt.Sprint(strings.Repeat("n", 4000), i), "1", endpoint(fmt.Sprintf("10.1.%d.%d", i/256, i%256), 80)))
	}
	server.updates <- &discovery.DeltaDiscoveryResponse{Resources: all}
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	server.stop()

	server = serveDelta(c, path, service.NetworkPolicies)
	defer server.stop()
	c.Check(server.next(c).GetInitialResourceVersions(), check.HasLen, 0)
	c.Check(s.store.Current().Endpoints(), check.Equals, many)
	server.updates <- &discovery.DeltaDiscoveryResponse{Resources: all[1:]}
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	c.Check(s.store.Current().Endpoints(), check.Equals, many-1)
	c.Check(s.allowsAt("10.1.0.0", 80), check.Equals, false, check.Commentf("the server has it no more"))
	server.updates <- &discovery.DeltaDiscoveryResponse{Resources: all[:1]}
	server.next(c)
	c.Check(s.store.Current().Endpoints(), check.Equals, many, check.Commentf("later updates hold changes alone"))
}

func (s *ClientSuite) TestIdentitiesComeFromTheServerAsWell(c *check.C) {
	path := filepath.Join(c.MkDir(), "xds")
	server := serveDelta(c, path, service.NetworkPolicyHosts)
	defer server.stop()
	var identities policy.IdentityStore
	s.startDelta(c, path, &identities)
	c.Check(server.next(c).GetTypeUrl(), check.Equals, HostsTypeURL)
	of := func(ip string) uint32 { return identities.Current().Of(netip.MustParseAddr(ip)) }
	server.updates <- &discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{
		changed(c, "7", "1", &cilium.NetworkPolicyHosts{Policy: 7, HostAddresses: []string{"10.0.0.0/8", "fd00::1"}}),
		changed(c, "8", "1", &cilium.NetworkPolicyHosts{Policy: 8, HostAddresses: []string{"10.1.0.0/16"}}),
	}}
	c.Check(server.next(c).GetErrorDetail(), check.IsNil)
	c.Check([]uint32{of("10.2.0.1"), of("10.1.0.1"), of("fd00::1"), of("11.0.0.1")}, check.DeepEquals, []uint32{7, 8, 7, 0})

	for _, t := range []struct {
		hosts  proto.Message
		reason string
	}{
		{&cilium.NetworkPolicyHosts{Policy: 9, HostAddresses: []string{"10.0.0.0/8"}}, `resource "9": host_addresses: 10.0.0.0/8 is that of resource "7" as well; .*`},
		{&cilium.NetworkPolicyHosts{Policy: 0}, `resource "9": policy: 0 is not an identity.*`},
		{&cilium.NetworkPolicyHosts{Policy: 1 << 40}, `resource "9": policy: 1099511627776 is not an identity.*`},
		{&cilium.NetworkPolicyHosts{Policy: 9, HostAddresses: []string{"ten"}}, `resource "9": host_addresses of identity 9: "ten" is not a prefix.*`},
		{&cilium.NetworkPolicy{}, `resource "9" is of type .*`},
	} {
		server.updates <- &discovery.DeltaDiscoveryResponse{Resources: []*discovery.Resource{changed(c, "9", "1", t.hosts)}}
		c.Check(server.next(c).GetErrorDetail().GetMessage(), check.Matches, t.reason)
		c.Check(of("10.2.0.1"), check.Equals, uint32(7))
	}

	server.updates <- &discovery.DeltaDiscoveryResponse{RemovedResources: []string{"8"}}
	server.next(c)
	c.Check(of("10.1.0.1"), check.Equals, uint32(7))
}

func (s *ClientSuite) TestAWholeStateOfIdentitiesReplacesTheOneBefore(c *check.C) {
	var identities policy.IdentityStore
	h := newHosts(&identities)
	pack := func(m proto.Message) *anypb.Any {
		packed, err := anypb.New(m)
		c.Assert(err, check.IsNil)
		return packed
	}
	c.Assert(h.world([]*anypb.Any{pack(&cilium.NetworkPolicyHosts{Policy: 7, HostAddresses: []string{"10.0.0.1"}})}).refused, check.HasLen, 0)
	c.Assert(h.world([]*anypb.Any{pack(&cilium.NetworkPolicyHosts{Policy: 8, HostAddresses: []string{"10.0.0.2"}})}).refused, check.HasLen, 0)
	c.Check(identities.Current().Of(netip.MustParseAddr("10.0.0.1")), check.Equals, uint32(0))
	c.Check(identities.Current().Of(netip.MustParseAddr("10.0.0.2")), check.Equals, uint32(8))
	c.Check(h.world([]*anypb.Any{pack(&cilium.NetworkPolicy{})}).refused, check.ErrorMatches, "resource 0 is of type .*")
}
