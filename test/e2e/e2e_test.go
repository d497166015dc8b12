//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

var version = flag.String("envoy", "1.40.0", "release of Envoy to test in")

// patience is how long a test waits for anything that should come at once.
const patience = 20 * time.Second

// policyText allows get and set of keys that begin with public/ on port 11211, and some of r2d2 on port 4040.
const policyText = `resources:
- endpoint_ips: [127.0.0.1]
  endpoint_id: 1
  ingress_per_port_policies:
  - port: 4040
    rules:
    - name: readers
      l7_proto: r2d2
      l7_rules:
        l7_allow_rules:
        - rule: {cmd: READ, file: ^public/}
        - rule: {cmd: HALT}
  - port: 11211
    rules:
    - name: public
      l7_proto: memcache
      l7_rules:
        l7_allow_rules:
        - rule: {command: get, keyPrefix: public/}
        - rule: {command: set, keyPrefix: public/}
        - rule: {command: version}
`

// fixture is an Envoy with our filter before a server, and the files of both.
type fixture struct {
	t     *testing.T
	dir   string
	proxy *envoy.Proxy
	// policy and accessLog are paths; the policy is there, the log if the filter writes one.
	policy, accessLog string
	// served are the policies that a plugin has from a server, as it reads no files.
	served *resources
	// alone has an Envoy of its own in any case.
	alone bool
}

// config is a filter_config. Each test changes what it is about.
type config map[string]any

// newFixture makes the files of a test.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	dir := t.TempDir()
	s := &fixture{t: t, dir: dir, policy: filepath.Join(dir, "policy.yaml"), accessLog: filepath.Join(dir, "access.log")}
	s.writePolicy(policyText)
	return s
}

// writePolicy writes a policy file that looks as if it had been there for long: what was written just now is waited for.
func (s *fixture) writePolicy(text string) {
	s.t.Helper()
	s.serve(text)
	past := time.Now().Add(-time.Minute)
	if err := errors.Join(os.WriteFile(s.policy, []byte(text), 0o600), os.Chtimes(s.policy, past, past)); err != nil {
		s.t.Fatal(err)
	}
}

// memcacheConfig puts the memcache parser and the policy file to use.
func (s *fixture) memcacheConfig() config {
	return config{
		"parser": "memcache", "policy_name": "127.0.0.1", "port": 11211,
		"policy": config{"file": s.policy}, "access_log": config{"file": s.accessLog}, "log": "request",
	}
}

// entryLines returns the access log.
func (s *fixture) entryLines() string {
	s.t.Helper()
	if *plugin {
		return strings.Join(entryText.FindAllString(s.proxy.Log(), -1), "\n")
	}
	text, err := os.ReadFile(s.accessLog)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// startMemcached runs a memcached until the test ends, and returns its address.
func (s *fixture) startMemcached(args ...string) string {
	s.t.Helper()
	m, err := envoy.StartMemcached(s.dir, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := m.Stop(); err != nil {
			s.t.Error(err)
		}
	})
	return m.Addr
}

// startEnvoy runs Envoy until the test ends. It must end as asked, whatever has happened to it.
func (s *fixture) startEnvoy(upstream string, filter config) {
	s.t.Helper()
	s.startEnvoyAs(s.envoyConfig(upstream, filter))
}

// startEnvoyAs does so with an Envoy that is configured in a special way.
func (s *fixture) startEnvoyAs(config envoy.Config) {
	s.t.Helper()
	if *plugin && !s.alone && !config.Watched {
		s.share(config)
		return
	}
	proxy, err := envoy.Start(config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.proxy = proxy
	s.served.wait(s.t)
	s.t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			s.t.Error(err)
		}
		s.showLogs()
	})
}

// showLogs shows what Envoy has said, if the test has failed.
func (s *fixture) showLogs() {
	if s.t.Failed() {
		connections, _ := s.proxy.ConnectionLog()
		s.t.Logf("Envoy's log:\n%s\nconnections:\n%s", s.proxy.Log(), connections)
	}
}

func (s *fixture) envoyConfig(upstream string, filter config) envoy.Config {
	s.t.Helper()
	c := envoy.Config{Version: *version, Dir: s.dir, Upstream: upstream}
	if *plugin {
		filter = s.ofPlugin(&c, filter)
	}
	text, err := json.Marshal(filter)
	if err != nil {
		s.t.Fatal(err)
	}
	c.FilterConfig = string(text)
	return c
}

