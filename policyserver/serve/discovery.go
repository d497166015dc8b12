package serve

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/listen"
	"github.com/proxylib/proxylib/policyserver/xds"
)

const (
	// maxRequest is the size, in bytes, of the largest request of a proxy: one that comes back names all that it has.
	maxRequest = 64 << 20
	// maxStreams is how many streams a proxy may have open on a connection.
	maxStreams = 32
	// handshakeTime is how long a proxy may take to connect, and unusedTime how long it may leave a connection without a
	// stream.
	handshakeTime, unusedTime = 10 * time.Second, 2 * time.Minute
	// pingTime is how long a proxy may be silent until it is sent a keepalive ping, and then until it replies.
	pingTime = 30 * time.Second
	// minPing is the minimum time between keepalive pings that a proxy may send.
	minPing = 5 * time.Second
)

func serveDiscovery(s *policyserver.Server, l *listen.Listener, door *listen.Door, failed chan<- error) (stop func()) {
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxRequest), grpc.MaxHeaderListSize(maxHeader), grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(handshakeTime),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingTime, Timeout: pingTime, MaxConnectionIdle: unusedTime}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
	}
	if !l.Unix {
		options = append(options, grpc.InTapHandle(admitDiscovery(door)))
	}
	if config := door.TLS(); config != nil && !l.Unix {
		options = append(options, grpc.Creds(watched{credentials.NewTLS(config), door}))
	}
	server := grpc.NewServer(options...)
	xds.Register(server, service.NetworkPolicies, s.Policies)
	xds.Register(server, service.NetworkPolicyHosts, s.Hosts)
	s.Live.Register(server)
	go func() {
		if err := server.Serve(l); err != nil {
			failed <- fmt.Errorf("listener %s: %w", l.Addr(), err)
		}
	}()
	// Streams never end by themselves.
	return server.Stop
}

// admitDiscovery returns what admits calls, before anything of a request has been read.
func admitDiscovery(door *listen.Door) tap.ServerInHandle {
	return func(ctx context.Context, call *tap.Info) (context.Context, error) {
		header, address := "", ""
		if values := call.Header.Get("authorization"); len(values) == 1 {
			header = values[0]
		}
		var secured credentials.TLSInfo
		if p, ok := peer.FromContext(ctx); ok {
			address = p.Addr.String()
			secured, _ = p.AuthInfo.(credentials.TLSInfo)
		}
		if _, err := door.Admit(address, &secured.State, header); err != nil {
			return nil, status.Error(codes.Unauthenticated, err.Error())
		}
		return ctx, nil
	}
}

// watched are credentials that say which proxies were turned away.
type watched struct {
	credentials.TransportCredentials
	door *listen.Door
}

func (w watched) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := w.TransportCredentials.ServerHandshake(conn)
	if err != nil {
		w.door.TurnedAway(conn.RemoteAddr().String(), "", err)
	}
	return secured, info, err
}

func (w watched) Clone() credentials.TransportCredentials {
	return watched{w.TransportCredentials.Clone(), w.door}
}
