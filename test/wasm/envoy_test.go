//go:build e2e

package wasm

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/postgres/server"
)

var version = flag.String("envoy", "1.40.0", "release of Envoy to test in")

// patience is how long a test waits for anything that should come at once.
const patience = 20 * time.Second

// config is a configuration of the plugin.
type config map[string]any

// fixture is an Envoy with the plugin.
type fixture struct {
	t     *testing.T
	proxy *envoy.Proxy
}

// start runs an Envoy with the plugin before a server, until the test ends.
func start(t *testing.T, upstream string, plugin config) *fixture {
	t.Helper()
	return startWith(t, envoy.Config{Upstream: upstream}, plugin)
}

// startWith is start with more of Envoy's configuration.
func startWith(t *testing.T, with envoy.Config, plugin config) *fixture {
	t.Helper()
	with.Dir = t.TempDir()
	proxy, err := envoy.Start(complete(t, with, plugin))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", proxy.Log())
		}
	})
	return &fixture{t, proxy}
}

// complete adds the plugin to a configuration of Envoy.
func complete(t *testing.T, with envoy.Config, plugin config) envoy.Config {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plugin)
	if err != nil {
		t.Fatal(err)
	}
	with.Version, with.FilterConfig = *version, string(text)
	if with.Wasm == "" {
		with.Wasm = filepath.Join(root, "build", "proxylib.wasm")
	}
	return with
}

// inline is the configuration with a policy, and with an access log.
func inline(parser string, allow any) config {
	return config{"parser": parser, "policy": config{"allow": allow}, "access_log": config{"envoy": true}, "log": "request"}
}

// entryText finds entries of the access log in Envoy's log.
var entryText = regexp.MustCompile(`(?m)\{"time":.*\}$`)

type entry struct {
	Type, Rule string
	Fields     map[string]string
}

// entries waits for the first n entries of the access log.
func (f *fixture) entries(n int) (list []entry) {
	f.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		lines := entryText.FindAllString(f.proxy.Log(), -1)
		if len(lines) < n {
			continue
		}
		for _, line := range lines {
			var e entry
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				f.t.Fatalf("%s: %v", line, err)
			}
			list = append(list, e)
		}
		return list
	}
	f.t.Fatalf("no %d entries: %s", n, f.proxy.Log())
	return nil
}

// end waits for what Envoy logs of the first connection that has ended.
func (f *fixture) end() map[string]any {
	f.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		text, _ := f.proxy.ConnectionLog()
		line, _, whole := strings.Cut(text, "\n")
		if !whole {
			continue
		}
		var fields struct{ State map[string]any }
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			f.t.Fatal(err)
		}
		return fields.State
	}
	f.t.Fatal("no connection has ended")
	return nil
}

// shows waits until Envoy shows metrics to Prometheus as they have to be.
func (f *fixture) shows(metrics ...string) {
	f.t.Helper()
	var text []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		text, _ = envoy.Admin(f.proxy.Admin()).Get("/stats/prometheus?filter=proxylib")
		if !slices.ContainsFunc(metrics, func(m string) bool { return !strings.Contains(string(text), "\n"+m+"\n") }) {
			return
		}
	}
	f.t.Errorf("Envoy does not show %q:\n%s", metrics, text)
}

// peer is a client.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (f *fixture) dial() *peer {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.proxy.Addr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &peer{f.t, conn, bufio.NewReader(conn)}
}

// say sends a text and requires another. It may be called from any goroutine, which ends if something else comes.
func (p *peer) say(text, want string) {
	p.t.Helper()
	_ = p.conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Error(err)
		runtime.Goexit()
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(p.in, got); err != nil || string(got) != want {
		p.t.Errorf("to %.60q came %.60q (%v), want %.60q", text, got[:n], err, want)
		runtime.Goexit()
	}
}

func memcached(t *testing.T, args ...string) string {
	t.Helper()
	m, err := envoy.StartMemcached(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Stop(); err != nil {
			t.Error(err)
		}
	})
	return m.Addr
}

