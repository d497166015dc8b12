package wasm

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	inlined "github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
	"github.com/proxylib/proxylib/test/envoy"
)

// connections is the number of connections of the tests below.
var connections = flag.Int("connections", 1500, "number of connections that are tried")

// plain starts the module with a plugin for a parser that allows everything.
func plain(t *testing.T, parsers ...string) *emulator {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	e := startEmulator(t, filepath.Join(root, "build", "proxylib.wasm"))
	for i, parser := range parsers {
		config := fmt.Sprintf(`{"parser": %q, "policy": {"allow": "all"}, "limits": {"held_bytes": 65536}}`, parser)
		if !e.configure(uint64(i+1), config) {
			t.Fatal(e.messages)
		}
	}
	return e
}

// properties are those of a connection.
var properties = map[string]string{
	"source\x00address": "127.0.0.2:20000", "destination\x00address": "127.0.0.1:10000", "connection_id": number(1),
}

// mutate returns bytes that begin like a request of some protocol.
func mutate(r *rand.Rand) []byte {
	seeds := []string{
		"get a\r\nset b 0 0 5\r\nhello\r\n", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "\x80\x01\x00\x01\x08\x00\x00\x00\x00\x00\x00\x0a",
		"\x04\x00\x00\x01\x01\x00\x00\x00\x16\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0", "READ a\r\n",
		"\x00\x00\x00\x1a\x00\x03\x00\x00user\x00web\x00database\x00a\x00\x00", "Q\x00\x00\x00\x0dSELECT 1\x00",
	}
	b := []byte(seeds[r.IntN(len(seeds))])
	for range r.IntN(4) {
		b[r.IntN(len(b))] = byte(r.Uint32())
	}
	return b[:1+r.IntN(len(b))]
}

// twin is a connection of the library's own engine, outside of a virtual machine, that gets what one of the plugin gets.
type twin struct {
	engine *datapath.Engine
	plan   datapath.Plan
}

func newTwin(t *testing.T, parser string) *twin {
	t.Helper()
	snapshot, err := inlined.Compile(map[string]inlined.Policy{parser: {Allow: []byte(`"all"`)}}, policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{ID: 1, Policies: store}), parser, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcAddr: properties["source\x00address"], DstAddr: properties["destination\x00address"], PolicyName: "127.0.0.1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &twin{engine: datapath.NewInTurns(conn, datapath.Limits{HeldBytes: 65536})}
}

// data returns what comes of bytes, and why the connection is closed, if it is.
func (w *twin) data(reply, end bool, data []byte) (out []byte, closed string) {
	w.engine.Data(reply, end, [][]byte{data}, &w.plan)
	out = w.plan.Out
	if w.plan.Leave {
		out = data
	}
	if w.plan.Close {
		closed = w.plan.Reason
	}
	return out, closed
}

func TestHostileBytesHaveTheVerdictsOfTheLibraryAndEndNoVirtualMachine(t *testing.T) {
	parsers := proxylib.ParserNames()
	e := plain(t, parsers...)
	r := rand.New(rand.NewPCG(1, 2))
	first, closed := uint32(0), 0
	for n := range *connections {
		root, stream, parser := uint64(n%len(parsers)+1), uint64(1000+n), parsers[n%len(parsers)]
		e.connect(stream, root, properties)
		other := newTwin(t, parser)
		for range 1 + r.IntN(6) {
			reply, end, data := r.IntN(3) == 0, r.IntN(20) == 0, mutate(r)
			got := e.data(stream, reply, end, data)
			want, reason := other.data(reply, end, data)
			if !bytes.Equal(got, want) || strings.TrimPrefix(e.state["proxylib_failure"], "proxylib: ") != reason {
				t.Fatalf("%s, connection %d: %q becomes %q, closed because of %q, and in the library %q, %q", parser, n, data, got,
					e.state["proxylib_failure"], want, reason)
			}
			if reason != "" {
				closed++
				break
			}
		}
		e.disconnect(stream)
		other.engine.Close()
		e.log, e.messages = nil, nil
		if n == *connections/3 {
			first = e.module.Memory().Size()
		}
	}
	if last := e.module.Memory().Size(); last > 2*first {
		t.Errorf("memory has grown from %d to %d bytes", first, last)
	}
	if closed < *connections/10 || closed > *connections*99/100 {
		t.Errorf("%d of %d connections were closed, so these bytes are not what is to be tried", closed, *connections)
	}
}

