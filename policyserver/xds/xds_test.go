package xds

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to come, quiet how long it waits for what must not.
const (
	patience = 10 * time.Second
	quiet    = 50 * time.Millisecond
)

// serveTest starts a server and returns its cache and a connection to it.
func serveTest(t *testing.T) (*Cache, *grpc.ClientConn) {
	t.Helper()
	c := NewCache(&cilium.NetworkPolicyHosts{})
	server, listener := grpc.NewServer(), bufconn.Listen(1<<20)
	Register(server, service.NetworkPolicyHosts, c)
	go server.Serve(listener)
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
	})
	return c, conn
}

// update makes the cache hold one resource for each word "name=address", and no other.
func update(t *testing.T, c *Cache, version string, words ...string) {
	t.Helper()
	messages := map[string]proto.Message{}
	c.read(func(s *state) {
		for name := range s.resources {
			messages[name] = nil
		}
	})
	for _, word := range words {
		name, address, _ := strings.Cut(word, "=")
		messages[name] = &cilium.NetworkPolicyHosts{HostAddresses: []string{address}}
	}
	if err := c.Update(version, messages); err != nil {
		t.Fatal(err)
	}
}

// foreign is a client's side of a stream, driven by hand.
type foreign[Request, Response any] struct {
	*testing.T
	stream  *grpc.GenericClientStream[Request, Response]
	answers chan *Response
}

func open[Request, Response any](t *testing.T, conn *grpc.ClientConn, method string) *foreign[Request, Response] {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	raw, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
		"/cilium.NetworkPolicyHostsDiscoveryService/"+method)
	if err != nil {
		t.Fatal(err)
	}
	client := &grpc.GenericClientStream[Request, Response]{ClientStream: raw}
	f := &foreign[Request, Response]{t, client, make(chan *Response, 9)}
	go func() {
		for {
			answer, err := f.stream.Recv()
			if err != nil {
				close(f.answers)
				return
			}
			f.answers <- answer
		}
	}()
	return f
}

func (f *foreign[Request, Response]) send(r *Request) {
	f.Helper()
	if err := f.stream.Send(r); err != nil {
		f.Fatal(err)
	}
}

func (f *foreign[Request, Response]) receive() *Response {
	f.Helper()
	select {
	case r := <-f.answers:
		if r == nil {
			f.Fatal("the stream has ended")
		}
		return r
	case <-time.After(patience):
		f.Fatal("no answer")
	}
	return nil
}

func (f *foreign[Request, Response]) silence() {
	f.Helper()
	select {
	case r := <-f.answers:
		f.Fatalf("got %v", r)
	case <-time.After(quiet):
	}
}

type (
	worldClient = foreign[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	deltaClient = foreign[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
)

func openWorld(t *testing.T, conn *grpc.ClientConn) *worldClient {
	return open[discovery.DiscoveryRequest, discovery.DiscoveryResponse](t, conn, "StreamNetworkPolicyHosts")
}

func openDelta(t *testing.T, conn *grpc.ClientConn) *deltaClient {
	return open[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse](t, conn, "DeltaNetworkPolicyHosts")
}

// worldText is a response as text.
func worldText(t *testing.T, r *discovery.DiscoveryResponse) string {
	t.Helper()
	text := r.GetVersionInfo() + ":"
	for _, any := range r.GetResources() {
		host := &cilium.NetworkPolicyHosts{}
		if err := any.UnmarshalTo(host); err != nil {
			t.Fatal(err)
		}
		text += " " + host.GetHostAddresses()[0]
	}
	return text
}

func deltaText(r *discovery.DeltaDiscoveryResponse) string {
	text := r.GetSystemVersionInfo() + ":"
	for _, resource := range r.GetResources() {
		text += " " + resource.GetName()
	}
	for _, name := range r.GetRemovedResources() {
		text += " -" + name
	}
	return text
}

// accepted waits until a number of clients have accepted a version.
func accepted(t *testing.T, c *Cache, version string, clients int) {
	t.Helper()
	eventually.Holds(t, "version "+version+" is accepted", func() bool {
		n := 0
		for _, client := range c.Clients() {
			if client.Version == version {
				n++
			}
		}
		return n == clients
	})
}

// expect fails unless both are the same.
func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

var refusal = &rpc.Status{Code: int32(codes.InvalidArgument), Message: "not this"}

func TestStateOfTheWorldIsAlwaysWhole(t *testing.T) {
	c, conn := serveTest(t)
	f := openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{Node: &core.Node{Id: "n1"}})
	f.silence()
	update(t, c, "1", "a=1", "b=2")
	r := f.receive()
	expect(t, worldText(t, r), "1: 1 2")
	expect(t, r.GetTypeUrl(), "type.googleapis.com/cilium.NetworkPolicyHosts")
	f.send(&discovery.DiscoveryRequest{VersionInfo: "1", ResponseNonce: r.GetNonce()})
	f.silence()
	update(t, c, "2", "a=1", "b=3")
	expect(t, worldText(t, f.receive()), "2: 1 3")
}

func TestSlowClientSkipsVersions(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{})
	r := f.receive()
	for i := 2; i < 9; i++ {
		update(t, c, fmt.Sprint(i), fmt.Sprintf("a=%d", i))
	}
	f.silence()
	f.send(&discovery.DiscoveryRequest{ResponseNonce: r.GetNonce()})
	expect(t, worldText(t, f.receive()), "8: 8")
	f.silence()
}

