//go:build e2e

package wasm

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/serve"
)

// served is a plugin whose policy comes from a server.
func served(delta bool) config {
	return config{
		"parser": "memcache", "policy": config{"xds": "npds", "delta": delta, "hosts": true}, "policy_name": serve.Endpoint, "port": 11211,
	}
}

const refusal = "CLIENT_ERROR access denied\r\n"

// awaits asks on new connections until a key is allowed, as often in a row as to have asked each thread of Envoy's.
func (f *fixture) awaits(key string) {
	f.t.Helper()
	allowed := 0
	eventually.Holds(f.t, "the policy allows "+key, func() bool {
		p := f.dial()
		defer p.conn.Close()
		if _, err := io.WriteString(p.conn, "get "+key+"\r\n"); err != nil {
			f.t.Fatal(err)
		}
		line, err := p.in.ReadString('\n')
		if allowed++; err != nil || line != "END\r\n" {
			allowed = 0
		}
		return allowed > 15
	})
}

// becomes asks on the connection until a key gets another reply.
func (p *peer) becomes(key, before, after string) {
	p.t.Helper()
	eventually.Holds(p.t, "another reply to "+key, func() bool {
		if _, err := io.WriteString(p.conn, "get "+key+"\r\n"); err != nil {
			p.t.Fatal(err)
		}
		line, err := p.in.ReadString('\n')
		if err != nil || line != before && line != after {
			p.t.Fatalf("got %q, %v", line, err)
		}
		return line == after
	})
}

func TestThePolicyServerDecidesInThePlugin(t *testing.T) {
	for _, delta := range []bool{false, true} {
		t.Run(fmt.Sprintf("delta %v", delta), func(t *testing.T) {
			server := serve.New(t)
			f := startWith(t, envoy.Config{Upstream: memcached(t), PolicySocket: server.XDS()}, served(delta))
			// Before the first policy everything is denied.
			f.dial().say("get public/a\r\n", refusal)
			server.Start()
			server.Allow("public/")
			f.awaits("public/a")
			// As many connections as to have some on each thread.
			var live []*peer
			for range 12 {
				p := f.dial()
				p.say("get public/a\r\nget secret/a\r\n", "END\r\n"+refusal)
				live = append(live, p)
			}
			server.Allow("secret/")
			for _, p := range live {
				p.becomes("secret/a", refusal, "END\r\n")
				p.say("get public/a\r\n", refusal)
			}
			nodes := server.MustRun("", "status")
			for _, client := range []string{" npds client ", " nphds client "} {
				if strings.Count(nodes, client) != 1 {
					t.Errorf("the server has not one%sfor all threads:\n%s", client, nodes)
				}
			}
			server.Kill()
			eventually.Holds(t, "the server is seen to be lost", func() bool { return f.gauge("sources_connected") == 0 })
			for _, p := range live {
				p.say("get public/a\r\nget secret/a\r\n", refusal+"END\r\n")
			}
			server.Start()
			server.Allow("public/")
			for _, p := range live {
				p.becomes("public/a", refusal, "END\r\n")
			}
			eventually.Holds(t, "the server is seen to be connected", func() bool { return f.gauge("sources_connected") == 1 })
			if counters, err := f.proxy.Counters("policy_updates"); err != nil || counters["wasmcustom.proxylib_policy_updates"] < 3 {
				t.Errorf("counters %v (%v)", counters, err)
			}
			if strings.Count(f.proxy.Log(), "policy server is lost: the last policy stays in force") < 1 {
				t.Error("the log does not say that the server was lost")
			}
		})
	}
}

// What passes through the plugin, and does not, is seen one to one where the policy server shows it.
func TestThePolicyServerShowsWhatPassedInThePlugin(t *testing.T) {
	const requests, clients = 100, 6
	server := serve.New(t)
	server.Start()
	plugin := served(false)
	plugin["access_log"], plugin["log"], plugin["node_id"] = config{"server": true}, "request", "edge-1"
	f := startWith(t, envoy.Config{Upstream: memcached(t), PolicySocket: server.XDS()}, plugin)
	server.Allow("public/")
	f.awaits("public/first")
	var want []string
	var live []*peer
	for range clients {
		live = append(live, f.dial())
	}
	for i := range requests {
		key, reply, verdict := fmt.Sprint("public/", i), "END\r\n", traffic.Allowed
		if i%10 == 0 {
			key, reply, verdict = fmt.Sprint("secret/", i), refusal, traffic.Denied
		}
		live[i%clients].say("get "+key+"\r\n", reply)
		want = append(want, verdict+" "+key)
	}
	var got []string
	eventually.Holds(t, "all entries are there", func() bool {
		got = nil
		out := server.MustRun("", "monitor", "-o", "json", "--node", "edge-1", "--parser", "memcache", "--not", "--field", "keys=public/first")
		for line := range strings.Lines(out) {
			var e traffic.Entry
			if json.Unmarshal([]byte(line), &e) == nil && e.Verdict() != traffic.Reply {
				got = append(got, e.Verdict()+" "+e.Fields["keys"])
			}
		}
		return len(got) >= requests
	})
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the server shows %q, want %q", got, want)
	}
}

