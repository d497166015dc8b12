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
	"testing"
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
	// opening, if not nil, returns what a client sends in the place of greeting, which parser or server may refuse.
	opening func(r *rand.Rand) []byte
	// upstream, if not nil, makes of a connection to the server one that is encrypted, and wish is what a client sends first to
	// have its own encrypted, which the host begins to do with wished: what clients send then is what was in it.
	upstream     func(net.Conn) (upstream, error)
	wish, wished string
	// cilium, if not nil, is the case of which every second connection is one of Cilium's host, which cannot wait, and tb
	// the test that it is for.
	cilium *parsertest.Case
	tb     testing.TB
	// piece is the length of the longest piece of a stream, and pause is one in how many after which replies are taken; 0
	// is what suits long streams.
	piece, pause int
	// quiet is how long the server has to be quiet before the end of a stream is sent: what stands before it may then not
	// carry out what it has got. 0: it does.
	quiet time.Duration
	// stay, if not nil, returns what a client sends after the stream of a number that may have another on its connection, and
	// what ends the reply. Nothing is owed after that.
	stay func(n int) (request []byte, reply string)
	// batch is how many streams are sent before the server is asked; 0 is the constant batch.
	batch uint64
	// shares is the number of tests that share the time, or the streams, of one; 0 is 1.
	shares int
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

// client is one of a filter, which sends stream after stream as long as its connection can be used.
type client struct {
	*filter
	addr    string
	session *session
	// end ends the connection, and sent is the number of streams on it.
	end  func()
	sent int
}

// maxStay is how many streams come on one connection.
const maxStay = 8

// pass sends a stream to the server, in pieces, and returns all that comes back to the client. With last, or where the
// connection cannot be used any more, it ends the connection.
func (c *client) pass(stream []byte, pieces *rand.Rand, last bool) ([]byte, error) {
	if c.session == nil {
		if err := c.connect(pieces); err != nil {
			return nil, err
		}
	}
	s := c.session
	s.toClient = nil
	err := s.run(stream, pieces)
	if c.sent++; err == nil && !last && c.stay != nil && c.sent < maxStay {
		var stays bool
		if stays, err = s.stays(c.stay(c.sent)); stays {
			return s.toClient, nil
		}
	}
	if err == nil {
		err = s.finish()
	}
	c.close()
	return s.toClient, err
}

// pass sends the only stream of a connection.
func (f *filter) pass(stream []byte, pieces *rand.Rand, addr string) ([]byte, error) {
	return (&client{filter: f, addr: addr}).pass(stream, pieces, true)
}

// close ends the connection, if there is one.
func (c *client) close() {
	if c.session != nil {
		c.end()
		c.session.upstream.Close()
		c.session, c.sent = nil, 0
	}
}

// connect connects to the server, and begins as every client does.
func (c *client) connect(pieces *rand.Rand) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	s := &session{upstream: server, piece: c.piece, pause: c.pause, quiet: c.quiet}
	c.session, c.end = s, func() {}
	if c.cilium != nil && pieces.IntN(2) == 0 {
		sc := &scope{TB: c.tb}
		s.host, c.end = ciliumHost{parsertest.Connect(sc, *c.cilium)}, sc.end
		return nil
	}
	conn, err := host.NewConnection(c.instance, c.parser, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcId: parsertest.ClientID, DstId: parsertest.ServerID,
		SrcAddr: "127.0.0.2:20000", DstAddr: parsertest.Endpoint + ":10000",
		PolicyName: parsertest.Endpoint, Port: parsertest.Port, New: c.newParser,
	})
	if err == nil {
		ours := &ourHost{engine: datapath.New(conn, datapath.Limits{})}
		s.host, c.end = ours, ours.engine.Close
		err = c.begin(conn, ours, pieces)
	}
	if err != nil {
		c.close()
	}
	return err
}

// dial connects to the server.
func (c *client) dial() (upstream, error) {
	conn, err := net.DialTimeout("tcp", c.addr, patience)
	if err != nil {
		return nil, err
	}
	if c.upstream == nil {
		return conn.(*net.TCPConn), nil
	}
	encrypted, err := c.upstream(conn)
	if err != nil {
		conn.Close()
	}
	return encrypted, err
}

// begin sends what a client sends first.
func (c *client) begin(conn *host.Connection, ours *ourHost, pieces *rand.Rand) error {
	s := c.session
	if c.wish != "" {
		conn.SetCanStartTLS()
		if err := s.greet([]byte(c.wish), c.wished); err != nil {
			return err
		}
		if !ours.plan.StartTLS {
			return errors.New("the parser does not have the host begin TLS")
		}
		s.toClient = nil
	}
	if c.opening != nil {
		return s.open(c.opening(pieces), c.greeted)
	}
	return s.greet(c.greeting, c.greeted)
}

// upstream is a connection to the server.
type upstream interface {
	net.Conn
	CloseWrite() error
}

// judging is a host of a parser.
type judging interface {
	// data hands bytes of the client, or of the server, to the parser, and returns what passes to either.
	data(reply bool, data []byte) (toServer, toClient []byte)
	// waits reports whether requests wait for replies, closed whether the parser wants no more.
	waits() bool
	closed() bool
}

// ourHost is the host that our filters for Envoy have.
type ourHost struct {
	engine *datapath.Engine
	plan   datapath.Plan
}

