package wasm

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	inlined "github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib/host"
	"github.com/proxylib/proxylib/test/envoy"
)

// measured is a request that the policy allows, and its reply.
type measured struct{ parser, allow, request, reply string }

var exchanges = []measured{
	{"r2d2", `[{"cmd": "READ", "file": "/public/.*"}]`, "READ /public/a\r\n", "OK\r\n"},
	{"memcache", `[{"command": "get", "keyPrefix": "public/"}]`, "get public/a\r\n", "VALUE public/a 0 10\r\n0123456789\r\nEND\r\n"},
	{"redis", `[{"command": "get", "key_prefix": "public/"}]`, "*2\r\n$3\r\nGET\r\n$8\r\npublic/a\r\n", "$10\r\n0123456789\r\n"},
}

// lines makes lines of entries, as the plugin does, and drops them.
type lines struct {
	batch jsonline.Batch
	text  []byte
}

// Log implements [accesslog.Logger].
func (l *lines) Log(e accesslog.Entry) {
	if l.batch.Add(&e); l.batch.Size() > 8<<10 {
		l.text = l.batch.Append(l.text[:0], math.MaxInt)
	}
}

// engine is a connection of the library's own engine, with policy and log.
func (m *measured) engine(b *testing.B) *datapath.Engine {
	b.Helper()
	snapshot, err := inlined.Compile(map[string]inlined.Policy{m.parser: {Allow: []byte(m.allow)}}, policy.Registered())
	if err != nil {
		b.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: store, AccessLog: new(lines), LogKinds: accesslog.Exchanges})
	conn, err := host.NewConnection(instance, m.parser, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcAddr: properties["source\x00address"], DstAddr: properties["destination\x00address"], PolicyName: "127.0.0.1",
	})
	if err != nil {
		b.Fatal(err)
	}
	return datapath.NewInTurns(conn, datapath.Limits{})
}

// BenchmarkExchange shows what a request and its reply cost with policy and log: in the plugin, what the emulator does for its calls
// included, and in the library's own engine.
func BenchmarkExchange(b *testing.B) {
	root, err := envoy.Root()
	if err != nil {
		b.Fatal(err)
	}
	e := startEmulator(b, filepath.Join(root, "build", "proxylib.wasm"))
	for i, m := range exchanges {
		plugin, stream := uint64(i+1), uint64(100+i)
		b.Run(m.parser+"/plugin", func(b *testing.B) {
			e.t = b
			config := fmt.Sprintf(`{"parser": %q, "policy": {"allow": %s}, "access_log": {"envoy": true}}`, m.parser, m.allow)
			if !e.configure(plugin, config) {
				b.Fatal(e.messages)
			}
			defer e.disconnect(plugin)
			e.connect(stream, plugin, properties)
			defer e.disconnect(stream)
			for b.Loop() {
				if out := e.data(stream, false, false, []byte(m.request)); string(out) != m.request {
					b.Fatalf("%q", out)
				}
				if out := e.data(stream, true, false, []byte(m.reply)); string(out) != m.reply {
					b.Fatalf("%q", out)
				}
				e.log = e.log[:0]
			}
		})
		b.Run(m.parser+"/library", func(b *testing.B) {
			engine := m.engine(b)
			defer engine.Close()
			var plan datapath.Plan
			text := [...][]byte{[]byte(m.request), []byte(m.reply)}
			chunks := make([][]byte, 1)
			for b.Loop() {
				for way, data := range text {
					chunks[0] = data
					if engine.Data(way == 1, false, chunks, &plan); !plan.Leave && !bytes.Equal(plan.Out, data) {
						b.Fatalf("%+v", plan)
					}
				}
			}
		})
	}
}
