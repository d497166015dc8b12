//go:build e2e

package faults

import (
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

// A new Envoy takes over the listening socket while the old one serves the connections that it has.
func TestAHotRestartCostsNoRound(t *testing.T) {
	s := newSetup(t, Memcache)
	port, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	memcached := s.StartMemcached()
	cache := &cache{s, memcached.Addr}
	s.StartAs(envoy.Config{
		Version: *version, Upstream: memcached.Addr, Library: s.Library, Port: port,
		Args: []string{"--drain-time-s", "1", "--parent-shutdown-time-s", "4"},
	}, s.Settings())
	early := s.StartLoad(clients)
	early.Goes(rounds)
	old := s.Proxy
	if s.Proxy, err = old.HotRestart(); err != nil {
		t.Fatal(err)
	}
	late := s.StartLoad(clients)
	early.Goes(rounds)
	early.Stop()
	if err := old.Await(Patience); err != nil {
		t.Errorf("the old Envoy: %v\n%s", err, old.Log())
	}
	late.Goes(rounds)
	late.Stop()
	s.Serves()
	cache.requireSets()
	complete, d := s.Complete(), s.Protocol
	want := Entries{Requests: d.Passed * complete, Denied: d.Denied * complete, Responses: d.Responses * complete}
	s.Eventually("both have logged each verdict once", func() bool { return s.LogEntries() == want })
	if passed := s.Counter("passed"); passed == 0 || passed > want.Requests {
		t.Errorf("the new Envoy has counted %d requests that passed, of %d", passed, want.Requests)
	}
	t.Logf("%d rounds complete; access log: %+v", complete, want)
}
