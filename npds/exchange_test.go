package npds

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/policy"
)

// exchanged is an exchange of policies with where they go.
type exchanged struct {
	*Exchange
	t     *testing.T
	store *policy.Store
	book  *logbook.Book
}

func newExchanged(t *testing.T, config ExchangeConfig) *exchanged {
	x := &exchanged{t: t, store: new(policy.Store), book: new(logbook.Book)}
	config.Server, config.NodeID, config.Log = "npds", "node", x.book.Logger()
	if config.MaxShared == 0 {
		config.MaxShared = 1 << 20
	}
	x.Exchange = NewPolicyExchange(config, x.store, parsers)
	return x
}

// receive has the exchange take a message, and decodes its reply.
func (x *exchanged) receive(message, reply proto.Message) (refused bool) {
	x.t.Helper()
	text, err := proto.Marshal(message)
	if err != nil {
		x.t.Fatal(err)
	}
	back, refused, err := x.Receive(text)
	if err != nil {
		x.t.Fatal(err)
	}
	// What the caller does with its memory afterwards changes nothing.
	clear(text)
	if err := proto.Unmarshal(back, reply); err != nil {
		x.t.Fatal(err)
	}
	return refused
}

// inForce is what is in force, as the suite of updates in part sees it.
func (x *exchanged) inForce() []string { return (&PartialSuite{x.store}).inForce() }

