package xds

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/nack"
)

// The rules of the discovery protocol about what a client is subscribed to, and which requests count.

// names asks for names in answer to a response, which may be nil.
func names(r *discovery.DiscoveryResponse, list ...string) *discovery.DiscoveryRequest {
	return &discovery.DiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNames: list}
}

func TestNamesThatEndInAnEmptyListAreNone(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=2")
	f := openWorld(t, conn)
	f.send(names(nil))
	r := f.receive()
	expect(t, worldText(t, r), "1: 1 2")
	f.send(names(r))
	f.silence()
	f.send(names(r, "*", "a"))
	r = f.receive()
	expect(t, worldText(t, r), "1: 1 2")
	f.send(names(r, "a"))
	r = f.receive()
	expect(t, worldText(t, r), "1: 1")
	f.send(names(r))
	f.silence()
	update(t, c, "2", "a=3", "b=4")
	f.silence()
	f.send(names(r, "b"))
	r = f.receive()
	expect(t, worldText(t, r), "2: 4")
	f.send(names(r, "*"))
	r = f.receive()
	expect(t, worldText(t, r), "2: 3 4")
	f.send(names(r))
	update(t, c, "3", "a=5")
	f.silence()
}

func TestClientThatIsSubscribedToNothingIsNotWaitedFor(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openWorld(t, conn)
	f.send(names(nil, "a"))
	f.send(names(f.receive()))
	f.silence()
	update(t, c, "2", "a=2")
	f.silence()
	if wait, _ := c.pending(patience); wait > 0 {
		t.Errorf("it would be waited for %v", wait)
	}
}

func TestRequestWithAStaleNonceChangesNothing(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openWorld(t, conn)
	f.send(names(nil, "a", "b"))
	first := f.receive()
	f.send(names(first, "a", "b"))
	eventually.Holds(t, "the answer is known", func() bool { return c.Clients()[0].Version == "1" })
	update(t, c, "2", "a=2", "b=2")
	second := f.receive()
	for _, stale := range []*discovery.DiscoveryRequest{
		names(first), names(first, "a"), names(first, "*"), names(nil, "b"), names(nil),
		{ResponseNonce: "nonsense", ResourceNames: []string{"b"}},
		{ResponseNonce: first.GetNonce(), ResourceNames: []string{"a", "b"}, ErrorDetail: refusal},
	} {
		f.send(stale)
	}
	f.silence()
	if got := c.Clients()[0]; got.Version != "1" || got.Refusal != "" {
		t.Errorf("a stale request was taken for an answer: %+v", got)
	}
	f.send(names(second, "a", "b"))
	eventually.Holds(t, "the answer is known", func() bool { return c.Clients()[0].Version == "2" })
	update(t, c, "3", "a=3", "b=3")
	expect(t, worldText(t, f.receive()), "3: 3 3")
}

func TestNamesMayChangeBeforeTheFirstResponse(t *testing.T) {
	c, conn := serveTest(t)
	f := openWorld(t, conn)
	f.send(names(nil, "a"))
	f.send(names(nil, "a", "b"))
	f.silence()
	update(t, c, "1", "a=1", "b=2")
	expect(t, worldText(t, f.receive()), "1: 1 2")
}

func TestDeltaHonoursSubscriptionsWhateverTheNonce(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1", "c=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a"}})
	first := f.receive()
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: first.GetNonce()})
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"b"}})
	second := f.receive()
	expect(t, deltaText(second), "1: b")
	f.send(&discovery.DeltaDiscoveryRequest{
		ResponseNonce: first.GetNonce(), ResourceNamesSubscribe: []string{"c"}, ErrorDetail: refusal,
	})
	f.silence()
	if got := c.Clients()[0]; got.Refusal != "" {
		t.Errorf("a stale nonce was taken for an answer: %+v", got)
	}
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: second.GetNonce()})
	expect(t, deltaText(f.receive()), "1: c")
}

func TestDeltaNamesThatAreAllTakenBackAreNone(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{})
	r := f.receive()
	expect(t, deltaText(r), "1: a b")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNamesSubscribe: []string{"a"}})
	r = f.receive()
	expect(t, deltaText(r), "1: a")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNamesUnsubscribe: []string{"*"}})
	f.silence()
	update(t, c, "2", "a=2", "b=2")
	r = f.receive()
	expect(t, deltaText(r), "2: a")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNamesUnsubscribe: []string{"a"}})
	f.silence()
	update(t, c, "3", "b=3")
	f.silence()
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"*"}})
	expect(t, deltaText(f.receive()), "3: b")
}