func TestConnectionsLeaveNothingBehind(t *testing.T) {
	e := plain(t, "memcache")
	first := uint32(0)
	for n := range *connections {
		stream := uint64(1000 + n)
		e.connect(stream, 1, properties)
		if out := e.data(stream, false, false, []byte("get a\r\n")); string(out) != "get a\r\n" {
			t.Fatalf("%q passes", out)
		}
		if out := e.data(stream, true, false, []byte("END\r\n")); string(out) != "END\r\n" {
			t.Fatalf("%q passes", out)
		}
		e.disconnect(stream)
		if n == *connections/2 {
			first = e.module.Memory().Size()
		}
	}
	last := e.module.Memory().Size()
	t.Logf("%d connections: %d bytes of memory", *connections, last)
	if last > first+4<<20 {
		t.Errorf("memory has grown from %d to %d bytes", first, last)
	}
}

func TestMistakesInAConfigurationAreSaid(t *testing.T) {
	e := plain(t)
	for i, c := range []struct{ config, want string }{
		{``, "is empty"},
		{`{"parser": "memcache"}`, "policy"},
		{`{"parser": "nobody", "policy": {"allow": "all"}}`, "is not in this library"},
		{`{"parser": "memcache", "policy": {"file": "/p"}}`, "a Wasm plugin has no files"},
		{`{"parser": "memcache", "policy": {"xds": "/p"}}`, "no network of its own"},
		{`{"parser": "memcache", "policy": {"xds": "a", "token_file": "/p"}}`, "secure the cluster"},
		{`{"parser": "memcache", "policy": {"xds": "a", "tls": {"ca": "/p"}}}`, "secure the cluster"},
		{`{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"file": "stdout"}}`, "no files and sockets"},
		{`{"parser": "memcache", "policy": {"allow": "all"}, "access_log": [{"envoy": true}, {"file": "stdout"}]}`, "no files and sockets"},
		{`{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"server": true}}`, "is for a policy server"},
		{`{"parser": "memcache", "policy": {"allow": "all"}, "limits": {"log_queue_bytes": 1}}`, "no such queue"},
		{`{"parser": "memcache", "policy": {"allow": "all"}, "limits": {"verdict_milliseconds": 1}}`, "requests do not wait in a Wasm plugin"},
	} {
		e.messages = nil
		if e.configure(uint64(i+1), c.config) {
			t.Errorf("%s is taken", c.config)
		}
		if len(e.messages) != 1 || !strings.Contains(e.messages[0], c.want) || !strings.Contains(e.messages[0], "configuration refused") {
			t.Errorf("%s: %q, want %q", c.config, e.messages, c.want)
		}
	}
}

func TestInModeObserveEverythingPasses(t *testing.T) {
	for parser, requests := range map[string][]string{
		"memcache": {"get a\r\n", "flush_all\r\n", "no such command\r\n", "get b\r\n"},
		"auto":     {"*1\r\n$4\r\nPI", "NG\r\n", "*-1\r\n$9", "PING\r\n"},
		"redis":    {"\x16\x03\x01", "*1\r\n"},
	} {
		t.Run(parser, func(t *testing.T) {
			e := plain(t)
			if !e.configure(1, fmt.Sprintf(`{"parser": %q, "mode": "observe", "access_log": {"envoy": true}, "log": "request"}`, parser)) {
				t.Fatal(e.messages)
			}
			e.connect(2, 1, properties)
			for _, request := range requests {
				if out := e.data(2, false, false, []byte(request)); string(out) != request || e.closed {
					t.Errorf("%q came out as %q, closed %v", request, out, e.closed)
				}
			}
			e.pass(1)
			said := strings.Join(e.messages, "\n")
			if !strings.Contains(said, "observe mode is on") || !strings.Contains(said, "without being observed any further") {
				t.Errorf("the log is %s", said)
			}
			if parser == "auto" && (len(e.log) == 0 || !strings.Contains(e.log[0], `"parser":"redis"`)) {
				t.Errorf("the entries are %q", e.log)
			}
		})
	}
}