func TestMemcache(t *testing.T) {
	f := start(t, memcached(t), inline("memcache", []config{
		{"command": "get", "keyPrefix": "public/"}, {"command": "set", "keyPrefix": "public/"},
	}))
	const denied = "CLIENT_ERROR access denied\r\n"
	p := f.dial()
	p.say("set public/a 0 0 1\r\nx\r\n", "STORED\r\n")
	p.say("get public/a\r\n", "VALUE public/a 0 1\r\nx\r\nEND\r\n")
	p.say("get secret\r\n", denied)
	p.say("get secret\r\nget public/a\r\nget secret\r\n", denied+"VALUE public/a 0 1\r\nx\r\nEND\r\n"+denied)
	p.say("set secret 0 0 3\r\nabc\r\n", denied)
	p.say("get public/a\r\n", "VALUE public/a 0 1\r\nx\r\nEND\r\n")
	p.conn.Close()
	want := []string{"request set", "response set", "request get", "response get", "denied get", "denied get", "request get", "denied get"}
	var got []string
	for _, e := range f.entries(12)[:len(want)] {
		got = append(got, e.Type+" "+e.Fields["command"])
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("entries %q, want %q", got, want)
	}
	if end := f.end(); end["passed"] != "4" || end["denied"] != "4" || end["last"] != "allowed" {
		t.Errorf("the connection's log has %v", end)
	}
	counters, err := f.proxy.Counters("proxylib.memcache")
	if err != nil || counters["wasmcustom.proxylib.memcache.passed"] != 4 || counters["wasmcustom.proxylib.memcache.denied"] != 4 {
		t.Errorf("counters %v (%v)", counters, err)
	}
}

func TestMalformedClosesAfterWhatIsOwed(t *testing.T) {
	f := start(t, memcached(t), inline("memcache", "all"))
	p := f.dial()
	p.say("set a 0 0 1\r\nx\r\n", "STORED\r\n")
	p.say("get a\r\nset b 0 0 1\r\nxyz\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n")
	if rest, err := io.ReadAll(p.in); err != nil {
		t.Errorf("the connection does not end: %q %v", rest, err)
	}
	if end := f.end(); end["last"] != "closed" || end["failure"] == nil {
		t.Errorf("the connection's log has %v", end)
	}
}

func TestARefusedConfigurationIsSaid(t *testing.T) {
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	_, err = envoy.Start(envoy.Config{
		Version: *version, Dir: t.TempDir(), Upstream: "127.0.0.1:1", FilterConfig: `{"parser": "memcache", "policy": {"file": "/p"}}`,
		Wasm: filepath.Join(root, "build", "proxylib.wasm"),
	})
	if err == nil || !strings.Contains(err.Error(), "a Wasm plugin has no files") {
		t.Errorf("Envoy says %v", err)
	}
}

