package faults

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

// Patience bounds everything that a test waits for, and every round of requests of a client.
const Patience = 20 * time.Second

// PolicyText allows both dialects what is below public/. Tests append to its last list.
const PolicyText = `resources:
- endpoint_ips: [127.0.0.1]
  endpoint_id: 1
  ingress_per_port_policies:
  - port: 4040
    rules:
    - l7_proto: r2d2
      l7_rules:
        l7_allow_rules:
        - rule: {cmd: READ, file: ^public/}
  - port: 11211
    rules:
    - l7_proto: memcache
      l7_rules:
        l7_allow_rules:
        - rule: {command: get, keyPrefix: public/}
        - rule: {command: set, keyPrefix: public/}
`

// Setup is an Envoy with the filter in front of a server, the files of both, and the counts of what clients have sent.
type Setup struct {
	TB       testing.TB
	Protocol *Protocol
	// Dir is for files and sockets of the test. PolicyFile and LogFile are in it.
	Dir, PolicyFile, LogFile string
	Proxy                    *envoy.Proxy
	// Library is the folder of the shared library, if it is not the one that make all builds.
	Library string
	stopped bool
	account account
}

// Settings is a filter_config.
type Settings map[string]any

func (s Settings) text(tb testing.TB) string {
	tb.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// NewSetup makes the files of a test.
func NewSetup(tb testing.TB, protocol *Protocol) *Setup {
	tb.Helper()
	dir := tb.TempDir()
	s := &Setup{
		TB: tb, Protocol: protocol, Dir: dir,
		PolicyFile: filepath.Join(dir, "policy.yaml"), LogFile: filepath.Join(dir, "access.log"),
	}
	// What was written just now is waited for.
	past := time.Now().Add(-time.Minute)
	if err := errors.Join(os.WriteFile(s.PolicyFile, []byte(PolicyText), 0o600), os.Chtimes(s.PolicyFile, past, past)); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Settings puts the policy file and the file of the access log to use. A test changes what it is about.
func (s *Setup) Settings() Settings {
	return Settings{
		"parser": s.Protocol.Parser, "port": s.Protocol.Port, "policy_name": "127.0.0.1",
		"policy": Settings{"file": s.PolicyFile}, "access_log": Settings{"file": s.LogFile}, "log": "request",
	}
}

// Start runs Envoy until Stop, or until the test ends.
func (s *Setup) Start(version, upstream string, settings Settings) {
	s.TB.Helper()
	s.StartAs(envoy.Config{Version: version, Upstream: upstream, Library: s.Library}, settings)
}

// StartAs does so with an Envoy that is configured in a special way. The folder and the filter_config are filled in.
func (s *Setup) StartAs(config envoy.Config, settings Settings) {
	s.TB.Helper()
	config.Dir, config.FilterConfig = s.Dir, settings.text(s.TB)
	var err error
	if s.Proxy, err = envoy.Start(config); err != nil {
		s.TB.Fatal(err)
	}
	s.TB.Cleanup(func() {
		s.Stop()
		if s.TB.Failed() {
			s.TB.Logf("Envoy's log:\n%.20000s", s.Proxy.Log())
		}
	})
}

// Stop ends Envoy, which has to be alive and to end as asked. It may be called again.
func (s *Setup) Stop() {
	s.TB.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	if err := s.Proxy.Stop(); err != nil {
		s.TB.Error(err)
	}
	if strings.Contains(s.Proxy.Log(), "DATA RACE") {
		s.TB.Error("the race detector has found something")
	}
}

// StartMemcached runs a memcached until the test ends.
func (s *Setup) StartMemcached() *envoy.Memcached {
	s.TB.Helper()
	m, err := envoy.StartMemcached(s.Dir, "-c", "4096")
	if err != nil {
		s.TB.Fatal(err)
	}
	s.TB.Cleanup(func() {
		if err := m.Stop(); err != nil {
			s.TB.Error(err)
		}
	})
	return m
}

// Eventually waits until a condition holds.
func (s *Setup) Eventually(what string, holds func() bool) {
	s.TB.Helper()
	if !eventually.Within(Patience, holds) {
		s.TB.Fatalf("not so after %v: %s", Patience, what)
	}
}

// Admin asks Envoy's admin interface, by GET, or by POST for what changes it, and returns the answer.
func (s *Setup) Admin(method, path string) string {
	s.TB.Helper()
	request, err := http.NewRequest(method, "http://"+s.Proxy.Admin()+path, nil)
	if err != nil {
		s.TB.Fatal(err)
	}
	client := http.Client{Timeout: Patience}
	response, err := client.Do(request)
	if err != nil {
		s.TB.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.TB.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return string(body)
}

// Counter returns the value of the counter of the library's, or of its filter's, that has the short name.
func (s *Setup) Counter(name string) int {
	s.TB.Helper()
	all, err := s.Proxy.Counters(name)
	if err != nil {
		s.TB.Fatal(err)
	}
	return named(all, name)
}

// Gauge returns the value of the library's gauge that has the short name.
func (s *Setup) Gauge(name string) int {
	s.TB.Helper()
	all, err := s.Proxy.Gauges(name)
	if err != nil {
		s.TB.Fatal(err)
	}
	return named(all, name)
}

func named(stats map[string]uint64, name string) int {
	for full, value := range stats {
		if envoy.ShortStat(full) == name {
			return int(value)
		}
	}
	return 0
}