func TestNamesNarrowTheWorld(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=2")
	f := openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{ResourceNames: []string{"b", "gone"}})
	r := f.receive()
	expect(t, worldText(t, r), "1: 2")
	f.send(&discovery.DiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNames: []string{"*"}})
	expect(t, worldText(t, f.receive()), "1: 1 2")
}

func TestClientsAreKnownWithTheirRefusals(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{Node: &core.Node{Id: "n1"}})
	r := f.receive()
	f.send(&discovery.DiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "2", "a=2")
	r = f.receive()
	f.send(&discovery.DiscoveryRequest{ResponseNonce: r.GetNonce(), ErrorDetail: refusal})
	eventually.Holds(t, "the refusal is known", func() bool { return c.Clients()[0].Refusal != "" })
	clients := c.Clients()
	if len(clients) != 1 || clients[0].Node != "n1" || clients[0].Version != "1" || clients[0].Refusal != "not this" {
		t.Errorf("got %+v", clients)
	}
	update(t, c, "3", "a=3")
	r = f.receive()
	f.send(&discovery.DiscoveryRequest{ResponseNonce: r.GetNonce()})
	eventually.Holds(t, "the answer is known", func() bool { return c.Clients()[0].Refusal == "" })
	if got := c.Clients()[0]; got.Version != "3" || got.Refusal != "" || !got.Updated.After(clients[0].Updated) {
		t.Errorf("got %+v", got)
	}
	f.stream.CloseSend()
	eventually.Holds(t, "the client has gone", func() bool { return len(c.Clients()) == 0 })
}

func TestForeignTypeEndsTheStream(t *testing.T) {
	_, conn := serveTest(t)
	f := openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{TypeUrl: "type.googleapis.com/other"})
	if _, open := <-f.answers; open {
		t.Error("got an answer")
	}
}

func TestDeltaSendsWhatChangedAlone(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{})
	r := f.receive()
	expect(t, deltaText(r), "1: a b")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "2", "a=1", "b=2", "c=1")
	r = f.receive()
	expect(t, deltaText(r), "2: b c")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "3", "a=1", "c=1")
	r = f.receive()
	expect(t, deltaText(r), "3: -b")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "4", "a=1", "c=1")
	f.silence()
}

func TestDeltaOffersAgainWhatWasRefused(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1", "c=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{})
	r := f.receive()
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "2", "a=2", "b=2")
	r = f.receive()
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce(), ErrorDetail: refusal})
	f.silence()
	update(t, c, "3", "a=3", "b=2")
	expect(t, deltaText(f.receive()), "3: a b -c")
}