func (h *ourHost) data(reply bool, data []byte) (toServer, toClient []byte) {
	h.engine.Data(reply, false, [][]byte{data}, &h.plan)
	out := h.plan.Out
	if h.plan.Leave {
		out = data
	}
	if reply {
		return h.plan.Reverse, out
	}
	return out, h.plan.Reverse
}

func (h *ourHost) waits() bool  { return h.plan.Wait }
func (h *ourHost) closed() bool { return h.plan.Close }

// ciliumHost is the host that Cilium has.
type ciliumHost struct{ *parsertest.Connection }

func (h ciliumHost) data(reply bool, data []byte) (toServer, toClient []byte) {
	if reply {
		h.Do(parsertest.Server(data))
	} else {
		h.Do(parsertest.Client(data))
	}
	return []byte(h.ToServer()), []byte(h.ToClient())
}

func (h ciliumHost) waits() bool  { return false }
func (h ciliumHost) closed() bool { return h.Closed() != "" }

// scope is a test whose cleanup is done before its end, as there are more connections than a test should keep.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *scope) end() {
	for _, f := range s.cleanups {
		f()
	}
}

// session is one stream under way.
type session struct {
	host     judging
	upstream upstream
	toClient []byte
	// closed: the parser wants no more. ended: the server has ended the connection.
	closed, ended bool
	// shut: the server has been sent all that it gets.
	shut bool
	// awaited, if not empty, is what replies end with that nothing is owed after.
	awaited      string
	piece, pause int
	quiet        time.Duration
}

// arrived reports whether the replies that are awaited have come.
func (s *session) arrived() bool {
	return s.awaited != "" && bytes.HasSuffix(s.toClient, []byte(s.awaited))
}

// greet sends what every client sends first, and takes the answer.
func (s *session) greet(greeting []byte, greeted string) error {
	if len(greeting) == 0 {
		return nil
	}
	answered, err := s.exchange(greeting, greeted, patience)
	if err == nil && !answered {
		err = fmt.Errorf("the server does not answer the greeting: %.200q", s.toClient)
	}
	return err
}

// openTime is how long the reply to what a client begins with may take before it counts as refused.
const openTime = 200 * time.Millisecond

// open sends what a client begins with, and takes the answer, if there is one.
func (s *session) open(opening []byte, greeted string) error {
	if err := s.judge(false, opening); err != nil || s.closed {
		return err
	}
	s.awaited = greeted
	defer func() { s.awaited = "" }()
	return s.replies(openTime)
}

// exchange sends a request, and reports whether what its reply ends with has come in time.
func (s *session) exchange(request []byte, reply string, within time.Duration) (bool, error) {
	if err := s.judge(false, request); err != nil {
		return false, err
	}
	s.awaited = reply
	defer func() { s.awaited = "" }()
	err := s.replies(within)
	return s.arrived(), err
}

// run sends a stream.
func (s *session) run(stream []byte, pieces *rand.Rand) error {
	longest, pause := s.piece, s.pause
	if longest == 0 {
		longest, pause = 2*len(stream), 8
	}
	for len(stream) > 0 && !s.closed {
		n := min(len(stream), 1+pieces.IntN(longest))
		if err := s.judge(false, stream[:n]); err != nil {
			return err
		}
		stream = stream[n:]
		if err := s.wait(); err != nil {
			return err
		}
		if pieces.IntN(pause) == 0 {
			if err := s.replies(time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// stayTime is how long the reply to what comes between two streams may take before the connection is given up.
const stayTime = 20 * time.Millisecond

// stays sends what comes between two streams, and reports whether its reply has come.
func (s *session) stays(request []byte, reply string) (bool, error) {
	if s.closed || s.ended {
		return false, nil
	}
	return s.exchange(request, reply, stayTime)
}

// finish ends the stream, and takes what the server still sends.
func (s *session) finish() error {
	if s.quiet > 0 {
		if err := s.replies(s.quiet); err != nil {
			return err
		}
	}
	// The server ends the connection when it has carried out all that it got.
	if err := s.upstream.CloseWrite(); err != nil && !gone(err) && !errors.Is(err, syscall.ENOTCONN) {
		return err
	}
	s.shut = true
	err := s.replies(patience)
	if err == nil && !s.ended {
		err = errors.New("the server does not end the connection")
	}
	return err
}

// wait takes replies as long as requests wait for them. A server that does not answer has taken what it got for the
// beginning of something: the stream ends there.
func (s *session) wait() error {
	for range 3 {
		if !s.host.waits() || s.closed || s.ended {
			return nil
		}
		if err := s.replies(50 * time.Millisecond); err != nil {
			return err
		}
	}
	s.closed = s.host.waits()
	return nil
}

// judge hands bytes of one side to the parser, and sends on what passes.
func (s *session) judge(reply bool, data []byte) error {
	toServer, toClient := s.host.data(reply, data)
	s.toClient = append(s.toClient, toClient...)
	s.closed = s.host.closed()
	if s.shut {
		return nil
	}
	if _, err := s.upstream.Write(toServer); err != nil && !gone(err) {
		return fmt.Errorf("send to the server: %w", err)
	}
	return nil
}

// replies takes what the server sends until it is quiet for a while, or ends, or what is awaited has come.
func (s *session) replies(wait time.Duration) error {
	buffer := make([]byte, 64<<10)
	for !s.ended && !s.arrived() {
		if err := s.upstream.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		n, err := s.upstream.Read(buffer)
		if n > 0 && !s.closed {
			if err := s.judge(true, buffer[:n]); err != nil {
				return err
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
