//go:build e2e

package faults

import (
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/xdstest"
)

// Log rotation makes Envoy reopen its logs by SIGUSR1. The kernel may deliver it to a thread of Go or of a worker.
func TestSignalsThatEnvoyTakesDoNotHarmTheLibrary(t *testing.T) {
	s, cache, server := served(t, "xds")
	load := s.StartLoad(clients)
	server.Kill()
	update := xdstest.Resources(t, PolicyText)
	flood := ServePolicies(t, s.path("xds"), func(int) []*anypb.Any { return update })
	s.Eventually("updates come", func() bool { return flood.Accepted.Load() > 0 })
	pid := s.Proxy.PID()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Microsecond) {
		for _, signal := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGHUP} {
			if err := syscall.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	load.Goes(rounds)
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
}
