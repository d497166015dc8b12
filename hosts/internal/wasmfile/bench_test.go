//go:build e2e

package wasmfile

import (
	"encoding/json"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	_ "github.com/proxylib/proxylib/parsers/memcache" // the parser of the library
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// encoding is an access log that encodes entries and drops them.
type encoding struct{ buffer []byte }

// Log implements [accesslog.Logger].
func (e *encoding) Log(entry accesslog.Entry) { e.buffer = entry.Append(e.buffer[:0]) }

// bench is an instance for a parser of memcached.
type bench struct {
	b        testing.TB
	instance *host.Instance
	protocol *proxylib.Protocol
}

func newBench(b testing.TB, protocol *proxylib.Protocol) *bench {
	b.Helper()
	snapshot, err := inline.Compile(map[string]inline.Policy{"memcache": {Allow: json.RawMessage(`[{"command": "get", "keyPrefix": "public/"}]`)}},
		policy.RuleParsers{"memcache": protocol.ParseRules})
	if err != nil {
		b.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	return &bench{b, host.NewInstance(host.InstanceConfig{Policies: store, AccessLog: &encoding{}, LogKinds: accesslog.Exchanges}), protocol}
}

func (s *bench) connect() *datapath.Engine {
	return datapath.New(s.open(), datapath.Limits{})
}

func (s *bench) open() *host.Connection {
	conn, err := host.NewConnection(s.instance, "memcache", host.ConnectionInfo{
		Id: 1, Ingress: true, SrcId: 7, SrcAddr: "127.0.0.1:1", DstAddr: "127.0.0.1:11211", PolicyName: "127.0.0.1", Protocol: s.protocol,
	})
	if err != nil {
		s.b.Fatal(err)
	}
	return conn
}

// exchange has a request and its reply pass.
func (s *bench) exchange(e *datapath.Engine, plan *datapath.Plan) {
	for _, reply := range []bool{false, true} {
		text := "get public/some/key\r\n"
		if reply {
			text = "VALUE public/some/key 0 10\r\n0123456789\r\nEND\r\n"
		}
		e.Data(reply, false, [][]byte{[]byte(text)}, plan)
		if !plan.Leave {
			s.b.Fatalf("%+v", plan)
		}
	}
}

func bothParsers(b *testing.B, run func(*testing.B, *bench)) {
	b.Run("library", func(b *testing.B) { run(b, newBench(b, proxylib.Registered("memcache"))) })
	f, err := Open(Config{Path: build(b, "memcache"), Configure: func(string) []byte { return nil }, Log: logrus.New()})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.Run("file", func(b *testing.B) { run(b, newBench(b, f.Protocol())) })
}

// BenchmarkExchange shows what a get of memcached and its reply cost, with policy and log.
func BenchmarkExchange(b *testing.B) {
	bothParsers(b, func(b *testing.B, s *bench) {
		e := s.connect()
		defer e.Close()
		var plan datapath.Plan
		s.exchange(e, &plan)
		b.ReportAllocs()
		for b.Loop() {
			s.exchange(e, &plan)
		}
	})
}

// BenchmarkConnection shows what a connection with one exchange costs.
func BenchmarkConnection(b *testing.B) {
	bothParsers(b, func(b *testing.B, s *bench) {
		var plan datapath.Plan
		b.ReportAllocs()
		for b.Loop() {
			e := s.connect()
			s.exchange(e, &plan)
			e.Close()
		}
	})
}

// TestWorkOfAGetIsSmall fails if proxylib build leaves each jump a turn of a loop, as Go makes it: a get of memcached and its reply
// are then more than 4,000 units of work, and else about 2,000.
func TestWorkOfAGetIsSmall(t *testing.T) {
	f, err := Open(Config{Path: build(t, "memcache"), Configure: func(string) []byte { return nil }, Log: logrus.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	conn := newBench(t, f.Protocol()).open()
	e := datapath.New(conn, datapath.Limits{})
	defer e.Close()
	var plan datapath.Plan
	work := int64(0)
	for range 3 {
		// The first ones make what the last one uses.
		work = 0
		for i, text := range []string{"get public/some/key\r\n", "VALUE public/some/key 0 10\r\n0123456789\r\nEND\r\n"} {
			e.Data(i == 1, false, [][]byte{[]byte(text)}, &plan)
			work += maxWork - int64(conn.Parser.(*parser).instance.fuel.Get())
		}
	}
	t.Logf("%d units of work", work)
	if work > 3000 {
		t.Errorf("a get and its reply are %d units of work", work)
	}
}
