package npds

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/policy"
)

// PartialSuite is about updates of which some resources are refused.
type PartialSuite struct{ store *policy.Store }

var _ = check.Suite(&PartialSuite{})

func (s *PartialSuite) SetUpTest(*check.C) { s.store = new(policy.Store) }

func (s *PartialSuite) policies(onError OnError) *policies {
	return newPolicies(s.store, parsers, onError)
}

// inForce returns the port on which each address allows requests, as "address:port", in order.
func (s *PartialSuite) inForce() []string {
	found := []string{}
	for address := range s.store.Current().All() {
		for port := range uint16(100) {
			if s.store.Current().Lookup(address, true, port).Decide(&policy.Request{Parser: "words"}).Allowed {
				found = append(found, fmt.Sprintf("%s:%d", address, port))
			}
		}
	}
	slices.Sort(found)
	return found
}

func pack(c *check.C, messages ...proto.Message) (packed []*anypb.Any) {
	for _, m := range messages {
		p, err := anypb.New(m)
		c.Assert(err, check.IsNil)
		packed = append(packed, p)
	}
	return packed
}

// broken is a policy with a rule that no parser takes.
func broken(ips ...string) *cilium.NetworkPolicy {
	p := endpoint(ips[0], 99, withKey("wrod", "x"))
	p.EndpointIps = ips
	return p
}

// at is a policy that allows one port of an endpoint.
func at(port uint32, ips ...string) *cilium.NetworkPolicy {
	p := endpoint(ips[0], port)
	p.EndpointIps = ips
	return p
}

// cut is a policy whose bytes end in the middle, after its addresses.
func cut(c *check.C, p *cilium.NetworkPolicy) *anypb.Any {
	packed := pack(c, p)[0]
	packed.Value = append(packed.Value, 0xff)
	return packed
}

func (s *PartialSuite) TestInAStateOfTheWorldTheGoodResourcesComeInForce(c *check.C) {
	garbage := &anypb.Any{TypeUrl: TypeURL, Value: []byte{0xff}}
	foreign := &anypb.Any{TypeUrl: "type.googleapis.com/other"}
	for _, t := range []struct {
		what       string
		resources  []*anypb.Any
		keep, deny []string
		reasons    string
	}{
		{"a narrowed policy beside a broken one", pack(c, at(81, "10.0.0.1"), broken("10.0.0.2")),
			[]string{"10.0.0.1:81", "10.0.0.2:80", "fd00::2:80"}, []string{"10.0.0.1:81"}, `policy of endpoint 10.0.0.2 .*"wrod"`},
		{"a broken one that never was good", pack(c, at(81, "10.0.0.1"), broken("10.0.0.9")),
			[]string{"10.0.0.1:81"}, []string{"10.0.0.1:81"}, `policy of endpoint 10.0.0.9 .*`},
		{"bytes that end early", append(pack(c, at(81, "10.0.0.1")), cut(c, at(82, "10.0.0.2"))),
			[]string{"10.0.0.1:81", "10.0.0.2:80", "fd00::2:80"}, []string{"10.0.0.1:81"}, `policy of endpoint 10.0.0.2 cannot be decoded: .*`},
		{"garbage that might be any endpoint", append(pack(c, at(81, "10.0.0.1")), garbage),
			[]string{"10.0.0.1:81", "10.0.0.2:80", "10.0.0.3:80", "fd00::2:80"}, []string{"10.0.0.1:81"}, `resource 1 cannot be decoded: .*`},
		{"a resource of another type", append(pack(c, at(81, "10.0.0.1")), foreign),
			[]string{"10.0.0.1:81", "10.0.0.2:80", "10.0.0.3:80", "fd00::2:80"}, []string{"10.0.0.1:81"}, `resource 1 is of type "type.googleapis.com/other".*`},
		{"two for one address", pack(c, at(81, "10.0.0.1"), at(82, "10.0.0.1"), at(83, "10.0.0.3")),
			[]string{"10.0.0.1:80", "10.0.0.3:83"}, []string{"10.0.0.3:83"},
			`2 resources are refused: policy of endpoint 10.0.0.1: endpoint_ips: 10.0.0.1 is given twice; policy of .*`},
		{"two that share one address", pack(c, at(81, "10.0.0.1", "10.0.0.9"), at(82, "10.0.0.2", "10.0.0.9")),
			[]string{"10.0.0.1:80", "10.0.0.2:80", "fd00::2:80"}, []string{}, `2 resources are refused: .*`},
		{"one address of a broken one is another's", pack(c, broken("10.0.0.2"), at(84, "fd00::2")),
			[]string{"10.0.0.2:80", "fd00::2:84"}, []string{"fd00::2:84"}, `policy of endpoint 10.0.0.2 .*`},
		{"an address that is none", pack(c, at(81, "10.0.0.2", "somewhere")),
			[]string{"10.0.0.2:80", "fd00::2:80"}, []string{}, `policy of endpoint 10.0.0.2, somewhere .*: endpoint_ips: "somewhere" is not an IP address`},
		{"no address", pack(c, &cilium.NetworkPolicy{}),
			[]string{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "fd00::2:80"}, []string{}, `policy of endpoint without address .*`},
		{"nothing that is refused", pack(c, at(85, "10.0.0.4")), []string{"10.0.0.4:85"}, []string{"10.0.0.4:85"}, ""},
		{"nothing at all", nil, []string{}, []string{}, ""},
	} {
		for _, onError := range []OnError{Keep, Deny} {
			s.store = new(policy.Store)
			p, comment := s.policies(onError), check.Commentf("%s, %s", t.what, onError)
			c.Assert(p.world(pack(c, at(80, "10.0.0.1"), at(80, "10.0.0.2", "fd00::2"), at(80, "10.0.0.3"))).refused, check.HasLen, 0)
			got := p.world(t.resources)
			c.Check(got.refused.text(), check.Matches, t.reasons, comment)
			want := t.keep
			if onError == Deny {
				want = t.deny
			}
			c.Check(s.inForce(), check.DeepEquals, want, comment)
		}
	}
}

