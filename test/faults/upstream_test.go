//go:build e2e

package faults

import (
	"testing"
	"time"
)

// requireEcho requires of the servers' own count what Envoy's has to be: each answered request had passed, and each
// complete round was answered.
func (s *Setup) requireEcho(servers ...*Echo) {
	s.TB.Helper()
	answered := 0
	for _, e := range servers {
		answered += int(e.Answered.Load())
	}
	if passed := s.Counter("passed"); answered > passed || answered < s.Complete() {
		s.TB.Errorf("servers have answered %d requests, %d have passed, %d rounds are complete", answered, passed,
			s.Complete())
	}
}

func TestAServerThatIsKilledAgainAndAgainCostsOnlyTheRoundsOnItsConnections(t *testing.T) {
	s, echo := beforeEcho(t)
	load := s.StartBreakableLoad(clients)
	servers := []*Echo{echo}
	for range 4 {
		load.Goes(rounds)
		echo.Kill()
		time.Sleep(200 * time.Millisecond)
		echo = StartEcho(t, echo.Addr)
		servers = append(servers, echo)
	}
	load.Goes(rounds)
	s.Serves()
	load.Stop()
	s.requireCut(4 * clients)
	s.Agree(s.LogEntries)
	s.requireEcho(servers...)
}

// requireCut requires that faults have interrupted at least that number of rounds.
func (s *Setup) requireCut(least int) {
	s.TB.Helper()
	if cut := int(s.account.cut.Load()); cut < least {
		s.TB.Errorf("%d rounds were cut, want %d or more: the fault had no effect", cut, least)
	}
}

func TestResetsOfTheServerCostOnlyTheRoundsOnTheirConnections(t *testing.T) {
	breakUnderLoad(t, (*Echo).Reset)
}

func TestAReplyThatEndsInTheMiddleEndsTheConnection(t *testing.T) {
	breakUnderLoad(t, (*Echo).TearReply)
}

// breakUnderLoad does something to the server 20 times, which must cost a round each time, and nothing else.
func breakUnderLoad(t *testing.T, fault func(*Echo)) {
	s, echo := beforeEcho(t)
	load := s.StartBreakableLoad(clients)
	for range 20 {
		load.Goes(rounds / 10)
		fault(echo)
	}
	load.Goes(rounds)
	s.Serves()
	load.Stop()
	s.requireCut(20)
	s.Agree(s.LogEntries)
	s.requireEcho(echo)
}

// The reply has begun, and is of a request that was allowed: what came of it may go on, and then the end.
func TestAReplyThatIsHalfThereIsNotWaitedFor(t *testing.T) {
	s, upstream := beforePlayed(t)
	conn := s.dial()
	send(t, conn, "READ public/a\r\nREAD public/b\r\n")
	server := upstream.accept()
	expect(t, server, "READ public/a\r\nREAD public/b\r\n")
	send(t, server, "OK a\r\nOK b without")
	if err := server.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, "OK a\r\n")
	requireEnd(t, conn, "OK b without")
}
