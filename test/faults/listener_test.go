//go:build e2e

package faults

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

// updates is how often a listener is updated.
const updates = 10

// watched is a setup whose listener can be updated, before a memcached.
func watched(t *testing.T, args ...string) (*Setup, *cache, Settings) {
	t.Helper()
	s := newSetup(t, Memcache)
	port, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	memcached, settings := s.StartMemcached(), s.Settings()
	s.StartAs(envoy.Config{
		Version: *version, Upstream: memcached.Addr, Library: s.Library, Watched: true, Port: port, Args: args,
	}, settings)
	return s, &cache{s, memcached.Addr}, settings
}

// update gives the listener other settings, of an instance of its own.
func (s *Setup) update(settings Settings, n int) {
	s.TB.Helper()
	settings["node_id"] = fmt.Sprint("node-", n)
	if err := s.Proxy.Reconfigure(settings.text(s.TB)); err != nil {
		s.TB.Fatal(err)
	}
}

func TestAListenerThatIsUpdatedAgainAndAgainCostsNoRound(t *testing.T) {
	s, cache, settings := watched(t)
	lasting, churning := s.StartLoad(clients), s.StartChurn(clients/2, 3)
	lasting.Goes(rounds)
	for n := range updates {
		s.update(settings, n)
		lasting.Goes(rounds / 2)
	}
	churning.Stop()
	// Those that were open at the start still have the first configuration, new ones the last.
	s.requireGauges(map[string]int{"open_connections": clients})
	widened := s.path("widened.yaml")
	text := strings.ReplaceAll(PolicyText, "command: get, keyPrefix: public/", "command: get")
	if err := os.WriteFile(widened, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	lasting.Goes(rounds)
	lasting.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
	settings["policy"] = Settings{"file": widened}
	s.update(settings, updates)
	s.exchange("get other/key\r\n", "END\r\n")
}

func TestWhatAnUpdateOfAListenerReplacesIsLetGo(t *testing.T) {
	s, _, settings := watched(t, "--drain-time-s", "1")
	load := s.StartBreakableLoad(clients)
	load.Goes(rounds)
	s.requireGauges(map[string]int{"policy_sources": 1})
	files, memory := s.Files(), s.Resident()
	for n := range updates {
		s.update(settings, n)
		load.Goes(rounds / 5)
	}
	s.requireGauges(map[string]int{"policy_sources": 1})
	load.Goes(rounds)
	load.Stop()
	s.requireGauges(map[string]int{"open_connections": 0})
	s.Agree(s.LogEntries)
	s.Serves()
	s.Eventually("Envoy has closed the files and sockets of what was replaced", func() bool { return s.Files() <= files })
	if grown := s.Resident() - memory; grown > 32*MiB {
		t.Errorf("Envoy has grown by %d MiB", grown/MiB)
	}
}
