//go:build e2e

package faults

import (
	"strings"
	"testing"
	"time"
)

func limited(t *testing.T, limits Settings) (*Setup, *Echo) {
	t.Helper()
	s, echo := newSetup(t, R2D2), StartEcho(t, "127.0.0.1:0")
	settings := s.Settings()
	settings["limits"] = limits
	s.Start(*version, echo.Addr, settings)
	return s, echo
}

// requireTold requires that a line with the text is in Envoy's log once, however often it happened.
func (s *Setup) requireTold(text string) {
	s.TB.Helper()
	s.Eventually("Envoy's log has it: "+text, func() bool { return strings.Contains(s.Proxy.Log(), text) })
	if n := strings.Count(s.Proxy.Log(), text); n != 1 {
		s.TB.Errorf("Envoy's log has it %d times: %s", n, text)
	}
}

func TestConnectionsAboveTheLimitAreRefusedAndOldOnesGoOn(t *testing.T) {
	const most, more = 5, 20
	s, _ := limited(t, Settings{"connections": most})
	load := s.StartLoad(most)
	s.requireGauges(map[string]int{"open_connections": most})
	for range more {
		conn := s.dial()
		send(t, conn, "READ public/refused\r\n")
		requireEnd(t, conn, "")
	}
	load.Goes(rounds)
	s.requireCounter("limit_connections", more)
	s.requireTold("new connections are refused")
	load.Stop()
	s.requireGauges(map[string]int{"open_connections": 0})
	s.Agree(s.LogEntries)
	s.Serves()
}

func TestConnectionsAreClosedThatWouldHoldMoreThanTheTotal(t *testing.T) {
	const total, each, hostile = 64 << 10, 3000, 100
	s, echo := limited(t, Settings{"total_held_bytes": total})
	load := s.StartLoad(clients)
	load.Goes(rounds)
	begun := strings.Repeat("x", each)
	for range hostile {
		// Some are closed while they are written to.
		s.dial().Write([]byte("READ public/" + begun))
	}
	s.Eventually("some are closed", func() bool { return s.Counter("limit_total_held_bytes") > 0 })
	s.Eventually("the rest is below the total", func() bool {
		held := s.Gauge("held_bytes")
		return held > total/2 && held <= total && s.Counter("limit_total_held_bytes") >= hostile-total/each
	})
	load.Goes(rounds)
	load.Stop()
	s.requireTold("connections are closed: limit of held bytes of all connections reached")
	s.Agree(s.LogEntries)
	if got := int(echo.Answered.Load()); got != s.Complete() {
		t.Errorf("the server has answered %d requests, %d rounds are complete", got, s.Complete())
	}
}

func TestAFullQueueOfTheAccessLogLosesNewEntriesAndIsCounted(t *testing.T) {
	var receiver *Receiver
	s, cache := beforeMemcached(t, func(s *Setup, settings Settings) {
		receiver = Receive(t, s.path("log"))
		settings["access_log"] = Settings{"socket": s.path("log")}
		settings["limits"] = Settings{"log_queue_bytes": 1}
	})
	receiver.Slow(20 * time.Millisecond)
	load := s.StartLoad(clients)
	s.Eventually("entries are lost", func() bool { return s.Counter("log_entries_lost") > 0 })
	load.Goes(rounds)
	load.Stop()
	receiver.Slow(0)
	s.agreeAtReceivers(receiver.Entries)
	s.requireCounter("log_entries_lost", receiver.Entries().Lost)
	s.requireTold("access log: entries are lost")
	cache.requireSets()
}
