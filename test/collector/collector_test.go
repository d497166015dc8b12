package collector

import (
	"fmt"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/otlp"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
)

func start(t *testing.T) *Collector {
	t.Helper()
	c, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// open opens an access log that sends to an endpoint.
func open(t *testing.T, endpoint string) *sink.Outputs {
	t.Helper()
	sends, err := otlp.New(otlp.Config{
		Endpoint: endpoint, Service: "test", Headers: map[string]string{"x-token": "t"},
		Parser: func(name string) otlp.Parser {
			return otlp.Parser{System: name + "d", Attributes: map[string]string{
				"command": "db.operation.name", "rows": "db.response.returned_rows", "error": "db.response.status_code",
			}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	log, err := sink.OpenOutputs([]sink.Output{{Config: sink.Config{Sink: sends}}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestEveryEntryIsARecordWithTheAttributesOfTheConventions(t *testing.T) {
	c := start(t)
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Connection: 3, Parser: "memcache", SourceAddress: "10.0.0.1:4711", DestinationAddress: "[fd00::1]:11211", SourceID: 7, Ingress: true,
	}).WithUser("web")
	entries := []accesslog.Entry{
		{
			Time: 1700000000123456789, Request: 1, Rule: "r", Flow: &flow, L7: accesslog.NewGeneric("text").Add("command", "get").Add("keys", "a"),
			Exchange: &accesslog.Exchange{
				Status: cilium.ReplyStatus_Failed, RequestBytes: 7, ReplyBytes: 9, Latency: 1000,
				Reply: accesslog.NewGeneric("text").Add("error", "E1").Add("rows", "5").Add("x", "y"),
			},
		},
		{Type: cilium.EntryType_Denied, Request: 2, Reason: "no rule", Flow: &flow, L7: accesslog.NewGeneric("text").Add("command", "set")},
		{Flow: &flow, L7: accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{Topics: []string{"orders"}}})},
	}
	for _, endpoint := range []string{c.HTTP, c.GRPC} {
		before := len(c.Records())
		log := open(t, endpoint)
		for _, e := range entries {
			log.Log(e)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		got := c.Records()[before:]
		if len(got) != len(entries) || log.Stats()[endpoint].Delivered != uint64(len(entries)) {
			t.Fatalf("%s: %d records, %+v", endpoint, len(got), log.Stats())
		}
		want := []map[string]any{
			{
				"db.system.name": "memcached", "db.operation.name": "get", "db.response.returned_rows": int64(5), "db.response.status_code": "E1",
				"error.type": "E1", "client.address": "10.0.0.1", "client.port": int64(4711), "server.address": "fd00::1", "server.port": int64(11211),
				"user.name": "web", "service.name": "test", "network.transport": "tcp", "proxylib.field.keys": "a", "proxylib.reply.field.x": "y",
				"proxylib.verdict": "allowed", "proxylib.status": "error", "proxylib.request": int64(1), "proxylib.connection": int64(3),
				"proxylib.request.bytes": int64(7), "proxylib.reply.bytes": int64(9), "proxylib.latency_ns": int64(1000), "proxylib.rule": "r",
				"proxylib.source_identity": int64(7), "proxylib.parser": "memcache",
			},
			{"proxylib.verdict": "denied", "proxylib.reason": "no rule", "db.operation.name": "set", "proxylib.request": int64(2)},
			{"messaging.system": "kafka", "messaging.destination.name": "orders", "proxylib.verdict": "allowed"},
		}
		for i, attributes := range want {
			for key, value := range attributes {
				if got[i].Attributes[key] != value {
					t.Errorf("%s, record %d: %s is %#v, want %#v", endpoint, i, key, got[i].Attributes[key], value)
				}
			}
		}
		if r := got[0]; r.Event != "proxylib.request" || r.Severity != "INFO" || r.Body != "request text get: error" || r.Time != entries[0].Time {
			t.Errorf("%s: %+v", endpoint, r)
		}
		if r := got[1]; r.Event != "proxylib.denied" || r.Severity != "WARN" || r.Body != "denied text set: no rule" {
			t.Errorf("%s: %+v", endpoint, r)
		}
		if _, there := got[1].Attributes["error.type"]; there {
			t.Errorf("%s: a denied request has %+v", endpoint, got[1])
		}
	}
}

func TestLinesOfAHeaderAreOneAttributeAndAddressesHaveNoBrackets(t *testing.T) {
	c := start(t)
	log := open(t, c.HTTP)
	for _, host := range []string{"[fd00::1]", "[fd00::1]:8080"} {
		log.Log(accesslog.Entry{L7: &accesslog.HTTP{Method: "GET", Host: host, Headers: []accesslog.HTTPHeader{{Key: "x-a", Value: "1"}, {Key: "x-b", Value: "2"}, {Key: "x-a", Value: "3"}}}})
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Records() {
		a := r.Attributes
		if got := fmt.Sprint(a["server.address"], a["http.request.header.x-a"], a["http.request.header.x-b"]); got != "fd00::1[1 3] [2]" {
			t.Errorf("got %s", got)
		}
	}
	if n := len(c.Records()); n != 2 {
		t.Errorf("%d records", n)
	}
}

func TestWhatACollectorDoesNotGetIsCountedAndReported(t *testing.T) {
	c, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	const n = 10
	for _, endpoint := range []string{c.HTTP, c.GRPC} {
		log := open(t, endpoint)
		for i := range n {
			log.Log(accesslog.Entry{Time: int64(i)})
		}
		began := time.Now()
		if err := log.Close(); err != nil {
			t.Errorf("%s: %v", endpoint, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: closing takes %v", endpoint, took)
		}
		if stats := log.Stats()[endpoint]; stats.Lost != n || stats.Delivered != 0 || stats.Cause == nil {
			t.Errorf("%s: %+v", endpoint, stats)
		}
	}
}

func TestRecordsOfManyThreadsArriveOnce(t *testing.T) {
	c := start(t)
	log := open(t, c.HTTP)
	const threads, each = 4, 500
	done := make(chan struct{})
	for thread := range threads {
		go func() {
			flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: uint64(thread + 1)})
			for i := range each {
				log.Log(accesslog.Entry{Flow: &flow, Request: uint64(i + 1)})
			}
			done <- struct{}{}
		}()
	}
	for range threads {
		<-done
	}
	if !eventually.Within(10*time.Second, func() bool { return len(c.Records()) >= threads*each }) {
		t.Errorf("%d records", len(c.Records()))
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range c.Records() {
		seen[fmt.Sprint(r.Attributes["proxylib.connection"], r.Attributes["proxylib.request"])]++
	}
	if len(seen) != threads*each || len(c.Records()) != threads*each {
		t.Errorf("%d records, %d different", len(c.Records()), len(seen))
	}
}
