package tcpproxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Config says what a proxy does.
type Config struct {
	// Parser is the name of the parser.
	Parser string
	// Upstream is host:port of the server.
	Upstream string
	// PolicyName is the address, Port the port, that the policy is looked up for.
	PolicyName string
	Port       uint16
	// Instance is what the connections share: the policy and the access log.
	Instance *host.Instance
	// Log takes what an operator must know.
	Log logrus.FieldLogger
	// VerdictTime is how long a request may wait for a verdict from elsewhere; 0 is [DefaultVerdictTime].
	VerdictTime time.Duration
}

// DefaultVerdictTime is how long a request may wait for a verdict from elsewhere, unless [Config] says otherwise.
const DefaultVerdictTime = 5 * time.Second

// dialTime is how long the server may take to accept a connection.
const dialTime = 5 * time.Second

// Serve proxies the connections of a listener until the context ends. It then closes them and the listener, and returns when
// all of that is done. The error is that of the listener.
func Serve(ctx context.Context, listener net.Listener, config Config) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		<-ctx.Done()
		listener.Close()
	})
	var number atomic.Uint64
	for {
		client, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		id := number.Add(1)
		running.Go(func() {
			if err := serve(ctx, client, id, config); err != nil {
				config.Log.WithField("client", client.RemoteAddr()).Warn("connection closed: " + err.Error())
			}
		})
	}
}

// serve proxies one connection, which it closes.
func serve(ctx context.Context, client net.Conn, id uint64, config Config) error {
	defer client.Close()
	server, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", config.Upstream)
	if err != nil {
		return err
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	woken := make(chan struct{}, 1)
	conn, err := host.NewConnection(config.Instance, config.Parser, host.ConnectionInfo{
		Id: id, Ingress: true, SrcId: config.identityOf(client.RemoteAddr()), SrcAddr: client.RemoteAddr().String(), DstAddr: client.LocalAddr().String(),
		PolicyName: config.PolicyName, Port: config.Port, Wake: func() {
			select {
			case woken <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		return err
	}
	r := newRelay(datapath.New(conn, datapath.Limits{Total: config.Instance.HeldBytes()}), client, server)
	r.conn, r.woken, r.verdictTime = conn, woken, config.VerdictTime
	r.run()
	if r.reason != "" {
		return errors.New(r.reason)
	}
	return nil
}

// identityOf returns the identity of an address by what the policy's source knows; 0 is unknown.
func (c *Config) identityOf(addr net.Addr) uint32 {
	identities := c.Instance.Identities()
	peer, err := netip.ParseAddrPort(addr.String())
	if identities == nil || err != nil {
		return 0
	}
	return identities.Current().Of(peer.Addr().Unmap())
}