// memcached is a fixture with the default configuration before a memcached.
func memcached(t *testing.T, args ...string) *fixture {
	t.Helper()
	s := newFixture(t)
	s.startEnvoy(s.startMemcached(args...), s.memcacheConfig())
	return s
}

// entry is a line of the access log, as far as tests look at it.
type entry struct {
	Type, Rule, Proto string
	Fields            map[string]string
}

// text is the entry in a line: the type and the fields that tests care for.
func (e entry) text() string {
	words := []string{e.Type}
	for _, key := range []string{"command", "keys", "cmd", "file", "status"} {
		if value, found := e.Fields[key]; found && (key != "status" || e.Type == "denied") {
			words = append(words, key+"="+value)
		}
	}
	return strings.Join(words, " ")
}

// entries waits until the access log has n entries about requests, and returns all of them.
func (s *fixture) entries(n int) []entry {
	s.t.Helper()
	var all []entry
	s.eventually("the access log has its entries", func() bool {
		all = nil
		for line := range strings.Lines(s.entryLines()) {
			var e entry
			if json.Unmarshal([]byte(line), &e) == nil && e.Type != "response" && e.Type != "closed" {
				all = append(all, e)
			}
		}
		return len(all) >= n
	})
	return all
}

func (s *fixture) requireEntries(want ...string) {
	s.t.Helper()
	var got []string
	for _, e := range s.entries(len(want)) {
		got = append(got, e.text())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("access log:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// requireCounters requires values of our counters in Envoy's stats, and waits for them for a while.
func (s *fixture) requireCounters(want map[string]uint64) {
	s.t.Helper()
	var got map[string]uint64
	s.eventually("the counters have their values", func() bool {
		all, err := s.proxy.Counters("proxylib")
		if err != nil {
			s.t.Fatal(err)
		}
		got = map[string]uint64{}
		for name, value := range all {
			got[envoy.ShortStat(name)] = value
		}
		for name, value := range want {
			if got[name] != value {
				return false
			}
		}
		return true
	})
}

// connectionEnd waits for the line that Envoy's own access log has for the only connection that has ended. A plugin says in the
// filter state alone why it has closed one.
func (s *fixture) connectionEnd() (termination string, metadata map[string]any) {
	s.t.Helper()
	var line struct {
		Termination     string
		Proxylib, State map[string]any
	}
	s.eventually("Envoy logs the end of the connection", func() bool {
		text, err := s.proxy.ConnectionLog()
		return err == nil && json.Unmarshal([]byte(text), &line) == nil
	})
	if *plugin {
		maps.DeleteFunc(line.State, func(_ string, value any) bool { return value == nil })
		failure, _ := line.State["failure"].(string)
		return failure, line.State
	}
	for key, value := range line.State {
		if want := line.Proxylib[key]; (value != nil || want != nil) && value != fmt.Sprint(want) {
			s.t.Errorf("filter state has %s %v, the metadata %v", key, value, want)
		}
	}
	if line.State["parser"] == nil {
		s.t.Errorf("there is no filter state: %v", line.State)
	}
	return line.Termination, line.Proxylib
}

func (s *fixture) eventually(what string, holds func() bool) {
	s.t.Helper()
	eventually.Holds(s.t, what, holds)
}

// peer is a connection that a test speaks on by itself.
type peer struct {
	t *testing.T
	*net.TCPConn
	*bufio.Reader
}

// Read reads through the buffer.
func (p *peer) Read(b []byte) (int, error) { return p.Reader.Read(b) }

// WriteTo is the buffer's as well.
func (p *peer) WriteTo(w io.Writer) (int64, error) { return p.Reader.WriteTo(w) }

func (s *fixture) dial() *peer {
	s.t.Helper()
	return dial(s.t, s.proxy.Addr)
}

func dial(t *testing.T, addr string) *peer {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t, conn.(*net.TCPConn), bufio.NewReader(conn)}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *peer) send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.TCPConn, text); err != nil {
		p.t.Fatal(err)
	}
}

// expect requires that just these bytes come next.
func (p *peer) expect(want string) {
	p.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(p.Reader, got)
	if err != nil || string(got) != want {
		p.t.Fatalf("got %.200q, %v, want %.200q", got[:n], err, want)
	}
}

// expectEnd requires that the connection ends with nothing before.
func (p *peer) expectEnd() {
	p.t.Helper()
	rest, err := io.ReadAll(p.Reader)
	if len(rest) > 0 || isTimeout(err) {
		p.t.Fatalf("got %.200q, %v, want the end of the connection", rest, err)
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
