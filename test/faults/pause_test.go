//go:build e2e

package faults

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/test/accept"
	"github.com/proxylib/proxylib/test/envoy"
)

// verdictTime is how long a request may wait in these tests, in milliseconds.
const verdictTime = 1000

// pausingSettings are those of the parser whose verdicts come from goroutines.
func (s *Setup) pausingSettings() Settings {
	settings := s.Settings()
	settings["parser"], settings["limits"] = "test.pausing", Settings{"verdict_milliseconds": verdictTime}
	return settings
}

// beforePausing is a setup with that parser, before a mirror.
func beforePausing(t *testing.T) *Setup {
	t.Helper()
	s := newSetup(t, R2D2)
	s.StartAs(envoy.Config{Version: *version, Upstream: serveMirror(t), Library: faultyLibrary(t)}, s.pausingSettings())
	return s
}

// requireIdle requires that no connection is open but one, and that nothing is held. Before 1.39, gauges are up to date after
// a connection.
func (s *Setup) requireIdle() {
	s.TB.Helper()
	s.Eventually("no connection is open, and nothing is held", func() bool {
		conn := s.dial()
		send(s.TB, conn, "a\n")
		expect(s.TB, conn, "a\n")
		idle := s.Gauge("open_connections") <= 1 && s.Gauge("held_bytes") == 0
		conn.Close()
		return idle
	})
}

func TestRequestsWaitForVerdictsFromElsewhere(t *testing.T) {
	s := beforePausing(t)
	t.Run("and stay in order", func(t *testing.T) {
		conn := s.dial()
		send(t, conn, "a\nALLOW 100\nb\nDENY 50\nc\nDENY 0\nALLOW 0\nd\n")
		expect(t, conn, "a\nALLOW 100\nb\ntold to\nc\ntold to\nALLOW 0\nd\n")
	})
	t.Run("with much after them, and the end of the stream", func(t *testing.T) {
		conn, much := s.dial(), strings.Repeat("0123456789abcde\n", 5_000)
		go func() {
			fmt.Fprint(conn, "ALLOW 300\n"+much)
			conn.CloseWrite()
		}()
		if got, want := readAll(conn), "ALLOW 300\n"+much; got != want {
			t.Errorf("got %d bytes, want %d", len(got), len(want))
		}
	})
	t.Run("while others go on", func(t *testing.T) {
		var waiting sync.WaitGroup
		for range 500 {
			conn := s.dial()
			send(t, conn, "a\nALLOW 800\n")
			expect(t, conn, "a\n")
			waiting.Go(func() { expect(t, conn, "ALLOW 800\n") })
		}
		conn, began := s.dial(), time.Now()
		for n := range 50 {
			send(t, conn, fmt.Sprintf("%d\nDENY 0\n", n))
			expect(t, conn, fmt.Sprintf("%d\ntold to\n", n))
		}
		// One after the other they would take minutes.
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("another connection took %v while 500 wait", took)
		}
		waiting.Wait()
	})
	t.Run("no longer than they may", func(t *testing.T) {
		conn, began := s.dial(), time.Now()
		send(t, conn, "NEVER\nALLOW 1\n")
		expect(t, conn, proxylib.NoVerdictInTime+"\nALLOW 1\n")
		if took := time.Since(began); took < verdictTime*time.Millisecond || took > 10*verdictTime*time.Millisecond {
			t.Errorf("it was denied after %v", took)
		}
		s.Eventually("the access log says why", func() bool {
			log, err := os.ReadFile(s.LogFile)
			return err == nil && strings.Contains(string(log), proxylib.NoVerdictInTime)
		})
	})
}

// Clients go away in each state of a pause, and verdicts come when nobody is there any more.
func TestClientsThatGoAwayWhileTheyWaitLeaveNothing(t *testing.T) {
	s := beforePausing(t)
	leave := func(rounds int) {
		var running sync.WaitGroup
		for i := range 8 {
			running.Go(func() {
				for n := range rounds {
					conn, err := net.Dial("tcp", s.Proxy.Addr)
					if err != nil {
						t.Error(err)
						return
					}
					if i%2 == 0 {
						_ = conn.(*net.TCPConn).SetLinger(0)
					}
					fmt.Fprintf(conn, "a\nALLOW %d\nNEVER\n", n%20)
					if n%3 > 0 {
						time.Sleep(time.Duration(n%21) * time.Millisecond)
					}
					conn.Close()
				}
			})
		}
		running.Wait()
		s.requireIdle()
	}
	leave(50)
	files, memory := s.Files(), s.Resident()
	leave(250)
	if now := s.Files(); now > files+8 {
		t.Errorf("%d files are open, before %d", now, files)
	}
	if now := s.Resident(); now > memory+32*MiB {
		t.Errorf("the memory grew from %d to %d MiB", memory/MiB, now/MiB)
	}
	conn := s.dial()
	send(t, conn, "ALLOW 5\n")
	expect(t, conn, "ALLOW 5\n")
}

func TestRequestsThatWaitOutliveAnUpdateOfTheListener(t *testing.T) {
	s := newSetup(t, R2D2)
	settings := s.pausingSettings()
	s.StartAs(envoy.Config{Version: *version, Upstream: serveMirror(t), Library: faultyLibrary(t), Watched: true}, settings)
	var waiting []*net.TCPConn
	for n := range 100 {
		conn := s.dial()
		send(t, conn, fmt.Sprintf("ALLOW %d\nb\n", 500+n))
		waiting = append(waiting, conn)
	}
	s.update(settings, 1)
	for n, conn := range waiting {
		expect(t, conn, fmt.Sprintf("ALLOW %d\nb\n", 500+n))
		conn.Close()
	}
	conn := s.dial()
	send(t, conn, "DENY 1\n")
	expect(t, conn, "told to\n")
}

func TestAServerThatEndsWhileARequestWaitsForAVerdictEndsTheConnection(t *testing.T) {
	s := newSetup(t, R2D2)
	server := accept.Each(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
		var text [2]byte
		readFull(conn, text[:])
		conn.Write(text[:])
		conn.Close()
	})
	s.StartAs(envoy.Config{Version: *version, Upstream: server.Addr().String(), Library: faultyLibrary(t)}, s.pausingSettings())
	for range 50 {
		conn := s.dial()
		send(t, conn, "a\nALLOW 30\n")
		requireEnd(t, conn, "a\n")
	}
	s.requireIdle()
}
