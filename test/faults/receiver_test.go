//go:build e2e

package faults

import (
	"testing"
	"time"
)

// logged is a setup whose access log goes to a receiver on the socket, and to the file as well.
func logged(t *testing.T, socket string) (*Setup, *cache, *Receiver) {
	t.Helper()
	var receiver *Receiver
	s, cache := beforeMemcached(t, under("access_log", func(s *Setup) any {
		receiver = Receive(t, s.path(socket))
		return Settings{"file": s.LogFile, "socket": s.path(socket)}
	}))
	return s, cache, receiver
}

// agreeAtReceivers requires that all entries have come to the receivers, or a count of those lost. The
// count comes with an entry that is delivered, so rounds are played until one is.
func (s *Setup) agreeAtReceivers(entries func() Entries) {
	s.TB.Helper()
	s.Eventually("the receiver knows of all entries", func() bool {
		s.Serves()
		want := s.Complete() * s.Protocol.Entries()
		for range 20 {
			if entries().Total() == want {
				return true
			}
			time.Sleep(10 * time.Millisecond)
		}
		return false
	})
	s.Agree(entries)
}

func TestALogReceiverThatIsKilledAgainAndAgainLosesOnlyWhatItIsToldOf(t *testing.T) {
	s, cache, receiver := logged(t, "log")
	load := s.StartLoad(clients)
	var sum Entries
	for range 4 {
		load.Goes(rounds)
		sum = sum.Add(receiver.Kill())
		load.Goes(rounds)
		receiver = Receive(t, s.path("log"))
	}
	load.Goes(rounds)
	load.Stop()
	s.agreeAtReceivers(func() Entries { return sum.Add(receiver.Entries()) })
	if sum.Requests == 0 || sum.Add(receiver.Entries()).Lost == 0 {
		t.Errorf("the receivers got %+v: some are to be lost while there is none, and most are not", sum)
	}
	s.Agree(s.LogEntries)
	cache.requireSets()
}

func TestALogReceiverThatHangsHoldsNothingUpAndIsToldWhatItMissed(t *testing.T) {
	s, cache, receiver := logged(t, "log")
	load := s.StartLoad(clients)
	load.Goes(rounds)
	before := s.Resident()
	receiver.Hang()
	load.Goes(8 * rounds)
	if grown := s.Resident() - before; grown > 64*MiB {
		t.Errorf("Envoy has grown by %d MiB", grown/MiB)
	}
	receiver.Resume()
	load.Goes(rounds)
	load.Stop()
	s.agreeAtReceivers(receiver.Entries)
	if receiver.Entries().Lost == 0 {
		t.Error("nothing was lost: the receiver has not hung for long enough")
	}
	cache.requireSets()
}

func TestASlowLogReceiverHoldsNothingUp(t *testing.T) {
	s, cache, receiver := logged(t, "log")
	receiver.Slow(5 * time.Millisecond)
	load := s.StartLoad(clients)
	load.Goes(8 * rounds)
	before := s.Resident()
	load.Goes(8 * rounds)
	if grown := s.Resident() - before; grown > 64*MiB {
		t.Errorf("Envoy has grown by %d MiB", grown/MiB)
	}
	load.Stop()
	receiver.Slow(0)
	s.agreeAtReceivers(receiver.Entries)
	cache.requireSets()
}
