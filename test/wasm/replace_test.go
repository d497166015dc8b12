//go:build e2e

package wasm

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/serve"
)

// another writes a module that is another one to Envoy, and returns its path: it has a section more, which says nothing.
func another(t *testing.T) string {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(filepath.Join(root, "build", "proxylib.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	const custom, name = 0, "another"
	module = append(module, custom)
	module = binary.AppendUvarint(module, uint64(len(name)+1))
	module = append(append(module, byte(len(name))), name...)
	path := filepath.Join(t.TempDir(), "another.wasm")
	if err := os.WriteFile(path, module, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The module is replaced twice while clients ask without pause: on connections that stay open, and on new ones all the time. Each reply
// has to be the right one, and connections have to go on with the policy of the plugin that they began with.
func TestThePluginIsReplacedUnderLoadWithoutALostRequest(t *testing.T) {
	for how, with := range map[string]envoy.Config{"extension discovery": {Discovered: true}, "listener": {Watched: true}} {
		t.Run(how, func(t *testing.T) {
			with.Upstream = memcached(t)
			gets := func(prefixes ...string) config {
				var rules []config
				for _, prefix := range prefixes {
					rules = append(rules, config{"command": "get", "keyPrefix": prefix})
				}
				return config{"parser": "memcache", "policy": config{"allow": rules}}
			}
			f := startWith(t, with, gets("public/", "old/"))
			old := f.dial()
			old.say("get old/a\r\nget new/a\r\n", "END\r\n"+refusal)

			stop, failures := make(chan struct{}), make(chan error, 8)
			var rounds, connections atomic.Int64
			var running sync.WaitGroup
			for range cap(failures) / 2 {
				running.Go(func() { failures <- asks(f.proxy.Addr, stop, &rounds) })
				running.Go(func() { failures <- connects(f.proxy.Addr, stop, &connections) })
			}
			eventually.Holds(t, "load", func() bool { return rounds.Load() > 100 && connections.Load() > 20 })
			root, err := envoy.Root()
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(gets("public/", "new/"))
			if err != nil {
				t.Fatal(err)
			}
			for _, module := range []string{another(t), filepath.Join(root, "build", "proxylib.wasm")} {
				if err := f.proxy.ReplacePlugin(module, string(text)); err != nil {
					t.Fatal(err)
				}
				eventually.Holds(t, "new connections have the new plugin", func() bool {
					p := f.dial()
					defer p.conn.Close()
					return p.reply("get new/a\r\n") == "END\r\n"
				})
				before, beforeNew := rounds.Load(), connections.Load()
				eventually.Holds(t, "load goes on", func() bool { return rounds.Load() > before+100 && connections.Load() > beforeNew+20 })
				old.say("get old/a\r\nget new/a\r\n", "END\r\n"+refusal)
			}
			close(stop)
			running.Wait()
			for range cap(failures) {
				if err := <-failures; err != nil {
					t.Error(err)
				}
			}
			if strings.Contains(f.proxy.Log(), "configuration refused") {
				t.Error("a configuration was refused")
			}
			t.Logf("%d rounds on connections that stay, %d on new ones", rounds.Load(), connections.Load())
		})
	}
}

// The plugin whose streams the server has ended is removed by Envoy, which serves on.
func TestThePluginIsReplacedAfterItsPolicyServerWasLost(t *testing.T) {
	server := serve.New(t)
	server.Start()
	f := startWith(t, envoy.Config{Upstream: memcached(t), PolicySocket: server.XDS(), Discovered: true}, served(false))
	server.Allow("public/")
	f.awaits("public/a")
	server.Kill()
	eventually.Holds(t, "the server is seen to be lost", func() bool { return f.gauge("sources_connected") == 0 })
	text, err := json.Marshal(inline("memcache", "all"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.proxy.ReplacePlugin(another(t), string(text)); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the plugin of the server is removed", func() bool { return f.gauge("sources") == 0 })
	f.dial().say("get any/a\r\n", "END\r\n")
}

// reply returns the line of a reply to a request.
func (p *peer) reply(request string) string {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(request)); err != nil {
		p.t.Fatal(err)
	}
	line, err := p.in.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	return line
}

// connects asks on one connection after another, until it is stopped.
func connects(addr string, stop <-chan struct{}, rounds *atomic.Int64) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		err = ask(conn)
		conn.Close()
		if err != nil {
			return err
		}
		rounds.Add(1)
	}
}
