package envoy

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Reconfigure gives the listener another filter_config, and returns when it has been taken. Connections that are open
// keep theirs. It takes a configuration with Watched.
func (p *Proxy) Reconfigure(filterConfig string) error {
	return p.change(listenerUpdates, func() error {
		p.config.FilterConfig = filterConfig
		return p.config.writeListener(p.listenerFile)
	})
}

// ReplacePlugin gives the listener another Proxy-Wasm plugin and configuration, and returns when they have been taken. Connections
// that are open keep theirs. It takes a configuration with Discovered, or Watched.
func (p *Proxy) ReplacePlugin(wasm, filterConfig string) error {
	counter, write := listenerUpdates, func() error { return p.config.writeListener(p.listenerFile) }
	if p.config.Discovered {
		counter, write = pluginUpdates, p.config.writePlugin
	}
	return p.change(counter, func() error {
		p.config.Wasm, p.config.FilterConfig = wasm, filterConfig
		return write()
	})
}

// Counters of how often Envoy has taken a configuration.
const (
	clusterUpdates  = "cluster_manager.cds.update_success"
	listenerUpdates = "listener_manager.lds.update_success"
	pluginUpdates   = "extension_config_discovery.network_filter.proxylib.config_reload"
)

// change makes a change, and waits until a counter has grown.
func (p *Proxy) change(counter string, write func() error) error {
	before, err := p.Counters(counter)
	if err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	return p.process.Until(p.config.startTime(), func() bool {
		now, err := p.Counters(counter)
		return err == nil && now[counter] > before[counter]
	})
}

// Renew gives Envoy another configuration, and returns as what it is from then on: log and counters begin again. Connections that are open
// are closed. It takes a configuration with Renewable.
func (p *Proxy) Renew(config Config) (*Proxy, error) {
	config.Version, config.Watched, config.Renewable, config.generation = p.config.Version, true, true, p.config.generation+1
	next := &Proxy{process: p.process, admin: p.admin, config: config, listenerFile: p.listenerFile, clustersFile: p.clustersFile}
	next.before.log = len(p.process.Log())
	var err error
	if next.before.counters, err = p.stats("Counters", ""); err != nil {
		return nil, err
	}
	if err := next.change(clusterUpdates, func() error { return config.writeClusters(p.clustersFile) }); err != nil {
		return nil, err
	}
	if err := config.writeListener(p.listenerFile); err != nil {
		return nil, err
	}
	return next, p.process.Until(config.startTime(), func() bool { return next.listens() })
}

// HotRestart starts an Envoy that takes the place of this one: it takes over the listening socket and the stats, and
// lets this one serve the connections that it has, until it has that ended: see --drain-time-s and
// --parent-shutdown-time-s. It takes a configuration with Port.
func (p *Proxy) HotRestart() (*Proxy, error) {
	if p.config.Port == 0 {
		return nil, errors.New("a hot restart takes a fixed port")
	}
	baseID, err := os.ReadFile(p.config.baseIDFile())
	if err != nil {
		return nil, err
	}
	next := p.config
	next.parent = strings.TrimSpace(string(baseID))
	next.Dir = filepath.Join(p.config.Dir, "next")
	if err := os.Mkdir(next.Dir, 0o700); err != nil {
		return nil, err
	}
	return Start(next)
}

// Await waits until Envoy has ended by itself. The error is nil only if it ended with status 0.
func (p *Proxy) Await(limit time.Duration) error {
	select {
	case <-p.process.ended:
		return p.process.result
	case <-time.After(limit):
		return fmt.Errorf("envoy has not ended after %v", limit)
	}
}

// FreePort returns a port of 127.0.0.1 that nobody listens on.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}
