//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// server is a listener that a test accepts connections of by itself.
type server struct {
	net.Listener
	t *testing.T
}

func listen(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &server{l, t}
}

func (s *server) accept() *peer {
	s.t.Helper()
	conn, err := s.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		s.t.Fatal(err)
	}
	return &peer{s.t, conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// r2d2 is a fixture before a server that the test plays.
func r2d2(t *testing.T) (*fixture, *server) {
	t.Helper()
	s, server := newFixture(t), listen(t)
	filter := s.memcacheConfig()
	filter["parser"], filter["port"] = "r2d2", 4040
	s.startEnvoy(server.Addr().String(), filter)
	return s, server
}

func TestADenialWaitsForTheRepliesBeforeIt(t *testing.T) {
	s, server := r2d2(t)
	c := s.dial()
	c.send("READ public/1\r\nWRITE x\r\nREAD secret/2\r\nHALT\r\n")
	upstream := server.accept()
	upstream.expect("READ public/1\r\nHALT\r\n")
	upstream.send("OK 1\r")
	upstream.send("\nO")
	c.expect("OK 1\r\nERROR\r\nERROR\r\n")
	upstream.send("K\r\n")
	c.expect("OK\r\n")
	s.requireEntries("request cmd=READ file=public/1", "denied cmd=WRITE file=x", "denied cmd=READ file=secret/2",
		"request cmd=HALT")
}

func TestTheEndOfEachDirectionIsHandedOn(t *testing.T) {
	s, server := r2d2(t)
	c := s.dial()
	c.send("HALT\r\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	upstream := server.accept()
	upstream.expect("HALT\r\n")
	upstream.expectEnd()
	upstream.send("OK late\r\n")
	upstream.Close()
	c.expect("OK late\r\n")
	c.expectEnd()
}

// The client reads nothing for a while, so that the replies back up through Envoy to the server.
func TestASlowReaderGetsEverythingInTheEnd(t *testing.T) {
	s, server := r2d2(t)
	c := s.dial()
	const requests = 4_000
	reply := "OK " + strings.Repeat("x", 4_000) + "\r\n"
	go io.WriteString(c.TCPConn, strings.Repeat("READ secret/plan\r\nHALT\r\n", requests))
	upstream := server.accept()
	go func() {
		for range requests {
			if _, err := upstream.ReadString('\n'); err != nil {
				return
			}
			io.WriteString(upstream.TCPConn, reply)
		}
	}()
	time.Sleep(300 * time.Millisecond)
	for range requests {
		c.expect("ERROR\r\n" + reply)
	}
}

// Nothing of this reaches the server: the answers are all ours.
func TestAClientThatDoesNotReadItsDenialsGetsThemInTheEnd(t *testing.T) {
	s, _ := r2d2(t)
	c := s.dial()
	const requests = 1_000_000
	go io.WriteString(c.TCPConn, strings.Repeat("HALT now\r\nRESET\r\n", requests))
	time.Sleep(300 * time.Millisecond)
	for range 2 * requests {
		c.expect("ERROR\r\n")
	}
}