// delta makes the resources of a change: pairs of a name and a policy.
func delta(c *check.C, pairs ...any) (resources []changedResource) {
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		resources = append(resources, changedResource{name, name + "!", pack(c, pairs[i+1].(proto.Message))[0]})
	}
	return resources
}

func (s *PartialSuite) TestInAChangeTheGoodResourcesComeInForce(c *check.C) {
	for _, onError := range []OnError{Keep, Deny} {
		s.store = new(policy.Store)
		p, comment := s.policies(onError), check.Commentf(string(onError))
		c.Assert(p.change(delta(c, "a", at(80, "10.0.0.1"), "b", at(80, "10.0.0.2"), "c", at(80, "10.0.0.3")), nil).refused, check.HasLen, 0)
		got := p.change(delta(c, "a", at(81, "10.0.0.1"), "b", broken("10.0.0.2"), "d", broken("10.0.0.4")), []string{"c"})
		c.Check(got.refused.text(), check.Matches, `2 resources are refused: resource "b": .*"wrod"; resource "d": .*"wrod"`, comment)
		want := []string{"10.0.0.1:81", "10.0.0.2:80"}
		if onError == Deny {
			want = want[:1]
		}
		c.Check(s.inForce(), check.DeepEquals, want, comment)

		got = p.change(delta(c, "a", at(82, "10.0.0.1")), nil)
		c.Check(got.refused, check.HasLen, 0, comment)
		c.Check(got.outstanding, check.HasLen, 2, check.Commentf("what was refused before still is"))
		got = p.change(delta(c, "b", at(83, "10.0.0.2")), []string{"d"})
		c.Check(got.outstanding, check.HasLen, 0, comment)
		c.Check(s.inForce(), check.DeepEquals, []string{"10.0.0.1:82", "10.0.0.2:83"}, comment)
	}
}

func (s *PartialSuite) TestAnAddressThatMovesBetweenResourcesHeals(c *check.C) {
	p := s.policies(Keep)
	p.change(delta(c, "a", at(80, "1.1.1.1")), nil)
	got := p.change(delta(c, "b", at(81, "1.1.1.1", "2.2.2.2")), nil)
	c.Check(got.refused.text(), check.Matches, `resource "b": endpoint_ips: 1.1.1.1 is that of resource "a" as well; .*`)
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:80"})
	got = p.change(delta(c, "a", at(82, "1.1.1.1")), nil)
	c.Check(got.refused, check.HasLen, 0, check.Commentf("the owner is not in the way of itself"))
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:82"})
	got = p.change(nil, []string{"a"})
	c.Check(got.refused.text()+got.outstanding.text(), check.Equals, "")
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:81", "2.2.2.2:81"})
	c.Check(p.restart(), check.DeepEquals, map[string]string{"b": "b!"})
}