func TestAClientHasTheIdentityOfTheURIInItsCertificate(t *testing.T) {
	e := plain(t)
	const config = `{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"envoy": true}, "log": "request", "identities": [
		{"cidr": "127.0.0.0/8", "identity": 5}, {"uri_san": "spiffe://cluster/ns/web", "identity": 7}]}`
	if !e.configure(1, config) {
		t.Fatal(e.messages)
	}
	for i, c := range []struct {
		uri, principal string
		want           string
	}{
		{"spiffe://cluster/ns/web", "", `"source_id":7,`}, {"spiffe://cluster/ns/other", "", `"source_id":5,`}, {"", "", `"source_id":5,`},
		{"", "spiffe://cluster/ns/web", `"source_id":7,`}, {"spiffe://cluster/ns/other", "spiffe://cluster/ns/web", `"source_id":5,`},
	} {
		with := maps.Clone(properties)
		with["connection\x00uri_san_peer_certificate"] = c.uri
		with["filter_state\x00io.istio.peer_principal"] = c.principal
		e.connect(uint64(i+10), 1, with)
		e.log = nil
		e.data(uint64(i+10), false, false, []byte("get a\r\n"))
		e.pass(1)
		if len(e.log) != 1 || !strings.Contains(e.log[0], c.want) {
			t.Errorf("%q %q: %q, want %s", c.uri, c.principal, e.log, c.want)
		}
	}
}

func TestWhereEnvoyDoesNotChangeABufferTheConnectionIsClosed(t *testing.T) {
	for name, before := range map[string]string{"a request": "", "the rest of one": "set a 0 0 100\r\nxx"} {
		t.Run(name, func(t *testing.T) {
			e := plain(t)
			if !e.configure(1, `{"parser": "memcache", "policy": {"allow": [{"command": "get"}]}, "parser_config": {"auth": "none"}}`) {
				t.Fatal(e.messages)
			}
			e.connect(2, 1, properties)
			next := "set a 0 0 1\r\nx\r\n"
			if before != "" {
				if out := e.data(2, false, false, []byte(before)); strings.Contains(string(out), "set") || e.closed {
					t.Fatalf("%q passes, closed %v", out, e.closed)
				}
				next = "xx"
			}
			e.frozen = true
			if e.data(2, false, false, []byte(next)); !e.closed {
				t.Error("the connection stays open")
			}
		})
	}
}

func TestRedactedValuesHaveTheSameHashesInAllVirtualMachines(t *testing.T) {
	machines := []*emulator{plain(t), plain(t), plain(t)}
	machines[1].shared = machines[0].shared
	var entries []string
	for _, e := range machines {
		if !e.configure(1, `{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"envoy": true}, "redact": {"keys": "hash"}}`) {
			t.Fatal(e.messages)
		}
		e.connect(2, 1, properties)
		e.data(2, false, false, []byte("get secret\r\n"))
		e.data(2, true, false, []byte("END\r\n"))
		e.pass(1)
		if len(e.log) != 1 || strings.Contains(e.log[0], "secret") {
			t.Fatalf("the entries are %q", e.log)
		}
		entries = append(entries, hashed.FindString(e.log[0]))
	}
	if entries[0] == "" || entries[0] != entries[1] || entries[0] == entries[2] {
		t.Errorf("the hashes are %q; the third virtual machine is of another process", entries)
	}
}

var hashed = regexp.MustCompile(`"keys":"[0-9a-f]{16}"`)
