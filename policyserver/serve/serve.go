// Package serve runs a policy server with its listeners: HTTP for people and programs, discovery for proxies.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/listen"
	"github.com/proxylib/proxylib/policyserver/rest"
	"github.com/proxylib/proxylib/policyserver/xds"
)

// drain is the time that requests have to end by themselves when the server stops.
const drain = 5 * time.Second

// maxRequest is the size, in bytes, of the largest request of a proxy: one that comes back names all that it has.
const maxRequest = 64 << 20

// Config says what is run.
type Config struct {
	Server policyserver.Config
	// API and XDS are the addresses of listeners; see [listen.Open].
	API, XDS []string
	Security listen.Security
	// Ready is called once all listeners are open, with their addresses; may be nil.
	Ready func(api, xds []net.Addr)
}

// Run runs a server until the context ends, or until a listener fails.
func Run(ctx context.Context, config Config) (err error) {
	if err := config.Security.Check(); err != nil {
		return err
	}
	api, err := openAll(config.API, config.Security)
	if err != nil {
		return err
	}
	defer closeAll(api)
	proxies, err := openAll(config.XDS, config.Security)
	if err != nil {
		return err
	}
	defer closeAll(proxies)
	server, err := policyserver.Open(config.Server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	failed := make(chan error, len(api)+len(proxies))
	var stops []func()
	for _, l := range api {
		stops = append(stops, serveHTTP(server, l, config.Security, failed))
	}
	for _, l := range proxies {
		stops = append(stops, serveDiscovery(server, l, config.Security, failed))
	}
	if config.Ready != nil {
		config.Ready(addresses(api), addresses(proxies))
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for _, stop := range stops {
		stop()
	}
	return err
}

func openAll(list []string, security listen.Security) ([]*listen.Listener, error) {
	var open []*listen.Listener
	for _, address := range list {
		l, err := listen.Open(address, security)
		if err != nil {
			closeAll(open)
			return nil, err
		}
		open = append(open, l)
	}
	return open, nil
}

// closeAll closes listeners that may be closed already.
func closeAll(list []*listen.Listener) {
	for _, l := range list {
		_ = l.Close()
	}
}

func addresses(list []*listen.Listener) []net.Addr {
	var all []net.Addr
	for _, l := range list {
		all = append(all, l.Addr())
	}
	return all
}

// admits tells who a listener lets in. Who may open a Unix socket is let in.
func admits(l *listen.Listener, security listen.Security) func(string) bool {
	if l.Unix {
		return func(string) bool { return true }
	}
	return security.Admits
}

func serveHTTP(
	s *policyserver.Server, l *listen.Listener, security listen.Security, failed chan<- error,
) (stop func()) {
	server := &http.Server{
		Handler: rest.Handler(s, admits(l, security)), ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	listener := l.Listener
	if config := security.TLS(); config != nil && !l.Unix {
		listener = tls.NewListener(l, config)
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("listener %s: %w", l.Addr(), err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}
}

func serveDiscovery(
	s *policyserver.Server, l *listen.Listener, security listen.Security, failed chan<- error,
) (stop func()) {
	check := admits(l, security)
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 30 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.StreamInterceptor(func(
			server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler,
		) error {
			if err := authorize(stream.Context(), check); err != nil {
				return err
			}
			return next(server, stream)
		}),
		grpc.UnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := authorize(ctx, check); err != nil {
				return nil, err
			}
			return next(ctx, r)
		}),
	}
	if config := security.TLS(); config != nil && !l.Unix {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	server := grpc.NewServer(options...)
	xds.NetworkPolicies.Register(server, s.Policies)
	xds.NetworkPolicyHosts.Register(server, s.Hosts)
	go func() {
		if err := server.Serve(l); err != nil {
			failed <- fmt.Errorf("listener %s: %w", l.Addr(), err)
		}
	}()
	// Streams never end by themselves.
	return server.Stop
}

// authorize lets a call in, or says why not.
func authorize(ctx context.Context, check func(string) bool) error {
	header := ""
	if values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) == 1 {
		header = values[0]
	}
	if !check(header) {
		return status.Error(codes.Unauthenticated, "the token is missing or wrong")
	}
	return nil
}