func (s *PartialSuite) TestResourcesMayExchangeAddressesInOneChange(c *check.C) {
	p := s.policies(Keep)
	p.change(delta(c, "a", at(80, "1.1.1.1"), "b", at(81, "2.2.2.2")), nil)
	got := p.change(delta(c, "a", at(80, "2.2.2.2"), "b", at(81, "1.1.1.1")), nil)
	c.Check(got.refused, check.HasLen, 0)
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:81", "2.2.2.2:80"})

	got = p.change(delta(c, "a", broken("1.1.1.1"), "b", at(82, "2.2.2.2")), nil)
	c.Check(got.refused, check.HasLen, 2, check.Commentf("a stays at the address that b wants"))
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:81", "2.2.2.2:80"})
	got = p.change(delta(c, "a", at(83, "1.1.1.1")), nil)
	c.Check(got.outstanding, check.HasLen, 0, check.Commentf("and both go as soon as both can"))
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:83", "2.2.2.2:82"})
}

func (s *PartialSuite) TestWhatHasTwoClaimsAndNoOwnerIsNobodys(c *check.C) {
	p := s.policies(Keep)
	got := p.change(delta(c, "a", at(80, "1.1.1.1"), "b", at(81, "1.1.1.1"), "c", at(82, "3.3.3.3"), "c", at(83, "3.3.3.3")), nil)
	c.Check(got.refused.text(), check.Matches,
		`3 resources are refused: resource "a": .* resource "b" as well; .*; resource "b": .* resource "a" as well; .*; resource "c" is given twice`)
	c.Check(s.inForce(), check.DeepEquals, []string{})
	p.change(nil, []string{"a"})
	c.Check(s.inForce(), check.DeepEquals, []string{"1.1.1.1:81"})
}

func (s *PartialSuite) TestANewStreamForgetsWhatWasRefused(c *check.C) {
	p := s.policies(Keep)
	p.change(delta(c, "a", at(80, "1.1.1.1"), "c", at(80, "3.3.3.3")), nil)
	p.change(delta(c, "b", at(81, "1.1.1.1"), "c", broken("3.3.3.3")), nil)
	c.Check(p.restart(), check.DeepEquals, map[string]string{"a": "a!", "c": "c!"})
	got := p.change(nil, []string{"a"})
	c.Check(got.outstanding, check.HasLen, 0)
	c.Check(s.inForce(), check.DeepEquals, []string{"3.3.3.3:80"}, check.Commentf("the server has not sent b again"))
}

// TestChangesInAnyOrderKeepTheRules makes random changes and compares what is in force with rules that every state keeps.
func (s *PartialSuite) TestChangesInAnyOrderKeepTheRules(c *check.C) {
	for seed := range uint64(300) {
		s.store = new(policy.Store)
		random := rand.New(rand.NewPCG(seed, 1))
		onError := []OnError{Keep, Deny}[seed%2]
		p, last := s.policies(onError), map[string]*cilium.NetworkPolicy{}
		for step := range 30 {
			var pairs []any
			var removed []string
			for _, name := range []string{"a", "b", "c", "d"} {
				ip := fmt.Sprintf("1.1.1.%d", random.IntN(4))
				switch random.IntN(6) {
				case 0:
					removed = append(removed, name)
					delete(last, name)
				case 1:
					last[name] = broken(ip)
					pairs = append(pairs, name, last[name])
				case 2, 3:
					last[name] = at(uint32(step+1), ip)
					pairs = append(pairs, name, last[name])
				}
			}
			got := p.change(delta(c, pairs...), removed)
			comment := check.Commentf("seed %d, step %d", seed, step)
			// All that is good and alone at its address is in force, and so is nothing that is not as it came last but kept.
			wanted := map[string][]string{}
			for name, r := range last {
				if r.GetIngressPerPortPolicies()[0].GetPort() != 99 {
					wanted[r.GetEndpointIps()[0]] = append(wanted[r.GetEndpointIps()[0]], name)
				}
			}
			inForce := s.inForce()
			for ip, names := range wanted {
				port := last[names[0]].GetIngressPerPortPolicies()[0].GetPort()
				heldBy := p.ledger.owners[ip]
				if len(names) == 1 && (heldBy == nil || heldBy.name == names[0]) {
					c.Assert(slices.Contains(inForce, fmt.Sprintf("%s:%d", ip, port)), check.Equals, true, comment)
				}
			}
			c.Assert(len(inForce), check.Equals, len(p.ledger.owners), comment)
			for name := range p.ledger.held {
				c.Assert(last[name], check.NotNil, comment)
				c.Assert(onError == Keep || p.ledger.reasons[name] == nil, check.Equals, true, comment)
			}
			for name := range last {
				c.Assert(p.ledger.reasons[name] != nil || p.ledger.held[name] != nil, check.Equals, true, comment)
			}
			c.Assert(len(got.outstanding), check.Equals, len(p.ledger.reasons), comment)
		}
	}
}

