package sink

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

const (
	// MaxPacket is the length, in bytes, of the longest packet that receivers read.
	MaxPacket = 4096
	// writeTimeout is how long a receiver that does not read may hold up delivery before it is given up.
	writeTimeout = 200 * time.Millisecond

	minRetry = 50 * time.Millisecond
	maxRetry = 5 * time.Second
)

var errDisconnected = errors.New("access log: no connection to the socket")

// socket sends one packet an entry over a unixpacket socket. It connects when there is something to send, and again
// after a failure, not more often than the delay between tries allows.
type socket struct {
	path  string
	log   logrus.FieldLogger
	conn  net.Conn
	next  time.Time
	delay time.Duration
	// down: the operator knows that the socket is not there.
	down bool
	lost uint64
}

func newSocket(path string, log logrus.FieldLogger) *socket {
	return &socket{path: path, log: log, delay: minRetry}
}

// deliver sends one entry. One that can not be sent counts as lost in the next one.
func (s *socket) deliver(entry []byte, lost uint64) error {
	s.lost += lost
	if !s.connected() {
		s.lost++
		return errDisconnected
	}
	packet, err := packetOf(entry, s.lost)
	if err != nil {
		s.lost++
		return err
	}
	if err := s.send(packet); err != nil {
		s.lost++
		s.disconnect(err)
		return err
	}
	s.lost = 0
	return nil
}

func (s *socket) send(packet []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if _, err := s.conn.Write(packet); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return nil
}

// connected connects if need be and it is time to.
func (s *socket) connected() bool {
	if s.conn != nil {
		return true
	}
	if time.Now().Before(s.next) {
		return false
	}
	conn, err := net.DialTimeout("unixpacket", s.path, writeTimeout)
	if err != nil {
		s.disconnect(err)
		return false
	}
	if s.down {
		s.log.WithField("socket", s.path).Info("access log: connected")
	}
	s.conn, s.delay, s.down = conn, minRetry, false
	return true
}

func (s *socket) disconnect(cause error) {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	if !s.down {
		s.down = true
		s.log.WithError(cause).WithField("socket", s.path).
			Warn("access log: no connection; entries are lost until something listens on the socket")
	}
	s.next = time.Now().Add(s.delay)
	s.delay = min(2*s.delay, maxRetry)
}

func (s *socket) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}

// packetOf is the entry as it is, unless it is too long or has to tell of lost ones.
func packetOf(entry []byte, lost uint64) ([]byte, error) {
	if len(entry) <= MaxPacket && lost == 0 {
		return entry, nil
	}
	var m cilium.LogEntry
	if err := proto.Unmarshal(entry, &m); err != nil {
		return nil, fmt.Errorf("access log: decode entry: %w", err)
	}
	if lost > 0 {
		note(&m, "lost", strconv.FormatUint(lost, 10))
	}
	for limit := accesslog.MaxValue; proto.Size(&m) > MaxPacket; limit /= 2 {
		if limit == 0 {
			m.L7 = nil
			break
		}
		cut(&m, limit)
	}
	packet, err := proto.Marshal(&m)
	if err == nil && len(packet) > MaxPacket {
		err = errors.New("access log: the entry is too long for a packet")
	}
	return packet, err
}

// note adds a field to the generic part of an entry, which an entry of another kind does not have.
func note(m *cilium.LogEntry, key, value string) {
	l7 := m.GetGenericL7()
	if l7 == nil {
		return
	}
	if l7.Fields == nil {
		l7.Fields = map[string]string{}
	}
	l7.Fields[key] = value
}

// cut shortens all texts of the L7 part to limit bytes, and says so in the field truncated.
func cut(m *cilium.LogEntry, limit int) {
	switch l7 := m.GetL7().(type) {
	case *cilium.LogEntry_GenericL7:
		for key, value := range l7.GenericL7.GetFields() {
			if len(key) > limit {
				delete(l7.GenericL7.Fields, key)
				continue
			}
			l7.GenericL7.Fields[key] = shorten(value, limit)
		}
		note(m, "truncated", "true")
	case *cilium.LogEntry_Kafka:
		l7.Kafka.Topics = append(l7.Kafka.Topics[:min(len(l7.Kafka.Topics), limit/16)], "(truncated)")
	case *cilium.LogEntry_Http:
		l7.Http.Headers, l7.Http.MissingHeaders, l7.Http.RejectedHeaders = nil, nil, nil
		l7.Http.Path = shorten(l7.Http.GetPath(), limit) + "(truncated)"
	}
}

// shorten cuts s to at most limit bytes, at the end of a character.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return s[:limit]
}
