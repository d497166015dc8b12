package npds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/policy"
)

// behaviour is a server of the state of the world that a test gives.
type behaviour func(stream xdstest.Stream) error

// deltaBehaviour is one of changes.
type deltaBehaviour func(stream xdstest.DeltaStream) error

// during runs a client with default settings at a server, by a clock that does not wait, calls what and then ends.
func during(t *testing.T, serve any, what func(client *Client, book *logbook.Book)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener, server := bufconn.Listen(1<<16), grpc.NewServer(grpc.WaitForHandlers(true))
		config := ClientConfig{Address: "/run/server.sock", Store: new(policy.Store), Parsers: parsers}
		switch serve := serve.(type) {
		case behaviour:
			xdstest.Register(server, service.NetworkPolicies, serve, nil)
		case deltaBehaviour:
			config.Delta = true
			xdstest.Register(server, service.NetworkPolicies, nil, serve)
		}
		go server.Serve(listener)
		defer server.Stop()
		book := &logbook.Book{}
		config.Log = book.Logger()
		config.dial = func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }
		client, err := NewClient(config)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		what(client, book)
	})
}

// resources are those of an update: one that is good, and one that is refused if wrong is set.
func resources(t *testing.T, port uint32, wrong bool) (packed []*anypb.Any) {
	t.Helper()
	list := []*cilium.NetworkPolicy{endpoint("10.0.0.1", port)}
	if wrong {
		list = append(list, broken("10.0.0.2"))
	}
	for _, m := range list {
		p, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, p)
	}
	return packed
}

func TestAServerThatSendsWhatIsRefusedAtOnceIsSlowedDown(t *testing.T) {
	const minutes = 10
	for _, kind := range []string{"world", "delta", "another reason each time"} {
		var refused atomic.Int64
		world := behaviour(func(stream xdstest.Stream) error {
			for n := 0; ; n++ {
				if _, err := stream.Recv(); err != nil {
					return err
				}
				refused.Add(1)
				update := resources(t, 80, true)
				if kind != "world" {
					update = append(update, &anypb.Any{TypeUrl: fmt.Sprint("other ", n)})
				}
				response := &discovery.DiscoveryResponse{VersionInfo: "1", Nonce: "1", TypeUrl: TypeURL, Resources: update}
				if err := stream.Send(response); err != nil {
					return err
				}
			}
		})
		delta := deltaBehaviour(func(stream grpc.BidiStreamingServer[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]) error {
			for {
				if _, err := stream.Recv(); err != nil {
					return err
				}
				refused.Add(1)
				response := &discovery.DeltaDiscoveryResponse{TypeUrl: TypeURL, Resources: []*discovery.Resource{
					{Name: "b", Resource: resources(t, 80, true)[1]},
				}}
				if err := stream.Send(response); err != nil {
					return err
				}
			}
		})
		var serve any = world
		if kind == "delta" {
			serve = delta
		}
		during(t, serve, func(client *Client, book *logbook.Book) {
			time.Sleep(minutes * time.Minute)
			if n := refused.Load(); n > 2*60*minutes || n < 60*minutes/2 {
				t.Errorf("%s: %d updates in %d minutes, want about one a second", kind, n, minutes)
			}
			if n := strings.Count(book.String(), "\n"); n > 5 && kind != "another reason each time" {
				t.Errorf("%s: %d lines of log:\n%.2000s", kind, n, book)
			}
			if client.Status().RefusedResources == 0 {
				t.Errorf("%s: got status %+v", kind, client.Status())
			}
		})
	}
}

func TestRefusalsFarApartAreNotHeldBack(t *testing.T) {
	var waited atomic.Int64
	during(t, behaviour(func(stream xdstest.Stream) error {
		for n := 0; ; n++ {
			before := time.Now()
			if _, err := stream.Recv(); err != nil {
				return err
			}
			if n > 0 {
				waited.Store(max(waited.Load(), int64(time.Since(before))))
			}
			sleep(stream.Context(), time.Second)
			response := &discovery.DiscoveryResponse{VersionInfo: "1", Nonce: "1", TypeUrl: TypeURL, Resources: resources(t, 80, n%2 == 0)}
			if err := stream.Send(response); err != nil {
				return err
			}
		}
	}), func(*Client, *logbook.Book) { time.Sleep(time.Minute) })
	if waited.Load() > int64(10*time.Millisecond) {
		t.Errorf("a refusal after an update that was accepted came after %v", time.Duration(waited.Load()))
	}
}

