//go:build e2e

package wasm

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/serve"
)

// monitored returns the keys of the entries that the command monitor finds in Envoy's log, with their number each.
func monitored(t *testing.T, log string) (keys map[string]int) {
	t.Helper()
	keys = map[string]int{}
	out, err := serve.New(t).Command("", "monitor", "--file", log, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		keys[e.Fields["keys"]]++
	}
	return keys
}

// Several requests have one message in Envoy's log, whose form an operator may choose. Each has to be found there, in time while Envoy
// runs, and those before its end afterwards.
func TestAllEntriesAreInEnvoysLogWhateverItsForm(t *testing.T) {
	const requests, connections = 50, 4
	for name, args := range map[string][]string{
		"usual":   nil,
		"Istio":   {"--log-format", "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t"},
		"escaped": {"--log-format-escaped"},
		"JSON":    {"--log-format", `{"level":"%l","time":"%Y-%m-%dT%T.%fZ","msg":"%j"}`},
	} {
		t.Run(name, func(t *testing.T) {
			plugin := inline("memcache", []config{{"command": "get", "keyPrefix": "public/"}})
			plugin["log"] = "exchange"
			dir := t.TempDir()
			proxy, err := envoy.Start(complete(t, envoy.Config{Dir: dir, Upstream: memcached(t), Args: args}, plugin))
			if err != nil {
				t.Fatal(err)
			}
			f := &fixture{t, proxy}
			log := filepath.Join(dir, "envoy.log")
			ask := func(key string) {
				for range connections {
					p := f.dial()
					for range requests {
						p.say("get "+key+"\r\n", "END\r\n")
					}
				}
			}
			ask(`public/"a\`)
			eventually.Holds(t, "the entries are written while nothing else comes", func() bool {
				return monitored(t, log)[`public/"a\`] == requests*connections
			})
			f.dial().say("get secret\r\n", refusal)
			eventually.Holds(t, "the denial is written", func() bool { return monitored(t, log)["secret"] == 1 })
			ask("public/b")
			if err := proxy.Stop(); err != nil {
				t.Fatal(err)
			}
			if got := monitored(t, log); got["public/b"] != requests*connections || len(got) != 3 {
				t.Errorf("after the end of Envoy there are entries %v", got)
			}
			if n := strings.Count(proxy.Log(), "wasm log"); n > requests*connections {
				t.Errorf("%d entries are in %d messages", 2*requests*connections+1, n)
			}
		})
	}
}

// A configuration that is replaced takes the plugin of before along, and what it has to write.
func TestEntriesOfAPluginThatIsReplacedAreWritten(t *testing.T) {
	plugin := inline("memcache", []config{{"command": "get", "keyPrefix": "public/"}})
	plugin["log"] = "exchange"
	f := startWith(t, envoy.Config{Upstream: memcached(t), Watched: true}, plugin)
	plugin["policy"] = config{"allow": []config{{"command": "get", "keyPrefix": "other/"}}}
	next, err := json.Marshal(plugin)
	if err != nil {
		t.Fatal(err)
	}
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	old := f.dial()
	old.say("get public/a\r\n", "END\r\n")
	if err := f.proxy.ReplacePlugin(filepath.Join(root, "build", "proxylib.wasm"), string(next)); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "new connections have the new plugin", func() bool {
		p := f.dial()
		defer p.conn.Close()
		_, _ = fmt.Fprint(p.conn, "get other/a\r\n")
		line, err := p.in.ReadString('\n')
		return err == nil && line == "END\r\n"
	})
	old.say("get public/b\r\n", "END\r\n")
	old.conn.Close()
	eventually.Holds(t, "the entries of the old connection are there", func() bool {
		var keys []string
		for _, e := range f.entries(1) {
			keys = append(keys, e.Fields["keys"])
		}
		return slices.Contains(keys, "public/a") && slices.Contains(keys, "public/b")
	})
}
