//go:build e2e

package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	"github.com/proxylib/proxylib/datapath"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
	_ "github.com/proxylib/proxylib/testparsers"
)

// patience is how long a server may take for anything.
const patience = 10 * time.Second

// filter judges streams with a parser, the way our hosts do, in this process.
type filter struct {
	parser   string
	instance *host.Instance
	// newParser makes the parser; nil is the registered one.
	newParser func(*proxylib.Connection) proxylib.Parser
	// greeting is what every client sends first, and greeted what the server's answer to it ends in.
	greeting []byte
	greeted  string
}

func newFilter(parser, policyText string) (*filter, error) {
	snapshot, err := parsertest.CompilePolicy(parser, policyText)
	if err != nil {
		return nil, err
	}
	policies := new(policy.Store)
	policies.Replace(snapshot)
	return &filter{parser: parser, instance: host.NewInstance(host.InstanceConfig{ID: 1, Policies: policies})}, nil
}

// pass sends the stream of one client to a server, in pieces, and returns all that comes back to the client.
func (f *filter) pass(stream []byte, pieces *rand.Rand, addr string) ([]byte, error) {
	upstream, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	defer upstream.Close()
	conn, err := host.NewConnection(f.instance, f.parser, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcId: parsertest.ClientID, DstId: parsertest.ServerID,
		SrcAddr: "127.0.0.2:20000", DstAddr: parsertest.Endpoint + ":10000",
		PolicyName: parsertest.Endpoint, Port: parsertest.Port, New: f.newParser,
	})
	if err != nil {
		return nil, err
	}
	s := &session{engine: datapath.New(conn, datapath.Limits{}), upstream: upstream.(*net.TCPConn)}
	defer s.engine.Close()
	if err := s.greet(f.greeting, f.greeted); err != nil {
		return s.toClient, err
	}
	return s.run(stream, pieces)
}

// session is one stream under way.
type session struct {
	engine   *datapath.Engine
	upstream *net.TCPConn
	plan     datapath.Plan
	toClient []byte
	// closed: the parser wants no more. ended: the server has ended the connection.
	closed, ended bool
}

// greet sends what every client sends first, and takes the answer.
func (s *session) greet(greeting []byte, greeted string) error {
	if len(greeting) == 0 {
		return nil
	}
	err := s.request(greeting)
	for end := time.Now().Add(patience); err == nil && !bytes.HasSuffix(s.toClient, []byte(greeted)); err = s.replies(time.Millisecond) {
		if s.closed || s.ended || time.Now().After(end) {
			return fmt.Errorf("the server does not answer the greeting: %.200q", s.toClient)
		}
	}
	return err
}

func (s *session) run(stream []byte, pieces *rand.Rand) ([]byte, error) {
	for len(stream) > 0 && !s.closed {
		n := min(len(stream), 1+pieces.IntN(2*len(stream)))
		if err := s.request(stream[:n]); err != nil {
			return s.toClient, err
		}
		stream = stream[n:]
		if err := s.wait(); err != nil {
			return s.toClient, err
		}
		if pieces.IntN(8) == 0 {
			if err := s.replies(time.Millisecond); err != nil {
				return s.toClient, err
			}
		}
	}
	// The server ends the connection when it has carried out all that it got.
	if err := s.upstream.CloseWrite(); err != nil && !gone(err) && !errors.Is(err, syscall.ENOTCONN) {
		return s.toClient, err
	}
	err := s.replies(patience)
	if err == nil && !s.ended {
		err = errors.New("the server does not end the connection")
	}
	return s.toClient, err
}

// wait takes replies as long as requests wait for them. A server that does not answer has taken what it got for the
// beginning of something: the stream ends there.
func (s *session) wait() error {
	for range 3 {
		if !s.plan.Wait || s.closed || s.ended {
			return nil
		}
		if err := s.replies(50 * time.Millisecond); err != nil {
			return err
		}
	}
	s.closed = s.plan.Wait
	return nil
}

// request hands bytes of the client to the parser, and what it lets pass to the server.
func (s *session) request(data []byte) error {
	s.engine.Data(false, false, [][]byte{data}, &s.plan)
	out := s.plan.Out
	if s.plan.Leave {
		out = data
	}
	s.toClient = append(s.toClient, s.plan.Reverse...)
	s.closed = s.plan.Close
	if _, err := s.upstream.Write(out); err != nil && !gone(err) {
		return fmt.Errorf("send to the server: %w", err)
	}
	return nil
}

// replies takes what the server sends until it is quiet for a while, or ends.
func (s *session) replies(wait time.Duration) error {
	buffer := make([]byte, 64<<10)
	for !s.ended {
		if err := s.upstream.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		n, err := s.upstream.Read(buffer)
		if n > 0 && !s.closed {
			s.engine.Data(true, false, [][]byte{buffer[:n]}, &s.plan)
			out := s.plan.Out
			if s.plan.Leave {
				out = buffer[:n]
			}
			s.toClient = append(s.toClient, out...)
			s.closed = s.plan.Close
			if _, err := s.upstream.Write(s.plan.Reverse); err != nil && !gone(err) {
				return fmt.Errorf("send to the server: %w", err)
			}
		}
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return nil
		case err != nil && (errors.Is(err, io.EOF) || gone(err)):
			s.ended = true
		case err != nil:
			return err
		}
	}
	return nil
}