func TestDeltaGoesOnWhereAClientLeftOff(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{})
	versions := map[string]string{"gone": "x"}
	for _, resource := range f.receive().GetResources() {
		versions[resource.GetName()] = resource.GetVersion()
	}

	again, other := serveTest(t)
	update(t, again, "2", "a=1", "b=2", "c=1")
	f = openDelta(t, other)
	f.send(&discovery.DeltaDiscoveryRequest{InitialResourceVersions: versions})
	expect(t, deltaText(f.receive()), "2: b c -gone")

	update(t, c, "3", "a=1", "b=1")
	f = openDelta(t, conn)
	delete(versions, "gone")
	f.send(&discovery.DeltaDiscoveryRequest{InitialResourceVersions: versions})
	expect(t, deltaText(f.receive()), "3:")
}

func TestDeltaSubscribesByName(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a", "gone"}})
	r := f.receive()
	expect(t, deltaText(r), "1: a -gone")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "2", "a=1", "b=2")
	f.silence()
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"b"}})
	r = f.receive()
	expect(t, deltaText(r), "2: b")
	update(t, c, "3", "a=3", "b=2", "gone=1")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce(), ResourceNamesUnsubscribe: []string{"a"}})
	r = f.receive()
	expect(t, deltaText(r), "3: gone")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	update(t, c, "4", "b=2")
	expect(t, deltaText(f.receive()), "4: -gone")
}

func TestDeltaMissesNothingThatIsSubscribedWhileAnAnswerIsOnItsWay(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1")
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"a"}})
	r := f.receive()
	f.send(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"b"}})
	f.silence()
	update(t, c, "2", "a=2", "b=1")
	f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	expect(t, deltaText(f.receive()), "2: a b")
}

func TestFetchAnswersOnce(t *testing.T) {
	c, conn := serveTest(t)
	fetch := func() (*discovery.DiscoveryResponse, error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		r := &discovery.DiscoveryResponse{}
		err := conn.Invoke(ctx,
			"/cilium.NetworkPolicyHostsDiscoveryService/FetchNetworkPolicyHosts", &discovery.DiscoveryRequest{}, r)
		return r, err
	}
	if _, err := fetch(); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("before there is a policy: got %v", err)
	}
	update(t, c, "1", "a=1")
	r, err := fetch()
	if err != nil {
		t.Fatal(err)
	}
	expect(t, worldText(t, r), "1: 1")
}

func TestClientOfDeltaEndsWithWhatTheServerHas(t *testing.T) {
	c, conn := serveTest(t)
	f := openDelta(t, conn)
	f.send(&discovery.DeltaDiscoveryRequest{})
	has, want := map[string]string{}, map[string]string{}
	for i := range 300 {
		name := fmt.Sprint("r", i*7%13)
		if want[name] = fmt.Sprint(i); i%3 == 0 {
			delete(want, name)
		}
		var words []string
		for name, address := range want {
			words = append(words, name+"="+address)
		}
		update(t, c, fmt.Sprint(i), words...)
	}
	for !maps.Equal(has, want) {
		r := f.receive()
		for _, resource := range r.GetResources() {
			host := &cilium.NetworkPolicyHosts{}
			if err := resource.GetResource().UnmarshalTo(host); err != nil {
				t.Fatal(err)
			}
			has[resource.GetName()] = host.GetHostAddresses()[0]
		}
		maps.DeleteFunc(has, func(name, _ string) bool { return slices.Contains(r.GetRemovedResources(), name) })
		f.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: r.GetNonce()})
	}
	f.silence()
}

func TestSettledIsWhenEveryClientHasAnswered(t *testing.T) {
	c, conn := serveTest(t)
	settles := func(within time.Duration) bool {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		return c.Settle(ctx, 2*patience)
	}
	update(t, c, "1", "a=1")
	if !settles(patience) {
		t.Error("not settled without clients")
	}
	w, d := openWorld(t, conn), openDelta(t, conn)
	w.send(&discovery.DiscoveryRequest{})
	d.send(&discovery.DeltaDiscoveryRequest{})
	w.send(&discovery.DiscoveryRequest{ResponseNonce: w.receive().GetNonce()})
	d.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: d.receive().GetNonce()})
	accepted(t, c, "1", 2)
	update(t, c, "2", "a=2")
	world, delta := w.receive(), d.receive()
	if settles(quiet) {
		t.Error("settled before an answer")
	}
	w.send(&discovery.DiscoveryRequest{ResponseNonce: world.GetNonce()})
	d.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: delta.GetNonce(), ErrorDetail: refusal})
	if !settles(patience) {
		t.Error("not settled after all answers")
	}
	update(t, c, "3", "a=3")
	w.receive()
	d.receive()
	w.stream.CloseSend()
	d.stream.CloseSend()
	if !settles(patience) {
		t.Error("not settled when all have gone")
	}
}