// gauge returns a gauge of the policies of plugins.
func (f *fixture) gauge(name string) uint64 {
	f.t.Helper()
	gauges, err := f.proxy.Gauges("proxylib_policy")
	if err != nil {
		f.t.Fatal(err)
	}
	return gauges["wasmcustom.proxylib_policy_"+name]
}

func TestKillingThePolicyServerUnderLoadCostsNoVerdictOfThePlugin(t *testing.T) {
	server := serve.New(t)
	server.Start()
	f := startWith(t, envoy.Config{Upstream: memcached(t), PolicySocket: server.XDS()}, served(true))
	server.Allow("public/")
	f.awaits("public/a")
	stop, failures := make(chan struct{}), make(chan error, 8)
	var rounds atomic.Int64
	var running sync.WaitGroup
	for range cap(failures) {
		running.Go(func() { failures <- asks(f.proxy.Addr, stop, &rounds) })
	}
	for kill := range 3 {
		server.Kill()
		before := rounds.Load()
		eventually.Holds(t, "verdicts without the server", func() bool { return rounds.Load() > before+100 })
		server.Start()
		server.MustRun(strings.Replace(strings.Replace(otherPolicy, "NAME", fmt.Sprint("other-", kill), 1), "PREFIX", fmt.Sprint("other/", kill), 1), "policy", "import", "-")
		f.awaits(fmt.Sprint("other/", kill, "/x"))
	}
	close(stop)
	running.Wait()
	for range cap(failures) {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d rounds", rounds.Load())
}

const otherPolicy = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: NAME}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules:
        l7proto: memcache
        l7: [{command: get, keyPrefix: PREFIX}]
`

// asks asks on one connection, until it is stopped.
func asks(addr string, stop <-chan struct{}, rounds *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := ask(conn); err != nil {
			return err
		}
		rounds.Add(1)
	}
}

// ask asks for a key that is allowed and one that is not, and requires the right replies.
func ask(conn net.Conn) error {
	const requests, want = "get public/a\r\nget secret/a\r\n", "END\r\n" + refusal
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, requests); err != nil {
		return err
	}
	reply := make([]byte, len(want))
	if n, err := io.ReadFull(conn, reply); err != nil || string(reply) != want {
		return fmt.Errorf("got %q, %v, want %q", reply[:n], err, want)
	}
	return nil
}

// A server that accepts connections and never reads gets no entry. Each of them is counted as lost, and what Envoy keeps for the server is
// bounded: a report for each thread that logs.
func TestEntriesForAServerThatNeverReadsAreLostAndCounted(t *testing.T) {
	const clients, requests, workers, report = 8, 5000, 2, 2 << 20
	socket := filepath.Join(t.TempDir(), "xds")
	server, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	plugin := served(false)
	plugin["access_log"] = config{"server": true}
	f := startWith(t, envoy.Config{Upstream: memcached(t), PolicySocket: socket}, plugin)
	var most uint64
	var looking sync.Mutex
	kept := func() {
		looking.Lock()
		defer looking.Unlock()
		gauges, err := f.proxy.Gauges("cluster.npds")
		if err != nil {
			t.Error(err)
		}
		most = max(most, gauges["cluster.npds.http2.pending_send_bytes"]+gauges["cluster.npds.upstream_cx_tx_bytes_buffered"])
	}
	key := strings.Repeat("k", 200)
	batch, denials := strings.Repeat("get "+key+"\r\n", 100), strings.Repeat(refusal, 100)
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			p := f.dial()
			for range requests / 100 {
				p.say(batch, denials)
				kept()
			}
		})
	}
	running.Wait()
	lost := func() uint64 {
		kept()
		counters, err := f.proxy.Counters("log_entries_lost")
		if err != nil {
			t.Fatal(err)
		}
		return counters["wasmcustom.proxylib_log_entries_lost"]
	}
	if !eventually.Within(3*eventually.Limit, func() bool { return lost() >= clients*requests }) || lost() != clients*requests {
		t.Errorf("%d entries count as lost, want %d", lost(), clients*requests)
	}
	if most == 0 || most > workers*report {
		t.Errorf("Envoy has kept %d bytes for the server, want %d at most", most, workers*report)
	}
	t.Logf("Envoy has kept %d bytes at most", most)
}
