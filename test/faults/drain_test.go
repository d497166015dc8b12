//go:build e2e

package faults

import (
	"net"
	"testing"
)

func TestAnEnvoyThatIsDrainedGoesOnForItsConnectionsAndTakesNoNewOnes(t *testing.T) {
	s, cache := beforeMemcached(t, nil)
	load := s.StartLoad(clients)
	load.Goes(rounds)
	s.Admin("POST", "/drain_listeners")
	s.Eventually("new connections are refused", func() bool {
		conn, err := net.Dial("tcp", s.Proxy.Addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	load.Goes(4 * rounds)
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
}