func packed(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	one, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func TestAnExchangeSaysWhatAClientSays(t *testing.T) {
	x := newExchanged(t, ExchangeConfig{})
	var request discovery.DiscoveryRequest
	if err := proto.Unmarshal(x.Begin(), &request); err != nil {
		t.Fatal(err)
	}
	if request.GetNode().GetId() != "node" || request.GetNode().GetUserAgentName() != "proxylib" || request.GetNode().GetUserAgentVersion() == "" ||
		request.GetTypeUrl() != TypeURL || request.GetVersionInfo()+request.GetResponseNonce() != "" {
		t.Errorf("it begins with %v", &request)
	}
	if x.Service()+"/"+x.Method() != "cilium.NetworkPolicyDiscoveryService/StreamNetworkPolicies" {
		t.Errorf("it calls %s/%s", x.Service(), x.Method())
	}
	good := packed(t, at(80, "10.0.0.1"))
	if x.receive(&discovery.DiscoveryResponse{VersionInfo: "1", Nonce: "a", TypeUrl: TypeURL, Resources: []*anypb.Any{good}}, &request) ||
		request.GetVersionInfo() != "1" || request.GetResponseNonce() != "a" || request.GetErrorDetail() != nil || request.GetNode().GetId() != "node" {
		t.Errorf("the reply is %v", &request)
	}
	request.Reset()
	if !x.receive(&discovery.DiscoveryResponse{VersionInfo: "2", Nonce: "b", Resources: []*anypb.Any{good, packed(t, broken("10.0.0.2"))}}, &request) ||
		request.GetVersionInfo() != "" || request.GetResponseNonce() != "b" || !strings.Contains(request.GetErrorDetail().GetMessage(), "wrod") ||
		len(request.GetErrorDetail().GetDetails()) != 2 {
		t.Errorf("the reply is %v", &request)
	}
	if !x.receive(&discovery.DiscoveryResponse{Nonce: "c", TypeUrl: "other"}, &request) {
		t.Error("another type is accepted")
	}
	if got := x.inForce(); !slices.Equal(got, []string{"10.0.0.1:80"}) {
		t.Errorf("in force is %v", got)
	}
	if got := x.Status(); got.Updates != 1 || got.Refusals != 2 {
		t.Errorf("%d updates and %d refusals", got.Updates, got.Refusals)
	}
	if _, _, err := x.Receive([]byte("not a message")); err == nil {
		t.Error("what is not a message is taken")
	}

	delta := newExchanged(t, ExchangeConfig{Delta: true})
	var change discovery.DeltaDiscoveryRequest
	delta.receive(&discovery.DeltaDiscoveryResponse{Nonce: "a", SystemVersionInfo: "1", Resources: []*discovery.Resource{
		{Name: "one", Version: "1", Resource: good}, {Name: "two", Version: "7", Resource: packed(t, at(81, "10.0.0.2"))},
	}}, &change)
	if change.GetResponseNonce() != "a" || change.GetErrorDetail() != nil || change.GetNode() != nil || change.GetTypeUrl() != TypeURL {
		t.Errorf("the reply is %v", &change)
	}
	delta.receive(&discovery.DeltaDiscoveryResponse{Nonce: "b", RemovedResources: []string{"one"}}, &change)
	change.Reset()
	if err := proto.Unmarshal(delta.Begin(), &change); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(change.GetInitialResourceVersions(), map[string]string{"two": "7"}) || change.GetNode().GetId() != "node" || delta.Method() != "DeltaNetworkPolicies" {
		t.Errorf("it begins again with %v by %s", &change, delta.Method())
	}
}

// Random updates, some of them wrong, are followed by one exchange, and what is in force is shared with another after each, which
// now and then goes on in its place.
func TestWhatIsSharedIsInForceAsItWas(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	address := func() string { return fmt.Sprintf("10.0.0.%d", 1+r.IntN(4)) }
	resource := func() *cilium.NetworkPolicy {
		switch p := uint32(80 + r.IntN(5)); r.IntN(4) {
		case 0:
			return broken(address())
		case 1:
			return at(p, address(), "10.0.1."+fmt.Sprint(r.IntN(3)))
		default:
			return at(p, address())
		}
	}
	for round := range 200 {
		config := ExchangeConfig{Delta: round%2 == 0, OnError: []OnError{Keep, Deny}[round/2%2]}
		leader, follower := newExchanged(t, config), newExchanged(t, config)
		for step := range 20 {
			var message proto.Message
			if config.Delta {
				m := &discovery.DeltaDiscoveryResponse{Nonce: "n"}
				for range r.IntN(3) {
					m.Resources = append(m.Resources, &discovery.Resource{
						Name: fmt.Sprint("r", r.IntN(4)), Version: fmt.Sprint(step), Resource: packed(t, resource()),
					})
				}
				if r.IntN(3) == 0 {
					m.RemovedResources = []string{fmt.Sprint("r", r.IntN(4))}
				}
				leader.receive(m, new(discovery.DeltaDiscoveryRequest))
				message = new(discovery.DeltaDiscoveryRequest)
			} else {
				m := &discovery.DiscoveryResponse{VersionInfo: fmt.Sprint(step), Nonce: "n"}
				for range r.IntN(4) {
					m.Resources = append(m.Resources, packed(t, resource()))
				}
				leader.receive(m, new(discovery.DiscoveryRequest))
				message = new(discovery.DiscoveryRequest)
			}
			if err := follower.Restore(leader.Share()); err != nil {
				t.Fatal(err)
			}
			if a, b := leader.inForce(), follower.inForce(); !slices.Equal(a, b) {
				t.Fatalf("round %d, step %d: in force are %v, and in the other %v", round, step, a, b)
			}
			if r.IntN(4) > 0 {
				continue
			}
			a, b := proto.Clone(message), proto.Clone(message)
			if proto.Unmarshal(leader.Begin(), a) != nil || proto.Unmarshal(follower.Begin(), b) != nil || !proto.Equal(a, b) {
				t.Fatalf("round %d, step %d: one begins with %v, the other with %v", round, step, a, b)
			}
			leader, follower = follower, leader
		}
	}
}

func TestIdentitiesThatAreSharedAreInForceAsTheyWere(t *testing.T) {
	for _, delta := range []bool{false, true} {
		var stores [2]policy.IdentityStore
		var exchanges [2]*Exchange
		for i := range exchanges {
			exchanges[i] = NewHostExchange(ExchangeConfig{Delta: delta, MaxShared: 1 << 20, Log: new(logbook.Book).Logger()}, &stores[i])
		}
		send := func(m proto.Message) {
			text, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := exchanges[0].Receive(text); err != nil {
				t.Fatal(err)
			}
			if err := exchanges[1].Restore(exchanges[0].Share()); err != nil {
				t.Fatal(err)
			}
		}
		steps := [][]*cilium.NetworkPolicyHosts{
			{hostsOf(7, "10.0.0.1", "10.0.0.2"), hostsOf(8, "10.0.0.3")},
			// What is wrong stays as it was, but for what another one has now.
			{hostsOf(7, "10.0.0.1", "ten"), hostsOf(8, "10.0.0.3", "10.0.0.4")},
			{hostsOf(8, "10.0.0.4")},
		}
		for step, all := range steps {
			if delta {
				m := &discovery.DeltaDiscoveryResponse{}
				for _, h := range all {
					m.Resources = append(m.Resources, &discovery.Resource{Name: fmt.Sprint(h.GetPolicy()), Version: fmt.Sprint(step), Resource: packed(t, h)})
				}
				send(m)
			} else {
				m := &discovery.DiscoveryResponse{}
				for _, h := range all {
					m.Resources = append(m.Resources, packed(t, h))
				}
				send(m)
			}
			for last := range 6 {
				addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(last)})
				if a, b := stores[0].Current().Of(addr), stores[1].Current().Of(addr); a != b {
					t.Errorf("step %d: %s is %d, and in the other %d", step, addr, a, b)
				}
			}
		}
		if got := stores[1].Current().Of(netip.MustParseAddr("10.0.0.4")); got != 8 {
			t.Errorf("the identity is %d in the end", got)
		}
	}
}

func TestAnUpdateWithWhichTooMuchWouldBeSharedIsRefused(t *testing.T) {
	x := newExchanged(t, ExchangeConfig{MaxShared: 1000})
	var reply discovery.DiscoveryRequest
	x.receive(&discovery.DiscoveryResponse{VersionInfo: "1", Resources: []*anypb.Any{packed(t, at(80, "10.0.0.1"))}}, &reply)
	x.Share()
	large := &discovery.DiscoveryResponse{VersionInfo: "2", Nonce: "2"}
	for i := range 20 {
		large.Resources = append(large.Resources, packed(t, at(81, fmt.Sprint("10.0.0.", i))))
	}
	if !x.receive(large, &reply) || !strings.Contains(reply.GetErrorDetail().GetMessage(), "too large") || reply.GetResponseNonce() != "2" {
		t.Errorf("the reply is %v", &reply)
	}
	if got := x.inForce(); !slices.Equal(got, []string{"10.0.0.1:80"}) {
		t.Errorf("in force is %v", got)
	}
}