func hostsOf(id uint64, prefixes ...string) *cilium.NetworkPolicyHosts {
	return &cilium.NetworkPolicyHosts{Policy: id, HostAddresses: prefixes}
}

func (s *PartialSuite) TestInAStateOfIdentitiesTheGoodOnesComeInForce(c *check.C) {
	garbage := &anypb.Any{TypeUrl: HostsTypeURL, Value: []byte{0xff}}
	for _, t := range []struct {
		what      string
		resources []*anypb.Any
		want      [3]uint32
		reasons   string
	}{
		{"a move beside a broken one", pack(c, hostsOf(7, "10.0.0.3"), hostsOf(8, "10.0.0.2", "ten")), [3]uint32{0, 8, 7},
			`hosts of identity 8: host_addresses of identity 8: "ten" is not a prefix.*`},
		{"a broken one that says its number alone", pack(c, hostsOf(7, "10.0.0.3"), hostsOf(8, "ten")), [3]uint32{0, 8, 7}, `hosts of identity 8: .*`},
		{"garbage", append(pack(c, hostsOf(7, "10.0.0.3")), garbage), [3]uint32{7, 8, 7}, `resource 1 cannot be decoded: .*`},
		{"a number that is none", pack(c, hostsOf(7, "10.0.0.3"), hostsOf(1<<40, "10.0.0.2")), [3]uint32{7, 8, 7}, `.*1099511627776 is not an identity.*`},
		{"two for one prefix", pack(c, hostsOf(7, "10.0.0.1", "10.0.0.3"), hostsOf(9, "10.0.0.3")), [3]uint32{7, 0, 0},
			`2 resources are refused: hosts of identity 7: host_addresses: 10.0.0.3/32 is given twice; .*`},
		{"a prefix that one resource names twice", pack(c, hostsOf(7, "10.0.0.1", "10.0.0.1/32")), [3]uint32{7, 0, 0}, ``},
	} {
		var store policy.IdentityStore
		h := newHosts(&store)
		c.Assert(h.world(pack(c, hostsOf(7, "10.0.0.1"), hostsOf(8, "10.0.0.2"))).refused, check.HasLen, 0)
		got := h.world(t.resources)
		c.Check(got.refused.text(), check.Matches, t.reasons, check.Commentf(t.what))
		c.Check(identitiesOf(&store), check.Equals, t.want, check.Commentf(t.what))
	}
}

// identitiesOf are the identities of 10.0.0.1, 10.0.0.2 and 10.0.0.3.
func identitiesOf(store *policy.IdentityStore) (ids [3]uint32) {
	for i := range ids {
		ids[i] = store.Current().Of(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}))
	}
	return ids
}

func (s *PartialSuite) TestInAChangeOfIdentitiesTheGoodOnesComeInForce(c *check.C) {
	var store policy.IdentityStore
	h := newHosts(&store)
	h.change(delta(c, "7", hostsOf(7, "10.0.0.1"), "8", hostsOf(8, "10.0.0.2")), nil)
	got := h.change(delta(c, "7", hostsOf(7, "10.0.0.3"), "8", hostsOf(8, "ten")), nil)
	c.Check(got.refused.text(), check.Matches, `resource "8": .*"ten" is not a prefix.*`)
	c.Check(identitiesOf(&store), check.Equals, [3]uint32{0, 8, 7})
	got = h.change(delta(c, "9", hostsOf(9, "10.0.0.3")), nil)
	c.Check(got.refused.text(), check.Matches, `resource "9": host_addresses: 10.0.0.3/32 is that of resource "7" as well.*`)
	got = h.change(delta(c, "8", hostsOf(8, "10.0.0.2")), []string{"7"})
	c.Check(got.outstanding, check.HasLen, 0)
	c.Check(identitiesOf(&store), check.Equals, [3]uint32{0, 8, 9})
}

