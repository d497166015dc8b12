package faults

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Echo is an r2d2 server that answers each READ with OK and the name of the file, and counts.
type Echo struct {
	Addr     string
	listener net.Listener
	// Answered counts requests below public/, Forbidden all others, of which none may arrive.
	Answered, Forbidden atomic.Int64

	running sync.WaitGroup
	mu      sync.Mutex
	conns   map[*net.TCPConn]struct{}
}

// StartEcho serves on an address of loopback, with port 0 on a free port, until the server is killed or the test ends.
func StartEcho(tb testing.TB, addr string) *Echo {
	tb.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	e := &Echo{Addr: listener.Addr().String(), listener: listener, conns: map[*net.TCPConn]struct{}{}}
	e.running.Go(e.accept)
	tb.Cleanup(func() {
		e.Kill()
		if n := e.Forbidden.Load(); n > 0 {
			tb.Errorf("%d requests that policy denies reached the server", n)
		}
	})
	return e
}

func (e *Echo) accept() {
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			return
		}
		e.mu.Lock()
		e.conns[conn.(*net.TCPConn)] = struct{}{}
		e.mu.Unlock()
		e.running.Go(func() { e.serve(conn.(*net.TCPConn)) })
	}
}

func (e *Echo) serve(conn *net.TCPConn) {
	defer func() {
		e.mu.Lock()
		delete(e.conns, conn)
		e.mu.Unlock()
		conn.Close()
	}()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		file, allowed := strings.CutPrefix(lines.Text(), "READ public/")
		if !allowed {
			e.Forbidden.Add(1)
			return
		}
		e.Answered.Add(1)
		if _, err := fmt.Fprintf(conn, "OK public/%s\r\n", file); err != nil {
			return
		}
	}
}

// Reset ends each connection with a reset, as a crash of the server's machine does. The server goes on.
func (e *Echo) Reset() {
	e.each(func(conn *net.TCPConn) {
		conn.SetLinger(0)
		conn.Close()
	})
}

// TearReply sends half of a reply on each connection, and then closes it.
func (e *Echo) TearReply() {
	e.each(func(conn *net.TCPConn) {
		conn.Write([]byte("OK pub"))
		conn.CloseWrite()
	})
}

// Kill ends the server and its connections. It may be called again.
func (e *Echo) Kill() {
	e.listener.Close()
	e.each(func(conn *net.TCPConn) { conn.Close() })
	e.running.Wait()
}

func (e *Echo) each(do func(conn *net.TCPConn)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for conn := range e.conns {
		do(conn)
	}
}
