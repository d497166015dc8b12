package sink

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

const (
	// writeWithin is how long one packet may wait for a slow reader before the connection is given up.
	writeWithin = 250 * time.Millisecond
	// After a failure the socket is left alone for minBackoff, and twice as long after each further one.
	minBackoff = 50 * time.Millisecond
	maxBackoff = 5 * time.Second
	// maxSocketPath is the longest path that a socket address holds.
	maxSocketPath = 107
)

// socket is the client of a receiver on a Unix socket of type SOCK_SEQPACKET.
type socket struct {
	counter
	path        string
	conn        net.Conn
	connectedAt time.Time
	backoff     time.Duration
	retryAt     time.Time
	// begun is when the first of the entries came that Flush will end: a clock that costs nothing for the others.
	begun time.Time
	// missed counts entries that came while there was no connection, until Flush.
	missed uint64
	// failure is why there is no connection.
	failure error
}

func newSocket(path string) (*socket, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("access log: the path of socket %q is longer than %d bytes; use a shorter one",
			path, maxSocketPath)
	}
	return &socket{path: path, backoff: minBackoff}, nil
}

// Name implements [Sink].
func (s *socket) Name() string { return s.path }

// Write implements [Sink].
func (s *socket) Write(entry []byte, lost uint64) {
	if s.begun.IsZero() {
		s.begun = time.Now()
	}
	if s.conn == nil && s.begun.Before(s.retryAt) {
		s.missed += lost + 1
		return
	}
	s.Discard(lost, errQueueFull)
	packet, reported := entry, false
	if s.unreported > 0 {
		packet, reported = withLost(entry, s.unreported)
	}
	if err := s.send(packet); err != nil {
		s.Discard(1, err)
		return
	}
	s.deliver(1)
	if reported {
		s.unreported = 0
	}
}

// Flush implements [Sink].
func (s *socket) Flush() {
	s.begun = time.Time{}
	s.Discard(s.missed, s.failure)
	s.missed = 0
}

// Close implements [Sink].
func (s *socket) Close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// send writes one packet. A connection that broke since the last one is replaced at once: the receiver has restarted.
func (s *socket) send(packet []byte) error {
	if s.conn != nil {
		err := s.write(packet)
		if err == nil {
			return nil
		}
		if s.disconnect(err); errors.Is(err, os.ErrDeadlineExceeded) {
			s.postpone(err)
			return err
		}
	}
	if err := s.connect(); err != nil {
		return err
	}
	if err := s.write(packet); err != nil {
		s.disconnect(err)
		s.postpone(err)
		return err
	}
	return nil
}

func (s *socket) write(packet []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	_, err := s.conn.Write(packet)
	return err
}

// waiting reports that there is no connection, and that it is too early to try again.
func (s *socket) waiting() bool { return s.conn == nil && time.Now().Before(s.retryAt) }

// connect dials unless that failed a short while ago. A Unix socket answers at once, also if its backlog is full.
func (s *socket) connect() error {
	if s.waiting() {
		return s.failure
	}
	conn, err := net.DialTimeout("unixpacket", s.path, writeWithin)
	if err != nil {
		s.postpone(err)
		return err
	}
	s.conn, s.connectedAt = conn, time.Now()
	return nil
}

// disconnect releases a connection that failed. If it has been well for a while, the back-off starts from its beginning.
func (s *socket) disconnect(cause error) {
	s.failure = errors.Join(cause, s.Close())
	if time.Since(s.connectedAt) > maxBackoff {
		s.backoff = minBackoff
	}
}

func (s *socket) postpone(cause error) {
	s.failure = cause
	s.retryAt = time.Now().Add(s.backoff)
	s.backoff = min(2*s.backoff, maxBackoff)
}

// withLost adds the count of lost entries as field "lost" to the entry, and reports whether that could be done: the
// http and kafka forms have no place for it.
func withLost(entry []byte, lost uint64) ([]byte, bool) {
	var e cilium.LogEntry
	if err := proto.Unmarshal(entry, &e); err != nil {
		return entry, false
	}
	if e.L7 == nil {
		e.L7 = &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{}}
	}
	generic := e.GetGenericL7()
	if generic == nil {
		return entry, false
	}
	if generic.Fields == nil {
		generic.Fields = map[string]string{}
	}
	generic.Fields["lost"] = strconv.FormatUint(lost, 10)
	packet, err := proto.Marshal(&e)
	if err != nil {
		return entry, false
	}
	return packet, true
}
