//go:build e2e

package faults

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/accept"
)

// dial connects to Envoy, until the test ends.
func (s *Setup) dial() *net.TCPConn {
	s.TB.Helper()
	conn, err := net.DialTimeout("tcp", s.Proxy.Addr, Patience)
	if err != nil {
		s.TB.Fatal(err)
	}
	s.TB.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		s.TB.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func send(tb testing.TB, conn net.Conn, text string) {
	tb.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		tb.Fatal(err)
	}
}

// expect requires that just these bytes come next.
func expect(tb testing.TB, conn net.Conn, want string) {
	tb.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		tb.Fatalf("got %q, %v, want %q", got[:n], err, want)
	}
}

// requireEnd requires the end of the connection, by a close or a reset, after nothing but the first part of the rest.
func requireEnd(tb testing.TB, conn net.Conn, rest string) {
	tb.Helper()
	got, err := io.ReadAll(conn)
	if !strings.HasPrefix(rest, string(got)) || err != nil && !isEnd(err) {
		tb.Fatalf("got %.200q, %v, want the end of the connection", got, err)
	}
}

// played is a server whose part the test plays.
type played struct {
	setup    *Setup
	listener net.Listener
}

// beforePlayed is a setup with Envoy before an r2d2 server that the test plays.
func beforePlayed(t *testing.T) (*Setup, *played) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := newSetup(t, R2D2)
	s.Start(*version, listener.Addr().String(), s.Settings())
	return s, &played{s, listener}
}

func (p *played) accept() *net.TCPConn {
	p.setup.TB.Helper()
	conn, err := p.listener.Accept()
	if err != nil {
		p.setup.TB.Fatal(err)
	}
	p.setup.TB.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		p.setup.TB.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// serveMirror sends back what it gets, until the test ends, and returns its address.
func serveMirror(t *testing.T) string {
	t.Helper()
	return accept.Each(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
		io.Copy(conn, conn)
		conn.Close()
	}).Addr().String()
}

func readFull(conn net.Conn, into []byte) bool {
	_, err := io.ReadFull(conn, into)
	return err == nil
}
