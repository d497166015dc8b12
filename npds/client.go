package npds

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/sirupsen/logrus"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// MaxUpdate is the size, in bytes, of the largest update that a client takes.
const MaxUpdate = 256 << 20

// ClientConfig says where policies come from and where they go.
type ClientConfig struct {
	// Address is the absolute path of a Unix socket, "unix:///path", or "host:port".
	Address string
	// NodeID is the name by which the server knows this node.
	NodeID string
	// Store is where accepted policies are put in force.
	Store *policy.Store
	// Parsers compile the L7 rules.
	Parsers policy.RuleParsers
	// Log takes what an operator has to know.
	Log logrus.FieldLogger
	// MinBackoff and MaxBackoff bound the time between two tries to reach the server; 0 means 100 ms and 10 s.
	MinBackoff, MaxBackoff time.Duration
	// Keepalive is the time after which a silent server is asked for a sign of life, and then given as much again to
	// answer; 0 means 30 s, and gRPC takes no less than 10 s.
	Keepalive time.Duration
}

// Status is how a client stands with its server.
type Status struct {
	// ConnectedSince is zero while there is no connection.
	ConnectedSince time.Time
	// LastUpdate is when the policy in force was accepted, Version the server's name for it.
	LastUpdate time.Time
	Version    string
	// LastRefusal is the reason why the last update was refused; empty once one has been accepted since.
	LastRefusal string
}

// Client keeps a policy store up to date from a policy server. It asks for all policies, state of the world, and
// answers every update with an acceptance or with the reason for its refusal. When the server is lost, the policy in
// force stays, and the client tries to come back, each time waiting longer, up to a bound and with some chance in it.
type Client struct {
	config ClientConfig
	conn   *grpc.ClientConn
	cancel context.CancelFunc
	done   chan struct{}
	down   bool

	mu     sync.Mutex
	status Status
}

// NewClient starts a client. It does not wait for the server, which need not be there yet: until it has answered,
// the store stays as it is. The error says what is wrong with the configuration.
func NewClient(config ClientConfig) (*Client, error) {
	target, err := grpcTarget(config.Address)
	if err != nil {
		return nil, err
	}
	if config.MinBackoff <= 0 {
		config.MinBackoff = 100 * time.Millisecond
	}
	if config.MaxBackoff <= 0 {
		config.MaxBackoff = 10 * time.Second
	}
	if config.Keepalive <= 0 {
		config.Keepalive = 30 * time.Second
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxUpdate)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: config.Keepalive, Timeout: config.Keepalive}),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 5 * time.Second}),
		grpc.WithNoProxy())
	if err != nil {
		return nil, fmt.Errorf("policy server %q: %w", config.Address, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{config: config, conn: conn, cancel: cancel, done: make(chan struct{})}
	go c.run(ctx)
	return c, nil
}

// grpcTarget is the address in gRPC's form.
func grpcTarget(address string) (string, error) {
	switch {
	case strings.HasPrefix(address, "/"):
		return "unix://" + address, nil
	case strings.HasPrefix(address, "unix:///"):
		return address, nil
	}
	if host, port, err := net.SplitHostPort(address); err == nil && host != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return "passthrough:///" + address, nil
		}
	}
	return "", fmt.Errorf("policy server %q: want the absolute path of a Unix socket, or host:port", address)
}

// Status returns how the client stands with its server now.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Close ends the connection and waits until the client has stopped. The store stays as it is.
func (c *Client) Close() error {
	c.cancel()
	err := c.conn.Close()
	<-c.done
	return err
}

