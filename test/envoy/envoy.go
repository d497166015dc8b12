// Package envoy runs real servers for tests and the demo: a stock Envoy that has loaded build/libproxylib.so, and
// memcached. All listen on free loopback ports and are stopped in bounded time.
package envoy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// startTime is how long Envoy may take until it serves.
const startTime = 30 * time.Second

// compileTime is how much longer that is with a Proxy-Wasm plugin, which Envoy compiles.
const compileTime = 300 * time.Second

func (c *Config) startTime() time.Duration {
	if c.Wasm != "" {
		return startTime + compileTime
	}
	return startTime
}

// Config says which Envoy runs and how its filter is configured.
type Config struct {
	// Version of Envoy, which make deps or make e2e has brought.
	Version string
	// Dir is an existing folder for its files.
	Dir string
	// Upstream is the address, on 127.0.0.1, that connections are proxied to.
	Upstream string
	// FilterName is the filter_name, by default "proxylib".
	FilterName string
	// FilterConfig is the filter_config: JSON text, handed over as a StringValue.
	FilterConfig string
	// AsStruct hands FilterConfig over as a Struct.
	AsStruct bool
	// HTTP: the listener has a connection manager with our HTTP filter in place of tcp_proxy with the network filter.
	// HTTPOptions are further fields of the connection manager, as JSON without braces; HTTP2Upstream: the upstream speaks HTTP/2.
	HTTP, HTTP2Upstream bool
	HTTPOptions         string
	// HTTPFilter is a filter before ours, as JSON; empty is none.
	HTTPFilter string
	// HTTP3: the listener speaks HTTP/3 alone, on UDP. It takes a TransportSocket for QUIC.
	HTTP3 bool
	// LogInterval, such as "1s", has Envoy log connections at intervals as well, not at their ends alone.
	LogInterval string
	// TransportSocket is the listener's transport_socket, as JSON; empty is none.
	TransportSocket string
	// UpstreamSocket is the transport_socket of the cluster likewise.
	UpstreamSocket string
	// FirstFilter is a network filter before ours, as JSON; empty is none.
	FirstFilter string
	// Port is the one of 127.0.0.1 that it listens on; 0 is a free one.
	Port int
	// Watched: the listener comes from a file that Envoy watches, so that [Proxy.Reconfigure] can change it.
	Watched bool
	// Renewable: so do the clusters, and [Proxy.Renew] can give Envoy any other configuration. It takes Watched.
	Renewable bool
	// Discovered: the Proxy-Wasm plugin comes from a file that Envoy watches, by the discovery of extensions, so that
	// [Proxy.ReplacePlugin] can change it alone.
	Discovered bool
	// Library is the folder of libproxylib.so, by default build.
	Library string
	// Wasm is the path of a Proxy-Wasm plugin that takes the place of the library.
	Wasm string
	// PolicySocket is the path of the socket of a policy server, which is then the cluster PolicyCluster, by default npds.
	PolicySocket, PolicyCluster string
	// Args are added to the command line.
	Args []string
	// parent is the base id of the Envoy whose place this one takes.
	parent string
	// generation is how often this Envoy has been renewed.
	generation int
}

// Proxy is a running Envoy with one listener: our filter, then tcp_proxy.
type Proxy struct {
	process *Process
	config  Config
	admin   Admin
	// Addr is where it listens.
	Addr string
	// listenerFile and clustersFile are what it watches.
	listenerFile, clustersFile string
	// before is the length of the log, and are the counters, of the time before it was renewed.
	before struct {
		log      int
		counters map[string]uint64
	}
}

// Start runs Envoy and returns when it serves.
func Start(config Config) (*Proxy, error) {
	adminFile := filepath.Join(config.Dir, "admin")
	args := []string{"--admin-address-path", adminFile}
	if config.parent == "" {
		args = append(args, "--use-dynamic-base-id", "--base-id-path", config.baseIDFile())
	} else {
		args = append(args, "--base-id", config.parent, "--restart-epoch", "1")
	}
	command, err := config.command(args...)
	if err != nil {
		return nil, err
	}
	p := &Proxy{config: config, listenerFile: config.listenerFile(), clustersFile: config.clustersFile()}
	if p.process, err = Run(command, filepath.Join(config.Dir, "envoy.log")); err != nil {
		return nil, err
	}
	if err := p.process.Until(config.startTime(), func() bool { return p.serves(adminFile) }); err != nil {
		p.process.Stop()
		return nil, err
	}
	return p, nil
}