func TestASilentClientIsNotWaitedFor(t *testing.T) {
	const wait = 400 * time.Millisecond
	c, conn := serveTest(t)
	settle := func() time.Duration {
		begin := time.Now()
		if !c.Settle(context.Background(), wait) {
			t.Error("not settled")
		}
		return time.Since(begin)
	}
	update(t, c, "1", "a=1")
	never, once := openWorld(t, conn), openDelta(t, conn)
	never.send(&discovery.DiscoveryRequest{})
	never.receive()
	once.send(&discovery.DeltaDiscoveryRequest{})
	once.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: once.receive().GetNonce()})
	accepted(t, c, "1", 1)

	update(t, c, "2", "a=2")
	unanswered := once.receive()
	if got := settle(); got < wait/2 {
		t.Errorf("a client that had answered was waited for %v", got)
	}
	update(t, c, "3", "a=3")
	if got := settle(); got > wait/2 {
		t.Errorf("clients that are silent were waited for %v", got)
	}
	for _, client := range c.Clients() {
		if client.Unanswered.IsZero() {
			t.Errorf("the status does not show that a client is silent: %+v", client)
		}
	}
	once.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: unanswered.GetNonce()})
	last := once.receive()
	expect(t, deltaText(last), "3: a")
	if got := settle(); got > wait/2 {
		t.Errorf("a client that is slow was waited for %v", got)
	}
	once.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: last.GetNonce()})
	accepted(t, c, "3", 1)
	update(t, c, "4", "a=4")
	once.receive()
	if got := settle(); got < wait/2 {
		t.Errorf("a client that answers again was waited for %v", got)
	}
}

func TestStreamsThatEndRightAfterTheirAnswerLeaveNothingBehind(t *testing.T) {
	const clients, streams = 8, 500
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range streams {
				ctx, cancel := context.WithCancel(context.Background())
				stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
					"/cilium.NetworkPolicyHostsDiscoveryService/StreamNetworkPolicyHosts")
				if err != nil {
					t.Error(err)
				}
				response := &discovery.DiscoveryResponse{}
				for _, err := range []error{
					stream.SendMsg(&discovery.DiscoveryRequest{}), stream.RecvMsg(response),
					stream.SendMsg(&discovery.DiscoveryRequest{ResponseNonce: response.GetNonce()}),
				} {
					if err != nil {
						t.Error(err)
					}
				}
				cancel()
			}
		})
	}
	all.Wait()
	eventually.Within(patience, func() bool { return len(c.Clients()) == 0 })
	if left := len(c.Clients()); left > 0 {
		t.Errorf("%d of %d streams are still there", left, clients*streams)
	}
}

func TestStreamWithoutARequestIsEnded(t *testing.T) {
	c, conn := serveTest(t)
	c.firstRequest = 6 * quiet
	f := openWorld(t, conn)
	select {
	case r := <-f.answers:
		if r != nil {
			t.Errorf("got %v", r)
		}
	case <-time.After(patience):
		t.Error("it has not ended")
	}
	update(t, c, "1", "a=1")
	f = openWorld(t, conn)
	f.send(&discovery.DiscoveryRequest{})
	f.receive()
	time.Sleep(8 * quiet)
	update(t, c, "2", "a=2")
	f.silence()
	eventually.Holds(t, "the stream without a request has gone", func() bool { return len(c.Clients()) == 1 })
}