func TestIdentitiesOfShortAddressesAreSharedInTwiceTheirLength(t *testing.T) {
	var addresses []string
	for i := range 2000 {
		addresses = append(addresses, fmt.Sprintf("%x::", 1+i))
	}
	text, err := proto.Marshal(&discovery.DiscoveryResponse{Resources: []*anypb.Any{packed(t, hostsOf(7, addresses...))}})
	if err != nil {
		t.Fatal(err)
	}
	e := NewHostExchange(ExchangeConfig{MaxShared: 2 * len(text), Log: new(logbook.Book).Logger()}, new(policy.IdentityStore))
	if _, refused, err := e.Receive(text); err != nil || refused {
		t.Fatal(refused, err)
	}
	if shared := len(e.Share()); shared > 2*len(text) {
		t.Errorf("%d bytes are shared of an update of %d", shared, len(text))
	}
}

func TestWhatCannotBeUsedOfWhatIsSharedIsDenied(t *testing.T) {
	a, b := newExchanged(t, ExchangeConfig{}), newExchanged(t, ExchangeConfig{})
	a.receive(&discovery.DiscoveryResponse{VersionInfo: "1", Resources: []*anypb.Any{
		packed(t, at(80, "10.0.0.1")), packed(t, endpoint("10.0.0.2", 80, withKey("word", "x"))),
	}}, new(discovery.DiscoveryRequest))
	b.Exchange = NewPolicyExchange(b.config, b.store, policy.RuleParsers{
		"words": func(*cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
			return nil, errors.New("no such key")
		},
	})
	if err := b.Restore(a.Share()); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("it says %v", err)
	}
	if b.store.Current().Endpoint("10.0.0.1") == nil || b.store.Current().Endpoint("10.0.0.2") != nil {
		t.Errorf("in force is %v", b.inForce())
	}
	if b.Restore([]byte{0xff}) == nil {
		t.Error("what is not shared by anybody is taken")
	}
}

func TestAnExchangeReportsTheServerOnce(t *testing.T) {
	x := newExchanged(t, ExchangeConfig{})
	for range 3 {
		x.Begin()
		x.Silent()
		x.Lost(fmt.Errorf("no route"))
	}
	x.Begin()
	x.receive(&discovery.DiscoveryResponse{VersionInfo: "1"}, new(discovery.DiscoveryRequest))
	for range 3 {
		x.Lost(fmt.Errorf("no route"))
		x.Begin()
		x.Silent()
	}
	log := x.book.String()
	for _, want := range []string{
		"policy server has sent nothing, waiting for the first policy: everything is refused until it comes",
		"policy server cannot be reached: everything is refused until it replies", "policy server is connected",
		"policy server is lost: the last policy stays in force", "policy server has sent nothing: the last policy stays in force",
	} {
		if strings.Count(log, want) != 1 {
			t.Errorf("the log does not say once %q:\n%s", want, log)
		}
	}
}

// FuzzResponse compares what is read of a response with what protobuf reads.
func FuzzResponse(f *testing.F) {
	for _, m := range []proto.Message{
		&discovery.DiscoveryResponse{VersionInfo: "1", Nonce: "n", TypeUrl: "t", Canary: true, Resources: []*anypb.Any{{TypeUrl: "u", Value: []byte("v")}}},
		&discovery.DeltaDiscoveryResponse{SystemVersionInfo: "1", Nonce: "n", RemovedResources: []string{"x"},
			Resources: []*discovery.Resource{{Name: "a", Version: "b", Resource: &anypb.Any{TypeUrl: "u"}}}},
	} {
		text, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, delta bool) {
		var got discoveryResponse
		err := got.decode(text, delta)
		if delta {
			var want discovery.DeltaDiscoveryResponse
			if proto.Unmarshal(text, &want) != nil {
				return
			}
			if err != nil || got.nonce != want.GetNonce() || got.version != want.GetSystemVersionInfo() || got.typeURL != want.GetTypeUrl() ||
				!slices.Equal(got.removed, want.GetRemovedResources()) || len(got.changed) != len(want.GetResources()) {
				t.Errorf("read %+v (%v), want %v", got, err, &want)
			}
			return
		}
		var want discovery.DiscoveryResponse
		if proto.Unmarshal(text, &want) != nil {
			return
		}
		if err != nil || got.nonce != want.GetNonce() || got.version != want.GetVersionInfo() || got.typeURL != want.GetTypeUrl() ||
			len(got.resources) != len(want.GetResources()) {
			t.Errorf("read %+v (%v), want %v", got, err, &want)
		}
	})
}