func TestDeltaThatBeginsByTakingBackIsSubscribedToNothing(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesUnsubscribe: []string{"a"}})
	f.silence()
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesUnsubscribe: []string{"never", "*"}})
	f.silence()
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a"}})
	expect(t, deltaText(f.receive()), "1: a")
}

func TestDeltaNameTakenBackFromAmongAllIsSentOnceMore(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"*", "a", "gone"}})
	r := f.receive()
	expect(t, deltaText(r), "1: a b -gone")
	f.send(&discovery.DeltaDiscoveryRequest{
		ResponseNonce: r.GetNonce(), ResourceNamesUnsubscribe: []string{"a", "gone", "never"},
	})
	r = f.receive()
	expect(t, deltaText(r), "1: a -gone")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	f.silence()
	update(t, c, "2", "a=2", "b=1")
	expect(t, deltaText(f.receive()), "2: a")
}

func TestDeltaNameAskedForAgainIsSentAgain(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a"}})
	r := f.receive()
	// The client asks for it while the response with it has not been answered.
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a"}})
	f.silence()
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	expect(t, deltaText(f.receive()), "1: a")
}

func TestDeltaNamesThatComeBackWithTheirVersionsAreNotSentAgain(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1", "c=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a", "b"}})
	versions := map[string]string{"c": "old", "unwanted": "old"}
	for _, resource := range f.receive().GetResources() {
		versions[resource.GetName()] = resource.GetVersion()
	}
	update(t, c, "2", "a=1", "b=2", "c=1")
	f = openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{
		ResourceNamesSubscribe: []string{"a", "b"}, InitialResourceVersions: versions,
	})
	expect(t, deltaText(f.receive()), "2: b")
}

func TestDeltaOffersAgainOnlyWhatAClientNamesAsRefused(t *testing.T) {
	for what, c := range map[string]struct {
		refusal *rpc.Status
		want    string
	}{
		"named":        {nack.Part("", []nack.Resource{{Field: `resource "b"`}}, 1), "2: b d"},
		"named twice":  {nack.Part("", []nack.Resource{{Field: `resource "b"`}, {Field: `resource "b"`}}, 2), "2: b d"},
		"by place":     {nack.Part("", []nack.Resource{{Field: "resource 1"}, {Field: "resource 2"}}, 2), "2: b c d"},
		"not all":      {nack.Part("", []nack.Resource{{Field: `resource "b"`}}, 2), "2: a b c d"},
		"another name": {nack.Part("", []nack.Resource{{Field: `resource "b…"`}}, 1), "2: a b c d"},
		"none":         {nack.Part("", nil, 0), "2: a b c d"},
		"as a whole":   {nack.Whole(`resource "b"`), "2: a b c d"},
	} {
		cache, conn := serveTest(t)
		update(t, cache, "1", "a=1", "b=1", "c=1")
		f := openDelta(t, conn)
		f.send(&discovery.DeltaDiscoveryRequest{})
		f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: f.receive().GetNonce(), ErrorDetail: c.refusal})
		f.silence()
		update(t, cache, "2", "a=1", "b=1", "c=1", "d=1")
		if got := deltaText(f.receive()); got != c.want {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
}

func TestDeltaRemovesWhatWasRefused(t *testing.T) {
	for _, refusal := range []*rpc.Status{refusal, nack.Part("", []nack.Resource{{Field: `resource "b"`}}, 1)} {
		c, conn := serveTest(t)
		update(t, c, "1", "a=1", "b=1")
		f := openDelta(t, conn)
		f.send(&discovery.DeltaDiscoveryRequest{})
		f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: f.receive().GetNonce(), ErrorDetail: refusal})
		f.silence()
		update(t, c, "2", "a=2")
		r := f.receive()
		expect(t, deltaText(r), "2: a -b")
		f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
		update(t, c, "3", "a=3")
		expect(t, deltaText(f.receive()), "3: a")
	}
}