func (c *Client) run(ctx context.Context) {
	defer close(c.done)
	backoff := c.config.MinBackoff
	for ctx.Err() == nil {
		healthy, err := c.serve(ctx)
		c.update(func(s *Status) { s.ConnectedSince = time.Time{} })
		if ctx.Err() != nil {
			return
		}
		if healthy {
			backoff = c.config.MinBackoff
		}
		c.lost(err)
		sleep(ctx, backoff/2+rand.N(backoff/2+1))
		backoff = min(2*backoff, c.config.MaxBackoff)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// lost tells the operator, once an outage.
func (c *Client) lost(cause error) {
	if c.down {
		return
	}
	c.down = true
	log := c.config.Log.WithField("server", c.config.Address).WithError(cause)
	if c.Status().LastUpdate.IsZero() {
		log.Warn("policy server can not be reached: everything is refused until it answers")
		return
	}
	log.Warn("policy server is lost: the last policy stays in force")
}

// serve runs one stream until it ends. healthy tells that the server has answered.
func (c *Client) serve(ctx context.Context) (healthy bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	raw, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, streamMethod)
	if err != nil {
		return false, err
	}
	var stream Stream = &grpc.GenericClientStream[discovery.DiscoveryRequest, discovery.DiscoveryResponse]{ClientStream: raw}
	if err := stream.Send(c.request("", nil)); err != nil {
		return false, err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return healthy, err
		}
		if !healthy {
			healthy = true
			c.connected()
		}
		refusal := c.accept(response)
		if err := stream.Send(c.request(response.GetNonce(), refusal)); err != nil {
			return healthy, err
		}
	}
}

func (c *Client) connected() {
	c.update(func(s *Status) { s.ConnectedSince = time.Now() })
	if c.down {
		c.config.Log.WithField("server", c.config.Address).Info("policy server is back")
	}
	c.down = false
}

// request is the answer to the response with the nonce, or, without one, the first request of a stream.
func (c *Client) request(nonce string, refusal error) *discovery.DiscoveryRequest {
	r := &discovery.DiscoveryRequest{
		TypeUrl: TypeURL, ResponseNonce: nonce, VersionInfo: c.Status().Version,
		Node: &core.Node{Id: c.config.NodeID},
	}
	if refusal != nil {
		r.ErrorDetail = &rpc.Status{Code: int32(codes.InvalidArgument), Message: refusal.Error()}
	}
	return r
}

// accept puts an update in force, or returns why it can not be.
func (c *Client) accept(response *discovery.DiscoveryResponse) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
		if err != nil {
			c.config.Log.WithField("version", response.GetVersionInfo()).WithError(err).
				Warn("policy update is refused; the policy before it stays in force")
			c.update(func(s *Status) { s.LastRefusal = err.Error() })
		}
	}()
	resources, err := decode(response)
	if err != nil {
		return err
	}
	snapshot, err := policy.Compile(resources, c.config.Parsers)
	if err != nil {
		return err
	}
	c.config.Store.Replace(snapshot)
	c.update(func(s *Status) {
		s.LastUpdate, s.Version, s.LastRefusal = time.Now(), response.GetVersionInfo(), ""
	})
	c.config.Log.WithField("version", response.GetVersionInfo()).WithField("resources", len(resources)).
		Debug("policy update is in force")
	return nil
}

func decode(response *discovery.DiscoveryResponse) ([]*cilium.NetworkPolicy, error) {
	if url := response.GetTypeUrl(); url != "" && url != TypeURL {
		return nil, fmt.Errorf("response is of type %q, want %q", url, TypeURL)
	}
	resources := make([]*cilium.NetworkPolicy, 0, len(response.GetResources()))
	for i, r := range response.GetResources() {
		if r.GetTypeUrl() != TypeURL {
			return nil, fmt.Errorf("resource %d is of type %q, want %q", i, r.GetTypeUrl(), TypeURL)
		}
		resource := &cilium.NetworkPolicy{}
		if err := r.UnmarshalTo(resource); err != nil {
			return nil, errors.Join(fmt.Errorf("resource %d can not be decoded", i), err)
		}
		resources = append(resources, resource)
	}
	return resources, nil
}

func (c *Client) update(change func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.status)
}

// CheckAddress tells whether an address has one of the forms of [ClientConfig].
func CheckAddress(address string) error {
	_, err := grpcTarget(address)
	return err
}
