package npds

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/policy"
)

// idleServer is a server that never sends a policy, and counts the streams that it has had.
type idleServer struct{ streams atomic.Int32 }

func (s *idleServer) serve(stream xdstest.Stream) error {
	s.streams.Add(1)
	<-stream.Context().Done()
	return stream.Context().Err()
}

// counted counts the bytes that are written to a connection.
type counted struct {
	net.Conn
	written *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

// idleTime is less than the two hours after which a server pings its clients.
const idleTime = 119 * time.Minute

// idle lets a client wait for idleTime, by a clock that does not wait, at a server that has nothing configured and so
// enforces the default rules for pings. It returns the number of streams, and of bytes that the client sent meanwhile.
func idle(t *testing.T, address string) (streams int32, sent int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener, idle, server := bufconn.Listen(1<<16), &idleServer{}, grpc.NewServer()
		xdstest.Register(server, service.NetworkPolicies, idle.serve, nil)
		go server.Serve(listener)
		defer server.Stop()
		var written atomic.Int64
		log := logrus.New()
		log.SetOutput(io.Discard)
		client, err := NewClient(ClientConfig{
			Address: address, Store: new(policy.Store), Log: log,
			dial: func(ctx context.Context, _ string) (net.Conn, error) {
				conn, err := listener.DialContext(ctx)
				return counted{conn, &written}, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		time.Sleep(time.Second)
		before := written.Load()
		time.Sleep(idleTime)
		streams, sent = idle.streams.Load(), written.Load()-before
	})
	return streams, sent
}

func TestAnIdleConnectionOverTCPKeepsTheDefaultRulesForPings(t *testing.T) {
	streams, sent := idle(t, "server.test:1")
	if streams != 1 {
		t.Errorf("the client has needed %d streams in %v, want 1", streams, idleTime)
	}
	if sent == 0 {
		t.Error("the client has sent no ping, so that it would not notice a server that hangs")
	}
}

func TestNoPingIsSentOnAUnixSocket(t *testing.T) {
	if streams, sent := idle(t, "/run/server.sock"); streams != 1 || sent != 0 {
		t.Errorf("%d streams, %d bytes in %v; want 1 and 0", streams, sent, idleTime)
	}
}

func TestPingsAreRarerThanServersThatNobodyConfiguredAllow(t *testing.T) {
	const enforced = 5 * time.Minute
	if pingAfter <= enforced {
		t.Errorf("a ping each %v, want more than %v", pingAfter, enforced)
	}
}

func TestTheKernelNoticesAMachineThatIsGone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	idle := &idleServer{}
	xdstest.Register(server, service.NetworkPolicies, idle.serve, nil)
	go server.Serve(listener)
	defer server.Stop()

	dialed := make(chan *net.TCPConn, 1)
	config := ClientConfig{Address: listener.Addr().String(), Store: new(policy.Store), Log: (&logbook.Book{}).Logger()}
	config.dial = func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := dialTCP(ctx, address)
		if err == nil {
			dialed <- conn.(*net.TCPConn)
		}
		return conn, err
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn := <-dialed
	eventually.Holds(t, "a stream has come", func() bool { return idle.streams.Load() > 0 })
	for _, o := range []struct {
		name                string
		level, option, want int
	}{
		{"TCP_USER_TIMEOUT (ms)", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 30_000},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_KEEPIDLE (s)", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 30},
		{"TCP_KEEPINTVL (s)", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 10},
	} {
		if got := socketOption(t, conn, o.level, o.option); got != o.want {
			t.Errorf("%s is %d, want %d", o.name, got, o.want)
		}
	}
}

func socketOption(t *testing.T, conn *net.TCPConn, level, option int) (value int) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failure error
	if err := raw.Control(func(fd uintptr) { value, failure = unix.GetsockoptInt(int(fd), level, option) }); err != nil {
		t.Fatal(err)
	}
	if failure != nil {
		t.Fatal(failure)
	}
	return value
}
