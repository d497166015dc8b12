//go:build e2e

package faults

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
)

func TestClientsThatVanishLeaveNothingBehind(t *testing.T) {
	s, echo := beforeEcho(t)
	load := s.StartLoad(clients)
	load.Goes(rounds)
	files, memory := s.Files(), s.Resident()
	const vanishing = 2000
	for i := range vanishing {
		conn := s.dial()
		// Half of a request, requests whose replies nobody reads, or nothing at all.
		send(t, conn, []string{"READ pub", strings.Repeat("READ secret/a\r\n", 50), ""}[i%3])
		if i%2 == 0 {
			conn.SetLinger(0)
		}
		conn.Close()
	}
	load.Goes(rounds)
	s.Eventually("Envoy has closed what they left", func() bool { return s.Files() <= files+2 })
	if grown := s.Resident() - memory; grown > 32*MiB {
		t.Errorf("Envoy has grown by %d MiB for %d clients", grown/MiB, vanishing)
	}
	s.Serves()
	load.Stop()
	if got := echo.Answered.Load(); int(got) != s.Complete() {
		t.Errorf("the server has answered %d requests, %d rounds are complete", got, s.Complete())
	}
	s.requireLogOfAll()
}

// requireLogOfAll requires an entry for each request that Envoy has counted.
func (s *Setup) requireLogOfAll() {
	s.TB.Helper()
	var passed, denied int
	var log Entries
	if !eventually.Within(Patience, func() bool {
		passed, denied, log = s.Counter("passed"), s.Counter("denied"), s.LogEntries()
		return log.Requests == passed && log.Denied == denied && log.Lost == 0
	}) {
		s.TB.Errorf("%d requests passed and %d were denied, the access log has %+v", passed, denied, log)
	}
}

func TestAClientThatHasSentAllGetsAllRepliesAndThenTheEnd(t *testing.T) {
	s, _ := beforeEcho(t)
	load := s.StartLoad(clients)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := s.halfClose(100); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Serves()
	load.Stop()
	s.requireLogOfAll()
}

// halfClose sends all rounds and the end of the stream, and then reads the replies.
func (s *Setup) halfClose(rounds int) error {
	conn, err := net.DialTimeout("tcp", s.Proxy.Addr, Patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	var requests, replies strings.Builder
	for i := range rounds {
		request, reply := s.Protocol.Round(fmt.Sprintf("h%d", i))
		requests.WriteString(request)
		replies.WriteString(reply)
	}
	if _, err := io.WriteString(conn, requests.String()); err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != replies.String() {
		return fmt.Errorf("got %d bytes, %w, want %d", len(got), err, replies.Len())
	}
	return nil
}

func TestClientsThatTrickleAreServedAndDisturbNobody(t *testing.T) {
	s, _ := beforeEcho(t)
	load := s.StartLoad(clients)
	load.Goes(rounds)
	before := s.Resident()
	requests, replies := s.Protocol.Round("drop")
	var all sync.WaitGroup
	for range 50 {
		conn := s.dial()
		conn.SetNoDelay(true)
		all.Go(func() {
			for _, b := range []byte(requests) {
				conn.Write([]byte{b})
				time.Sleep(50 * time.Millisecond)
			}
			got := make([]byte, len(replies))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != replies {
				t.Errorf("got %q, %v, want %q", got, err, replies)
			}
		})
	}
	load.Goes(rounds)
	all.Wait()
	if grown := s.Resident() - before; grown > 32*MiB {
		t.Errorf("Envoy has grown by %d MiB", grown/MiB)
	}
	load.Stop()
	s.requireLogOfAll()
}

func TestAStreamWithoutALineEndIsCutOffAtABound(t *testing.T) {
	for _, d := range []*Protocol{R2D2, Memcache} {
		t.Run(d.Parser, func(t *testing.T) {
			s := newSetup(t, d)
			upstream := StartEcho(t, "127.0.0.1:0").Addr
			if d == Memcache {
				upstream = s.StartMemcached().Addr
			}
			s.Start(*version, upstream, s.Settings())
			load := s.StartLoad(clients)
			load.Goes(rounds)
			resident, allocated := s.Resident(), s.Allocated()
			const hostile = 32
			var all sync.WaitGroup
			for range hostile {
				all.Go(func() { s.stream(1 << 30) })
			}
			all.Wait()
			if grown := s.Resident() - resident; grown > 64*MiB {
				t.Errorf("Envoy has grown by %d MiB", grown/MiB)
			}
			if grown := s.Allocated() - allocated; grown > 16*MiB {
				t.Errorf("Envoy itself holds %d MiB more", grown/MiB)
			}
			s.Eventually("each is counted as closed", func() bool { return s.Counter("parse_errors") == hostile })
			s.Serves()
			load.Stop()
		})
	}
}

// stream sends length bytes without a line end, or until the connection is closed, which has to be soon.
func (s *Setup) stream(length int) {
	conn, err := net.DialTimeout("tcp", s.Proxy.Addr, Patience)
	if err != nil {
		s.TB.Error(err)
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(Patience))
	piece := bytes.Repeat([]byte("get public/"), 1<<12)
	for sent := 0; sent < length; sent += len(piece) {
		if _, err := conn.Write(piece); err != nil {
			// What the kernel takes without anybody reading is part of what could be sent.
			if !isEnd(err) || sent > 16*MiB {
				s.TB.Errorf("after %d bytes: %v", sent, err)
			}
			return
		}
	}
	s.TB.Errorf("%d bytes without a line end could be sent", length)
}
