//go:build !wasip1

package npds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/address"
	"github.com/proxylib/proxylib/policy"
)

// MaxUpdate is the size, in bytes, of the largest update that a client takes.
const MaxUpdate = 256 << 20

// ClientConfig says where policies come from and where they go.
type ClientConfig struct {
	// Address is the absolute path of a Unix socket, "unix:///path", or "host:port".
	Address string
	// TLS secures the connection; its zero value does not.
	TLS TLSFiles
	// TokenFile is the path of a file with the token that authorises this node at the server; empty sends none. It is read for
	// each connection. Without TLS it is sent to this machine alone.
	TokenFile string
	// NodeID is the name by which the server knows this node.
	NodeID string
	// OnError says what holds in place of a resource that is refused; empty means [Keep].
	OnError OnError
	// Delta asks for changes alone. By default the server sends all of its policies each time: the state of the world.
	Delta bool
	// Store is where accepted policies are put in force.
	Store *policy.Store
	// Identities is where the identities of addresses go, for which the server is asked by NPHDS; nil does not ask.
	Identities *policy.IdentityStore
	// Parsers compile the L7 rules.
	Parsers policy.RuleParsers
	// Log takes what an operator must know.
	Log logrus.FieldLogger
	// MinBackoff and MaxBackoff bound the time between two attempts to connect; 0 means 100 ms and 10 s.
	MinBackoff, MaxBackoff time.Duration

	// dial connects to the server in the tests; nil is the network.
	dial func(ctx context.Context, address string) (net.Conn, error)
}

// Client keeps a policy store up to date from a policy server. It asks for all policies, puts the resources of each update
// in force that can be used, and replies with an acceptance or with the reasons for which others are refused. When the
// server is lost, the policy in force stays, and the client connects again, each time waiting longer up to a limit.
type Client struct {
	cancel        context.CancelFunc
	policies      *subscription
	subscriptions []*subscription
}

// NewClient starts a client. It does not wait for the server, which need not be there yet: until it has replied,
// the store stays as it is. The error says what is wrong with the configuration.
func NewClient(config ClientConfig) (*Client, error) {
	if err := errors.Join(CheckServer(config.Address, config.TLS, config.TokenFile), config.OnError.Check()); err != nil {
		return nil, err
	}
	if config.MinBackoff <= 0 {
		config.MinBackoff = 100 * time.Millisecond
	}
	if config.MaxBackoff <= 0 {
		config.MaxBackoff = 10 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	policies := newSubscription(&config, networkPolicies, newPolicies(config.Store, config.Parsers, config.OnError))
	c := &Client{cancel: cancel, policies: policies, subscriptions: []*subscription{policies}}
	if config.Identities != nil {
		c.subscriptions = append(c.subscriptions, newSubscription(&config, networkPolicyHosts, newHosts(config.Identities)))
	}
	for _, s := range c.subscriptions {
		go s.run(ctx)
	}
	return c, nil
}

// Status implements [Source], for the policies. What is refused of the identities is in it as well.
func (c *Client) Status() Status {
	status := c.policies.standing.get()
	for _, s := range c.subscriptions[1:] {
		other := s.standing.get()
		status.RefusedResources += other.RefusedResources
		status.Refusals += other.Refusals
		if status.LastRefusal == "" {
			status.LastRefusal = other.LastRefusal
		}
	}
	return status
}

// Close ends the connections and waits until the client has stopped. The store stays as it is.
func (c *Client) Close() error {
	c.cancel()
	for _, s := range c.subscriptions {
		<-s.done
	}
	return nil
}

// CheckServer returns an error unless an address has one of the forms of [ClientConfig], and the files can be used.
func CheckServer(text string, files TLSFiles, token string) error {
	server, err := parseAddress(text)
	if err != nil {
		return err
	}
	if _, err := files.credentials(); err != nil {
		return fmt.Errorf("policy server %q: %w", text, err)
	}
	if err := checkToken(server, files, tokenFile(token)); err != nil {
		return fmt.Errorf("policy server %q: %w", text, err)
	}
	return nil
}

// parseAddress reads the address of a policy server.
func parseAddress(text string) (address.Address, error) {
	server, err := address.Parse(text)
	if err != nil {
		return server, fmt.Errorf("policy server %q: %w", text, err)
	}
	return server, nil
}

// grpcTarget returns an address in the form of gRPC, without a look-up of names by gRPC itself.
func grpcTarget(server address.Address) string {
	if server.Network == "unix" {
		return "unix://" + server.Text
	}
	return "passthrough:///" + server.Text
}
