package main

import (
	"bufio"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// server answers get requests about items; answer may change that.
type server struct {
	t           *testing.T
	listener    net.Listener
	replies     map[string][]byte
	connections atomic.Int64
	requests    atomic.Int64
	answer      func(reply []byte) []byte
}

func serve(t *testing.T, items []item, answer func(reply []byte) []byte) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &server{t: t, listener: listener, replies: map[string][]byte{}, answer: answer}
	for _, it := range items {
		s.replies[string(it.request)] = it.reply
	}
	go s.accept()
	return s
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.connections.Add(1)
		go s.converse(conn)
	}
}

// converse ends the connection in the place of an empty answer.
func (s *server) converse(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		s.requests.Add(1)
		reply := s.answer(s.replies[line])
		if _, err := conn.Write(reply); err != nil || len(reply) == 0 {
			return
		}
	}
}

func (s *server) addr() string { return s.listener.Addr().String() }

func faithful(reply []byte) []byte { return reply }

// load puts a row on a server for a short time.
func (s *server) load(r row) (*client, error) {
	c := newClient(r, r.items(), s.addr(), 0)
	if !r.reconnect {
		if err := c.connect(); err != nil {
			s.t.Fatal(err)
		}
		defer c.conn.Close()
	}
	return c, c.run(clock{zero: time.Now(), end: 50 * time.Millisecond})
}

func TestAClientCountsEachReply(t *testing.T) {
	for _, inFlight := range []int{1, 16} {
		r := testRow
		r.inFlight = inFlight
		s := serve(t, r.items(), faithful)
		c, err := s.load(r)
		if err != nil {
			t.Fatal(err)
		}
		if int64(c.all) != s.requests.Load() || c.all < 10 {
			t.Errorf("%d in flight: %d replies, %d requests", inFlight, c.all, s.requests.Load())
		}
		if n := c.times.total; n > c.all || n+uint64(inFlight) < c.all {
			t.Errorf("%d in flight: %d replies, %d times", inFlight, c.all, n)
		}
		if s.connections.Load() != 1 {
			t.Errorf("%d connections", s.connections.Load())
		}
	}
}

func TestAClientMakesAConnectionForEachRequestIfItIsTo(t *testing.T) {
	r := testRow
	r.reconnect = true
	s := serve(t, r.items(), faithful)
	c, err := s.load(r)
	if err != nil {
		t.Fatal(err)
	}
	if c.all < 10 || int64(c.all) != s.connections.Load() {
		t.Errorf("%d replies, %d connections", c.all, s.connections.Load())
	}
}

func TestWhatComesDuringTheWarmUpDoesNotCount(t *testing.T) {
	s := serve(t, testRow.items(), faithful)
	c := newClient(testRow, testRow.items(), s.addr(), 0)
	if err := c.connect(); err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	if err := c.run(clock{zero: time.Now(), start: 20 * time.Millisecond, end: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if c.all == 0 || c.times.total != 0 {
		t.Errorf("%d replies, %d times", c.all, c.times.total)
	}
}

func TestAClientStopsAtAWrongReply(t *testing.T) {
	s := serve(t, testRow.items(), func([]byte) []byte { return []byte("CLIENT_ERROR access denied\r\n") })
	if _, err := s.load(testRow); err == nil || !strings.Contains(err.Error(), "access denied") {
		t.Errorf("error %v", err)
	}
}

func TestAClientSaysThatTheConnectionWasClosed(t *testing.T) {
	s := serve(t, testRow.items(), func([]byte) []byte { return nil })
	if _, err := s.load(testRow); err == nil || !strings.Contains(err.Error(), "1 replies owed") {
		t.Errorf("error %v", err)
	}
}

func TestNeighboursBeginAtDifferentItems(t *testing.T) {
	items := testRow.items()
	if a, b := newClient(testRow, items, "", 0), newClient(testRow, items, "", 1); a.send == b.send {
		t.Errorf("both begin at item %d", a.send)
	}
}
