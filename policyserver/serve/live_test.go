package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policyserver/live"
)

// library is the access log of a library that sends to a server.
func library(t *testing.T, address string) *sink.Logger {
	t.Helper()
	l, err := sink.Open(sink.Config{Server: &sink.ServerConfig{
		Address: address, Library: &logs.Library{NodeId: "edge\x1b", Version: "v1.2.3", Parsers: []string{"memcache"}},
		Connect: func() (*grpc.ClientConn, error) { return npds.Connect(npds.ClientConfig{Address: address}) },
		Health:  func() *logs.Health { return &logs.Health{PolicySources: 2, PolicyLastUpdate: 1 << 63} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// padding makes an entry as long as many are.
var padding = strings.Repeat("x", 200)

func logKeys(l *sink.Logger, from, to int) {
	for i := from; i < to; i++ {
		l.Queue().Log(accesslog.Entry{
			Time: time.Now().UnixNano(), Type: cilium.EntryType_Denied, Reason: "no rule", L7: accesslog.NewGeneric("test").Add("key", fmt.Sprint(i)).Add("padding", padding),
		})
	}
}

// get returns the body of a response, which the test closes.
func get(t *testing.T, r *running, path string) *http.Response {
	t.Helper()
	response, err := http.Get("http://" + r.api[0].String() + path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		response.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	if response.StatusCode != 200 {
		t.Fatalf("%s: got %s", path, response.Status)
	}
	return response
}

func libraries(t *testing.T, r *running) []live.State {
	t.Helper()
	var list struct{ Items []live.State }
	if err := json.NewDecoder(get(t, r, "/v1/libraries").Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestEntriesOfALibraryReachThoseWhoFollowOnceAndInOrder(t *testing.T) {
	const early, late = 100, 5000
	r := run(t, newConfig(t))
	l := library(t, r.xds[0].String())
	logKeys(l, 0, early)
	eventually.Holds(t, "the first entries are there", func() bool {
		states := libraries(t, r)
		return len(states) == 1 && states[0].Entries == early
	})
	lines := bufio.NewScanner(get(t, r, "/v1/requests?follow=true").Body)
	for n := 0; n < early; n++ {
		if !lines.Scan() {
			t.Fatal("the stream ends early")
		}
	}
	if lines.Scan(); lines.Text() != `{"present":true}` {
		t.Fatalf("got %q", lines.Text())
	}
	const portion = 500
	for n, logged := early, early; n < late; {
		if n == logged {
			logged = min(n+portion, late)
			logKeys(l, n, logged)
		}
		if !lines.Scan() || strings.Contains(lines.Text(), "missed") {
			t.Fatalf("after %d entries: %s", n, lines.Text())
		}
		var e traffic.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "" {
			continue
		}
		if e.Node != "edge " || e.Fields["key"] != fmt.Sprint(n) || e.Verdict() != traffic.Denied {
			t.Fatalf("entry %d is %s", n, lines.Text())
		}
		n++
	}
	if state := libraries(t, r)[0]; state.Version != "v1.2.3" || state.Health.PolicySources != 2 || !state.Health.PolicyLastUpdate.IsZero() {
		t.Errorf("got %+v", state)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if stats := l.Stats()["policy server "+r.xds[0].String()]; stats.Delivered != late || stats.Lost != 0 {
		t.Errorf("got %+v", stats)
	}
	eventually.Holds(t, "the library has left", func() bool { return len(libraries(t, r)) == 0 })
	// A follower does not hold the server up.
	began := time.Now()
	if r.stop(); time.Since(began) > drain {
		t.Errorf("the server stopped in %v", time.Since(began))
	}
}

func TestEntriesWaitForAServerThatComesLateAndLossesAreExact(t *testing.T) {
	r := run(t, newConfig(t))
	address := r.xds[0].String()
	r.stop()
	l := library(t, address)
	const sent = 60_000
	for i := range sent / 1000 {
		logKeys(l, i*1000, (i+1)*1000)
		time.Sleep(10 * time.Millisecond)
	}
	config := newConfig(t)
	config.XDS = []string{address}
	r = run(t, config)
	name := "policy server " + address
	eventually.Holds(t, "all entries are sent or lost", func() bool {
		stats := l.Stats()[name]
		return stats.Delivered+stats.Lost == sent
	})
	stats := l.Stats()[name]
	if stats.Lost == 0 || stats.Delivered == 0 {
		t.Errorf("got %+v, want some of both: the buffer is bounded", stats)
	}
	logKeys(l, 0, 1)
	eventually.Holds(t, "the server knows of the losses", func() bool {
		states := libraries(t, r)
		return len(states) == 1 && states[0].Entries == stats.Delivered+1 && states[0].Lost == stats.Lost
	})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestALibraryIsNotHeldUpByAServerThatDoesNotListen(t *testing.T) {
	l := library(t, "127.0.0.1:1")
	logKeys(l, 0, 10)
	began := time.Now()
	if err := l.Close(); err != nil || time.Since(began) > time.Second {
		t.Errorf("closed after %v with %v", time.Since(began), err)
	}
	if stats := l.Stats()["policy server 127.0.0.1:1"]; stats.Lost != 10 {
		t.Errorf("got %+v", stats)
	}
}

func TestWhatIsNotAnEntryEndsTheStreamOfALibrary(t *testing.T) {
	r := run(t, newConfig(t))
	conn, err := grpc.NewClient(r.xds[0].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, entry := range [][]byte{[]byte("\xff"), make([]byte, accesslog.MaxEntry+1)} {
		description := service.LogStreamDesc(nil)
		raw, err := conn.NewStream(context.Background(), &description, service.LogStream)
		if err != nil {
			t.Fatal(err)
		}
		stream := grpc.GenericClientStream[logs.Report, logs.Receipt]{ClientStream: raw}
		if err := stream.Send(&logs.Report{Entries: [][]byte{entry}}); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "entry 0") {
			t.Errorf("got %v", err)
		}
	}
}