// flapping is a server that serves each stream for some time, and counts them.
func flapping(t *testing.T, streams *atomic.Int64, lasting time.Duration) behaviour {
	return func(stream xdstest.Stream) error {
		streams.Add(1)
		if _, err := stream.Recv(); err != nil {
			return err
		}
		response := &discovery.DiscoveryResponse{VersionInfo: "1", Nonce: "1", TypeUrl: TypeURL, Resources: resources(t, 80, false)}
		if err := stream.Send(response); err != nil {
			return err
		}
		sleep(stream.Context(), lasting)
		return errors.New("enough")
	}
}

func TestAServerThatComesAndGoesIsTriedLessAndLessOften(t *testing.T) {
	var streams atomic.Int64
	during(t, flapping(t, &streams, 10*time.Millisecond), func(_ *Client, book *logbook.Book) {
		time.Sleep(time.Hour)
		if n := streams.Load(); n > 3600/5+20 || n < 3600/10 {
			t.Errorf("%d streams in an hour, want one in 5 to 10 seconds", n)
		}
		if n := strings.Count(book.String(), "\n"); n > 2*12 {
			t.Errorf("%d lines of log:\n%.3000s", n, book)
		}
	})
}

func TestAServerThatIsLostAfterALongTimeIsTriedAtOnce(t *testing.T) {
	var streams atomic.Int64
	during(t, flapping(t, &streams, time.Minute), func(*Client, *logbook.Book) {
		time.Sleep(time.Hour)
		if n := streams.Load(); n < 59 {
			t.Errorf("%d streams of a minute in an hour", n)
		}
	})
}

func TestAFlappingServerThatStaysInTheEndIsReported(t *testing.T) {
	var streams atomic.Int64
	during(t, behaviour(func(stream xdstest.Stream) error {
		lasting := time.Millisecond
		if streams.Load() == 6 {
			lasting = time.Hour
		}
		return flapping(t, &streams, lasting)(stream)
	}), func(client *Client, book *logbook.Book) {
		time.Sleep(10 * time.Minute)
		lines := strings.Split(strings.TrimSpace(book.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "policy server is connected") {
			t.Errorf("the last line is %q", last)
		}
		if client.Status().ConnectedSince.IsZero() {
			t.Error("the status says that there is no connection")
		}
	})
}

func TestASilentServerIsReportedOnce(t *testing.T) {
	first := true
	during(t, behaviour(func(stream xdstest.Stream) error {
		if !first {
			return flapping(t, new(atomic.Int64), time.Hour)(stream)
		}
		first = false
		sleep(stream.Context(), time.Hour)
		return errors.New("enough")
	}), func(client *Client, book *logbook.Book) {
		time.Sleep(2 * time.Second)
		if book.String() != "" || !client.Status().ConnectedSince.IsZero() {
			t.Errorf("after two seconds: %s", book)
		}
		time.Sleep(58 * time.Minute)
		const want = "policy server is connected, waiting for the first policy: everything is refused until it comes"
		if n := strings.Count(book.String(), "\n"); n != 1 || !strings.Contains(book.String(), want) {
			t.Errorf("%d lines: %s", n, book)
		}
		if client.Status().ConnectedSince.IsZero() {
			t.Error("the status says that there is no connection")
		}
		time.Sleep(10 * time.Minute)
		if !strings.Contains(book.String(), `msg="policy server is connected"`) {
			t.Errorf("the server that has sent a policy is not reported: %s", book)
		}
	})
}

func TestAServerThatEndsStreamsGetsItsReasonReported(t *testing.T) {
	calls := 0
	during(t, behaviour(func(xdstest.Stream) error {
		calls++
		return status.Errorf(codes.PermissionDenied, "token %d is unknown", min(calls/10, 9))
	}), func(_ *Client, book *logbook.Book) {
		time.Sleep(time.Hour)
		if n := strings.Count(book.String(), "token"); n != maxCauses {
			t.Errorf("%d reasons, want %d:\n%s", n, maxCauses, book)
		}
	})
}

func TestWhatIsMissingIsSaidForEachService(t *testing.T) {
	for want, of := range map[string]*feed{"everything is refused": &networkPolicies, "no address has an identity": &networkPolicyHosts} {
		synctest.Test(t, func(t *testing.T) {
			book := &logbook.Book{}
			r := &reporter{log: book.Logger(), standing: new(standing), feed: of}
			r.opened()
			time.Sleep(time.Minute)
			r.closed()
			r.lost(Status{}, errors.New("end"))
			if n := strings.Count(book.String(), want); n != 2 {
				t.Errorf("%q is in %d lines: %s", want, n, book)
			}
		})
	}
}