// Validate runs Envoy with --mode validate. It returns what Envoy prints, and an error if it refuses the configuration.
func Validate(config Config) (string, error) {
	command, err := config.command("--mode", "validate", "--use-dynamic-base-id")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), config.startTime())
	defer cancel()
	bounded := exec.CommandContext(ctx, command.Path, command.Args[1:]...)
	bounded.Env = command.Env
	out, err := bounded.CombinedOutput()
	return string(out), err
}

// PID is the number of its process.
func (p *Proxy) PID() int { return p.process.PID() }

// Admin is the address of its admin interface.
func (p *Proxy) Admin() string { return string(p.admin) }

// Stop ends Envoy. The error is nil only if it ended as asked.
func (p *Proxy) Stop() error { return p.process.Stop() }

// Log returns Envoy's log so far.
func (p *Proxy) Log() string { return p.process.Log()[p.before.log:] }

// ConnectionLog returns tcp_proxy's access log so far: a line of JSON for each connection that has ended, with the fields
// termination and proxylib, the latter being the dynamic metadata of that name.
func (p *Proxy) ConnectionLog() (string, error) {
	text, err := os.ReadFile(p.config.connectionLog())
	return string(text), err
}

// Counters returns Envoy's counters that have the text in their names.
func (p *Proxy) Counters(text string) (map[string]uint64, error) {
	counters, err := p.stats("Counters", text)
	for name := range counters {
		counters[name] -= p.before.counters[name]
	}
	return counters, err
}

// ShortStat returns the name of a stat of the library's without what stands before it: the namespace, and in that of a
// filter's counter the stat_prefix. It returns "" for stats of others.
func ShortStat(full string) string {
	if _, name, found := strings.Cut(full, ".proxylib_"); found {
		return name
	}
	_, name, found := strings.Cut(full, ".proxylib.")
	if !found {
		return ""
	}
	_, name, _ = strings.Cut(name, ".")
	return name
}

// Gauges returns Envoy's gauges that have the text in their names.
func (p *Proxy) Gauges(text string) (map[string]uint64, error) { return p.stats("Gauges", text) }

func (p *Proxy) stats(kind, text string) (map[string]uint64, error) {
	body, err := p.admin.Get("/stats?type=" + kind + "&filter=" + text)
	if err != nil {
		return nil, err
	}
	stats := map[string]uint64{}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if stats[name], err = strconv.ParseUint(value, 10, 64); err != nil {
			return nil, fmt.Errorf("stat %q: %w", line, err)
		}
	}
	return stats, nil
}

// serves reads where the admin interface is, and asks it for the state of the server and the listener.
func (p *Proxy) serves(adminFile string) bool {
	var ready bool
	if p.admin, ready = ReadyAdmin(adminFile); !ready {
		return false
	}
	return p.listens()
}

// listens asks for the listener's port.
func (p *Proxy) listens() bool {
	body, err := p.admin.Get("/listeners?format=json")
	if err != nil {
		return false
	}
	var listeners struct {
		Statuses []struct {
			Name    string
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if json.Unmarshal(body, &listeners) != nil || len(listeners.Statuses) != 1 || listeners.Statuses[0].Name != p.config.listenerName() {
		return false
	}
	socket := listeners.Statuses[0].Address.Socket
	p.Addr = net.JoinHostPort(socket.Address, strconv.Itoa(socket.Port))
	return true
}

// command writes the bootstrap and returns the command that runs Envoy with it.
func (c *Config) command(args ...string) (*exec.Cmd, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(root, "build", "envoy", c.Version, "envoy")
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("envoy %s: %w: run make deps or make e2e", c.Version, err)
	}
	path, err := c.writeBootstrap()
	if err != nil {
		return nil, err
	}
	library := c.Library
	if library == "" {
		library = filepath.Join(root, "build")
	}
	command := exec.Command(binary, append([]string{
		"-c", path, "--concurrency", "2", "--file-flush-interval-msec", "20",
		"-l", "warning", "--component-log-level", "dynamic_modules:info,wasm:info",
	}, slices.Concat(c.Args, args)...)...)
	command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+library)
	return command, nil
}

// Root returns the folder of this module, in or below which the program runs.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "libproxylib", "main.go")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run this in the work tree: no folder here or above holds libproxylib")
		}
		dir = parent
	}
}