// badRequest is a refusal with details.
func badRequest(t *testing.T, message string, violations ...*errdetails.BadRequest_FieldViolation) *rpc.Status {
	t.Helper()
	detail, err := anypb.New(&errdetails.BadRequest{FieldViolations: violations})
	if err != nil {
		t.Fatal(err)
	}
	return &rpc.Status{Code: int32(codes.InvalidArgument), Message: message, Details: []*anypb.Any{{TypeUrl: "x"}, detail}}
}

func TestRefusedResourcesAreKnownByName(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1", "b=1", "c=1")
	w, d := openWorld(t, conn), openDelta(t, conn)
	w.send(&discovery.DiscoveryRequest{ResourceNames: []string{"absent", "b", "c"}})
	d.send(&discovery.DeltaDiscoveryRequest{})
	violations := func(fields ...string) (all []*errdetails.BadRequest_FieldViolation) {
		for _, field := range fields {
			all = append(all, &errdetails.BadRequest_FieldViolation{Field: field, Description: "not this"})
		}
		return all
	}
	w.send(&discovery.DiscoveryRequest{
		ResponseNonce: w.receive().GetNonce(), ResourceNames: []string{"absent", "b", "c"},
		ErrorDetail: badRequest(t, "", violations("resource 1", "resource 7", "resource -1", "other")...),
	})
	d.send(&discovery.DeltaDiscoveryRequest{
		ResponseNonce: d.receive().GetNonce(), ErrorDetail: badRequest(t, "", violations(`resource "b"`, "resource 0")...),
	})
	eventually.Holds(t, "the refusals are known", func() bool {
		return !slices.ContainsFunc(c.Clients(), func(c Client) bool { return c.Refusal == "" }) && len(c.Clients()) == 2
	})
	for _, client := range c.Clients() {
		var names []string
		for _, r := range client.Refused {
			names = append(names, r.Resource)
			expect(t, r.Reason, "not this")
		}
		want := "c,resource 7,resource -1,other"
		if client.Delta {
			want = "b,a"
		}
		expect(t, strings.Join(names, ","), want)
	}
	update(t, c, "2", "a=2", "b=2", "c=2")
	d.send(&discovery.DeltaDiscoveryRequest{ResponseNonce: d.receive().GetNonce()})
	eventually.Holds(t, "nothing is refused after an acceptance", func() bool {
		return !slices.ContainsFunc(c.Clients(), func(c Client) bool { return c.Delta && len(c.Refused) > 0 })
	})
}

func TestWhatAClientSaysDoesNothingToATerminal(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openWorld(t, conn)
	const odd, even = "n\x1b[2J\r\nö\u202e\u0000x", "n [2J  ö  x"
	f.send(&discovery.DiscoveryRequest{Node: &core.Node{Id: odd}})
	f.send(&discovery.DiscoveryRequest{ResponseNonce: f.receive().GetNonce(), ErrorDetail: badRequest(t, odd,
		&errdetails.BadRequest_FieldViolation{Field: odd, Description: odd})})
	eventually.Holds(t, "the refusal is known", func() bool { return len(c.Clients()[0].Refused) > 0 })
	client := c.Clients()[0]
	for _, got := range []string{client.Node, client.Refusal, client.Refused[0].Resource, client.Refused[0].Reason} {
		expect(t, got, even)
	}
}

func TestWhatAClientSaysIsKeptWithinBounds(t *testing.T) {
	c, conn := serveTest(t)
	update(t, c, "1", "a=1")
	f := openWorld(t, conn)
	long := strings.Repeat("x", 1<<20)
	f.send(&discovery.DiscoveryRequest{Node: &core.Node{Id: long}})
	violations := make([]*errdetails.BadRequest_FieldViolation, 1000)
	for i := range violations {
		violations[i] = &errdetails.BadRequest_FieldViolation{Field: long[:1000], Description: long[:1000]}
	}
	f.send(&discovery.DiscoveryRequest{ResponseNonce: f.receive().GetNonce(), ErrorDetail: badRequest(t, long, violations...)})
	eventually.Holds(t, "the refusal is known", func() bool { return c.Clients()[0].Refusal != "" && len(c.Clients()[0].Refused) > 0 })
	client := c.Clients()[0]
	if size := len(fmt.Sprint(client)); size > 64<<10 {
		t.Errorf("%d bytes are kept", size)
	}
}
