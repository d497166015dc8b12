//go:build !wasip1

package npds

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

const (
	// minConnectTimeout is the time that a connection may take to be made.
	minConnectTimeout = 5 * time.Second
	// pingAfter is the time without traffic after which a server on TCP is sent a ping. A gRPC server that is not
	// configured closes connections with more than one ping in five minutes; the rest is for the jitter of the network.
	pingAfter = 6 * time.Minute
	// deadAfter is the time that a server on TCP has to acknowledge what it was sent: by a reply to a ping, and by the
	// kernel for every segment (TCP_USER_TIMEOUT).
	deadAfter = 30 * time.Second
)

// probes let the kernels of both sides find out whether the other machine is still there. They cost the server nothing
// and break none of its rules, so that they may be sent more often than pings.
var probes = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}

// Connect makes a connection to the server of a configuration, with the files as they are now: address, TLS and token are
// those of policies. The caller closes it.
func Connect(c ClientConfig) (*grpc.ClientConn, error) { return c.connect() }

// connect makes a connection, with the files as they are now.
func (c *ClientConfig) connect() (*grpc.ClientConn, error) {
	server, err := parseAddress(c.Address)
	if err != nil {
		return nil, err
	}
	secured, err := c.TLS.credentials()
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(secured),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxUpdate)),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: minConnectTimeout}),
		grpc.WithNoProxy(),
	}
	if server.Network != "unix" {
		options = append(options, overNetwork()...)
	}
	if c.TokenFile != "" {
		options = append(options, grpc.WithPerRPCCredentials(tokenFile(c.TokenFile)))
	}
	if c.dial != nil {
		options = append(options, grpc.WithContextDialer(c.dial))
	}
	conn, err := grpc.NewClient(grpcTarget(server), options...)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// overNetwork returns the options by which a connection notices that its server is lost although nothing closed it. On a Unix socket
// that cannot happen, for the kernel closes the socket of a process that ends.
func overNetwork() []grpc.DialOption {
	return []grpc.DialOption{
		// gRPC sets the TCP user time-out to that of pings.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: deadAfter}),
		grpc.WithContextDialer(dialTCP),
	}
}

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	dialer := &net.Dialer{KeepAliveConfig: probes}
	return dialer.DialContext(ctx, "tcp", address)
}
