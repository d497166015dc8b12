package serve

import (
	"context"
	"errors"
	"net"
	"slices"

	"golang.org/x/net/netutil"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/listen"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// DefaultConnections is how many connections may be open at an address at once, unless configured otherwise.
const DefaultConnections = 20_000

// Config says what is run.
type Config struct {
	Server policyserver.Config
	// API and XDS are the addresses of listeners; see [listen.Open].
	API, XDS []string
	Security listen.Security
	// Explain explains decisions to those who ask; nil does not.
	Explain rest.Explain
	// Connections is how many connections may be open at an address at once; further ones wait. 0 is the default.
	Connections int
	// Ready is called once all listeners are open, with their addresses; may be nil.
	Ready func(api, xds []net.Addr)
}

// Run runs a server until the context ends, or until a listener fails.
func Run(ctx context.Context, config Config) (err error) {
	api, proxies, err := config.interfaces()
	if err != nil {
		return err
	}
	defer api.close()
	defer proxies.close()
	server, err := policyserver.Open(config.Server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	failed := make(chan error, len(api.listeners)+len(proxies.listeners))
	var stops []func()
	for _, l := range api.listeners {
		stops = append(stops, serveHTTP(&config, server, l, api.door, failed))
	}
	for _, l := range proxies.listeners {
		stops = append(stops, serveDiscovery(server, l, proxies.door, failed))
	}
	if config.Ready != nil {
		config.Ready(api.addresses(), proxies.addresses())
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

// opened is an interface: its listeners, and what is asked for there.
type opened struct {
	door      *listen.Door
	listeners []*listen.Listener
}

// interfaces opens the listeners, unless the settings would admit clients that they should not.
func (c *Config) interfaces() (api, proxies *opened, err error) {
	clients, ofProxies, err := c.Security.Doors(c.Server.Log)
	if err != nil {
		return nil, nil, err
	}
	network := func(address string) bool { return !listen.IsUnix(address) }
	if slices.ContainsFunc(c.API, network) && slices.ContainsFunc(c.XDS, network) {
		if err := c.Security.CheckRoles(); err != nil {
			return nil, nil, err
		}
		if warning := c.Security.Warning(); warning != "" {
			c.Server.Log.Warn(warning)
		}
	}
	api, proxies = &opened{door: clients}, &opened{door: ofProxies}
	if err := errors.Join(api.open(c.API, c.connections()), proxies.open(c.XDS, c.connections())); err != nil {
		api.close()
		proxies.close()
		return nil, nil, err
	}
	return api, proxies, nil
}

func (c *Config) connections() int {
	if c.Connections <= 0 {
		return DefaultConnections
	}
	return c.Connections
}

func (o *opened) open(addresses []string, connections int) error {
	for _, address := range addresses {
		l, err := listen.Open(address, o.door)
		if err != nil {
			return err
		}
		l.Listener = netutil.LimitListener(l.Listener, connections)
		o.listeners = append(o.listeners, l)
	}
	return nil
}

// close closes listeners that may be closed already.
func (o *opened) close() {
	for _, l := range o.listeners {
		_ = l.Close()
	}
}

func (o *opened) addresses() []net.Addr {
	var all []net.Addr
	for _, l := range o.listeners {
		all = append(all, l.Addr())
	}
	return all
}
