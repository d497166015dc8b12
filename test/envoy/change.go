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
	taken, err := p.updates()
	if err != nil {
		return err
	}
	p.config.FilterConfig = filterConfig
	if err := p.config.writeListener(); err != nil {
		return err
	}
	return p.process.Until(startTime, func() bool {
		now, err := p.updates()
		return err == nil && now > taken
	})
}

// updates is how often Envoy has taken a configuration of listeners.
func (p *Proxy) updates() (uint64, error) {
	all, err := p.Counters("listener_manager.lds.update_success")
	return all["listener_manager.lds.update_success"], err
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
