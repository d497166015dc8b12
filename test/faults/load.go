package faults

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// pause is the time between two rounds of a client, so that the load does not occupy the whole machine.
const pause = 2 * time.Millisecond

// account counts what all clients of a setup have requested and received.
type account struct {
	// complete rounds have all their replies; cut ones lost their connection before.
	complete, cut atomic.Int64
	// names makes the names of rounds.
	names atomic.Int64
}

// Load is a number of clients that play one round after another.
type Load struct {
	setup *Setup
	// mayBreak: connections may end at any time; clients then reconnect. Without it that is an error.
	mayBreak bool
	// lasts is how many rounds a connection lasts; 0 is until the load is stopped.
	lasts   int
	stop    chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

// StartLoad starts clients whose connections have to last. Stop, or the end of the test, stops them.
func (s *Setup) StartLoad(clients int) *Load { return s.startLoad(clients, &Load{}) }

// StartBreakableLoad starts clients that reconnect when their connections end.
func (s *Setup) StartBreakableLoad(clients int) *Load {
	return s.startLoad(clients, &Load{mayBreak: true})
}

// StartChurn starts clients that reconnect after a number of rounds.
func (s *Setup) StartChurn(clients, rounds int) *Load {
	return s.startLoad(clients, &Load{lasts: rounds})
}

func (s *Setup) startLoad(clients int, l *Load) *Load {
	l.setup, l.stop = s, make(chan struct{})
	for range clients {
		l.running.Go(l.client)
	}
	s.TB.Cleanup(l.Stop)
	return l
}

// Stop lets each client end its round, and waits for that.
func (l *Load) Stop() {
	l.once.Do(func() { close(l.stop) })
	l.running.Wait()
}

func (l *Load) client() {
	for !l.stopped(pause) {
		err := l.connection()
		if err != nil && (!l.mayBreak || !isEnd(err)) {
			l.setup.TB.Error(err)
			return
		}
	}
}

// connection plays rounds on one connection until the load is stopped or something is wrong.
func (l *Load) connection() error {
	conn, err := net.DialTimeout("tcp", l.setup.Proxy.Addr, Patience)
	if err != nil {
		return fmt.Errorf("connect to Envoy: %w", err)
	}
	defer conn.Close()
	for n := 1; ; n++ {
		if err := l.setup.play(conn); err != nil || n == l.lasts || l.stopped(pause) {
			return err
		}
	}
}

func (l *Load) stopped(after time.Duration) bool {
	select {
	case <-l.stop:
		return true
	case <-time.After(after):
		return false
	}
}

// play plays a round. The error satisfies isEnd if the connection has ended, with nothing wrong before.
func (s *Setup) play(conn net.Conn) error {
	requests, replies := s.Protocol.Round(fmt.Sprintf("r%d", s.account.names.Add(1)))
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, writeErr := io.WriteString(conn, requests)
	got := make([]byte, len(replies))
	n, readErr := io.ReadFull(conn, got)
	if !strings.HasPrefix(replies, string(got[:n])) {
		return fmt.Errorf("got %q, want %q", got[:n], replies)
	}
	if err := errors.Join(writeErr, readErr); err != nil {
		s.account.cut.Add(1)
		return fmt.Errorf("round cut after %q: %w", got[:n], err)
	}
	s.account.complete.Add(1)
	return nil
}

// isEnd reports whether a connection has ended, and not only a silent peer timed out.
func isEnd(err error) bool { return !errors.Is(err, os.ErrDeadlineExceeded) && isNetwork(err) }

func isNetwork(err error) bool {
	var network *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// Complete is how many rounds have got all their replies so far.
func (s *Setup) Complete() int { return int(s.account.complete.Load()) }

// Serves requires that a new connection can play some rounds, and that the clients of a load go on.
func (s *Setup) Serves() {
	s.TB.Helper()
	conn, err := net.DialTimeout("tcp", s.Proxy.Addr, Patience)
	if err != nil {
		s.TB.Fatalf("Envoy does not serve: %v", err)
	}
	defer conn.Close()
	for range 10 {
		if err := s.play(conn); err != nil {
			s.TB.Fatalf("Envoy does not serve: %v", err)
		}
	}
}

// Goes requires that the load completes a number of further rounds.
func (l *Load) Goes(rounds int) {
	l.setup.TB.Helper()
	goal := l.setup.Complete() + rounds
	l.setup.Eventually(fmt.Sprintf("%d further rounds are complete", rounds), func() bool {
		return l.setup.Complete() >= goal
	})
}