func (s *PartialSuite) TestARefusalNamesManyResourcesWithinBounds(c *check.C) {
	var resources []*anypb.Any
	for i := range 5000 {
		name := fmt.Sprintf("10.1.%d.%d", i/256, i%256)
		bad := broken(name)
		bad.IngressPerPortPolicies[0].Rules[0].Name = strings.Repeat("x", 1000)
		resources = append(resources, pack(c, bad)...)
	}
	p := s.policies(Keep)
	for _, t := range []struct {
		n    int
		want string
	}{
		{1, `policy of endpoint 10.1.0.0 .*"wrod"`},
		{20, `20 resources are refused: .*"wrod"; policy of endpoint 10.1.0.7 .*; and others: policy of endpoint 10.1.0.8, .*10.1.0.19`},
		{5000, `5000 resources are refused: .*; and others: .* and [0-9]+ more`},
	} {
		text := p.world(resources[:t.n]).refused.text()
		c.Check(text, check.Matches, t.want)
		c.Check(len(text) <= policy.MaxReason, check.Equals, true, check.Commentf("%d bytes", len(text)))
	}
}

// TestANarrowedPolicyComesInForceBesideABrokenOne is over the wire: the same and the next update narrow one policy, and
// always hold another that is refused.
func (s *ClientSuite) TestANarrowedPolicyComesInForceBesideABrokenOne(c *check.C) {
	authority := newAuthority(c)
	for _, form := range []string{"plain", "tls"} {
		s.SetUpTest(c)
		var server *policyServer
		if form == "tls" {
			var address string
			server, address = authority.serve(c, "127.0.0.1:0")
			s.startTLS(c, address, authority.files(c, c.MkDir()))
		} else {
			var address string
			server, address = serve(c, "unix", filepath.Join(c.MkDir(), "xds.sock"))
			s.start(c, address)
		}
		server.next(c)
		server.updates <- response(c, "1", endpoint("10.0.0.1", 80), endpoint("10.0.0.2", 80))
		server.next(c)
		for i, port := range []uint16{81, 82, 83} {
			server.updates <- response(c, fmt.Sprint(i+2), endpoint("10.0.0.1", uint32(port)), broken("10.0.0.2"))
			eventually.Holds(c, "the narrowed policy is in force", func() bool { return s.allowsAt("10.0.0.1", port) && !s.allowsAt("10.0.0.1", port-1) })
			nack := server.next(c)
			c.Check(nack.GetVersionInfo(), check.Equals, "", check.Commentf("no state of the server is in force"))
			c.Check(nack.GetErrorDetail().GetMessage(), check.Matches, `policy of endpoint 10.0.0.2 .*unknown key "wrod"`)
			c.Check(s.allowsAt("10.0.0.2", 80), check.Equals, true)
			status := s.client.Status()
			c.Check(status.LastRefusal, check.Equals, nack.GetErrorDetail().GetMessage())
			c.Check(status.RefusedResources, check.Equals, 1)
		}
		c.Check(s.book.String(), check.Matches, `(?s).*policy update is refused in part: what is refused stays as it was.*\(1 of 2 resources\).*`)
		server.updates <- response(c, "9", endpoint("10.0.0.1", 83), endpoint("10.0.0.2", 84))
		c.Check(server.next(c).GetErrorDetail(), check.IsNil)
		status := s.client.Status()
		c.Check(status.LastRefusal, check.Equals, "")
		c.Check(status.RefusedResources, check.Equals, 0)
		c.Check(s.book.String(), check.Matches, `(?s).*level=info msg="policy update is in force, and nothing is refused any more".*`)
		s.TearDownTest(c)
		server.stop()
	}
}

func (s *ClientSuite) TestAHugePolicyIsRefusedInFewWords(c *check.C) {
	server, address := serve(c, "unix", filepath.Join(c.MkDir(), "xds.sock"))
	defer server.stop()
	s.start(c, address)
	server.next(c)
	const huge = 8 << 20
	server.updates <- update(c, "1", 81, withKey(strings.Repeat("k", huge), "v"))
	nack := server.next(c).GetErrorDetail().GetMessage()
	c.Check(nack, check.Matches, `policy of endpoint 10.0.0.1 .*`)
	c.Check(len(nack) <= policy.MaxReason, check.Equals, true)
	foreign := update(c, "1", 81)
	foreign.TypeUrl = strings.Repeat("t", huge)
	foreign.VersionInfo = strings.Repeat("v", 1<<20)
	server.updates <- foreign
	c.Check(len(server.next(c).GetErrorDetail().GetMessage()) <= policy.MaxReason, check.Equals, true)
	c.Check(len(s.book.String()) < 10*policy.MaxReason, check.Equals, true, check.Commentf("%d bytes of log", len(s.book.String())))
	status := s.client.Status()
	c.Check(len(status.LastRefusal)+len(status.Version) <= 2*policy.MaxReason, check.Equals, true)
}