func TestRedis(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	server := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatalf("%v: run make deps", err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	address := "127.0.0.1:" + port
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	f := start(t, address, inline("redis", []config{{"command": "set", "key_prefix": "public/"}, {"command": "get", "key_prefix": "public/"}}))
	const denied = "-NOPERM No permissions to access a key\r\n"
	p := f.dial()
	p.say("*3\r\n$3\r\nSET\r\n$8\r\npublic/a\r\n$1\r\nx\r\n", "+OK\r\n")
	p.say("*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", denied)
	p.say("*2\r\n$3\r\nGET\r\n$8\r\npublic/a\r\n*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", "$1\r\nx\r\n"+denied)
	p.say("*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n*2\r\n$3\r\nGET\r\n$8\r\npublic/a\r\n", denied+"$1\r\nx\r\n")
}

// postgres is the folder of the programs of PostgreSQL.
var postgres = flag.String("postgres", "/usr/lib/postgresql/15/bin", "folder of the programs of PostgreSQL")

func TestPostgres(t *testing.T) {
	s, err := server.Start(*postgres)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Query("CREATE TABLE open(n int); INSERT INTO open VALUES (1); CREATE TABLE secret(n int)"); err != nil {
		t.Fatal(err)
	}
	f := start(t, s.Addr, inline("postgres", []config{{"operation": "connect"}, {"operation": "select", "schema": "public", "table": "open"}}))
	for _, tls := range []string{"disable", "prefer"} {
		conn, err := pgx.Connect(t.Context(), "postgres://postgres@"+f.proxy.Addr+"/postgres?sslmode="+tls)
		if err != nil {
			t.Fatalf("sslmode=%s: %v", tls, err)
		}
		for range 3 {
			var n int
			if err := conn.QueryRow(t.Context(), "SELECT n FROM public.open").Scan(&n); err != nil || n != 1 {
				t.Fatalf("sslmode=%s: %d, %v", tls, n, err)
			}
			var denied *pgconn.PgError
			if _, err := conn.Exec(t.Context(), "SELECT n FROM public.secret"); !errors.As(err, &denied) || denied.Code != "42501" {
				t.Fatalf("sslmode=%s: %v", tls, err)
			}
			if _, err := conn.Exec(t.Context(), "DELETE FROM public.open", pgx.QueryExecModeSimpleProtocol); !errors.As(err, &denied) || denied.Code != "42501" {
				t.Fatalf("sslmode=%s: %v", tls, err)
			}
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Memory is collected many times in each virtual machine meanwhile, which ends one in Envoy before 1.39 if the module has the
// runtime of Go as it is.
func TestManyConnectionsAndCollectionsOfMemoryEndNoVirtualMachine(t *testing.T) {
	const clients, connections, rounds = 8, 25, 40
	plugin := inline("memcache", []config{{"command": "get", "keyPrefix": "public/"}, {"command": "set", "keyPrefix": "public/"}})
	// Without it, a long set is denied until the server is known to take it.
	plugin["parser_config"], plugin["log"] = config{"auth": "none"}, "exchange"
	plugin["redact"] = config{"keys": "hash"}
	f := start(t, memcached(t), plugin)
	value := strings.Repeat("v", 20_000)
	set := fmt.Sprintf("set public/a 0 0 %d\r\n%s\r\n", len(value), value)
	got := fmt.Sprintf("VALUE public/a 0 %d\r\n%s\r\nEND\r\n", len(value), value)
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for range connections {
				p := f.dial()
				for range rounds {
					p.say(set, "STORED\r\n")
					p.say("get secret\r\nget public/a\r\nget secret\r\n", "CLIENT_ERROR access denied\r\n"+got+"CLIENT_ERROR access denied\r\n")
					p.say("get secret\r\n", "CLIENT_ERROR access denied\r\n")
				}
				p.conn.Close()
			}
		})
	}
	running.Wait()
	counters, err := f.proxy.Counters("proxylib.memcache")
	const each = clients * connections * rounds
	if err != nil || counters["wasmcustom.proxylib.memcache.passed"] != 2*each || counters["wasmcustom.proxylib.memcache.denied"] != 3*each {
		t.Errorf("counters %v (%v), want %d passed and %d denied", counters, err, 2*each, 3*each)
	}
	f.shows(fmt.Sprintf(`proxylib_latency_us_count{proxylib_filter="memcache"} %d`, 2*each), "proxylib_open_connections{} 0", "proxylib_held_bytes{} 0")
	keys := map[string]bool{}
	for _, key := range hashed.FindAllString(f.proxy.Log(), -1) {
		keys[key] = true
	}
	if len(keys) != 2 {
		t.Errorf("two keys have the hashes %v", keys)
	}
	if failed := regexp.MustCompile(`(?m)^.*(panic|trap|VM failure|Function: proxy_on).*$`).FindString(f.proxy.Log()); failed != "" {
		t.Error(failed)
	}
}
