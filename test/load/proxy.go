package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// startTime is how long Envoy may take until it serves.
const startTime = 30 * time.Second

// compileTime is how much longer that may be with a plugin, which Envoy compiles.
const compileTime = 5 * time.Minute

// proxyConfig says which Envoy runs, and for what.
type proxyConfig struct {
	// version of Envoy, which make deps has brought; workers is the number of its threads.
	version string
	workers int
	// dir is an existing folder for its files, upstream the address of the server on 127.0.0.1.
	dir, upstream string
	// own is the name of Envoy's own filter for the server, which a third listener has; empty for none.
	own string
	// plugin is the path of a Proxy-Wasm plugin that takes the place of the library; empty for none.
	plugin string
	// filter is the filter_config: JSON text. quiet is that of one more listener; empty for none.
	filter, quiet string
	// env is added to its environment: NAME=VALUE.
	env []string
}

// proxy is a running Envoy with listeners for one server.
type proxy struct {
	process *envoy.Process
	admin   envoy.Admin
	// alone is the address of the listener that has tcp_proxy only, filtered that of the one with our filter before it.
	alone, filtered string
	// quiet is that of the one whose filter has no access log, empty where there is none.
	quiet string
	// own is that of the listener with Envoy's own filter, empty where there is none.
	own string
}

//go:embed bootstrap.yaml
var bootstrap string

var bootstrapTemplate = template.Must(template.New("bootstrap").Funcs(template.FuncMap{
	"quote": func(text string) (string, error) {
		quoted, err := json.Marshal(text)
		return string(quoted), err
	},
}).Parse(bootstrap))

// startProxy runs Envoy and returns when it serves.
func startProxy(config proxyConfig) (*proxy, error) {
	path, err := config.writeBootstrap()
	if err != nil {
		return nil, err
	}
	root, err := envoy.Root()
	if err != nil {
		return nil, err
	}
	admin := filepath.Join(config.dir, "admin")
	command := exec.Command(filepath.Join(root, "build", "envoy", config.version, "envoy"),
		"-c", path, "--use-dynamic-base-id", "--concurrency", strconv.Itoa(config.workers),
		"-l", "warning", "--component-log-level", "wasm:info", "--admin-address-path", admin)
	command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+filepath.Join(root, "build"))
	command.Env = append(command.Env, config.env...)
	p := &proxy{}
	if p.process, err = envoy.Run(command, config.log()); err != nil {
		return nil, fmt.Errorf("%w: run make all deps", err)
	}
	limit := startTime
	if config.plugin != "" {
		limit += compileTime
	}
	if err := p.process.Until(limit, func() bool { return p.serves(admin) }); err != nil {
		p.process.Stop()
		return nil, err
	}
	return p, nil
}

// log is the path of Envoy's log.
func (c *proxyConfig) log() string { return filepath.Join(c.dir, "envoy.log") }

func (c *proxyConfig) writeBootstrap() (string, error) {
	_, port, err := net.SplitHostPort(c.upstream)
	if err != nil {
		return "", fmt.Errorf("upstream: %w", err)
	}
	var text bytes.Buffer
	filters := map[string]string{"filtered": c.filter}
	if c.quiet != "" {
		filters["quiet"] = c.quiet
	}
	err = bootstrapTemplate.Execute(&text, map[string]any{"Filters": filters, "UpstreamPort": port, "Own": c.own, "Plugin": c.plugin})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, "envoy.yaml")
	return path, os.WriteFile(path, text.Bytes(), 0o600)
}

// serves reads where the listeners are.
func (p *proxy) serves(adminFile string) bool {
	var ready bool
	if p.admin, ready = envoy.ReadyAdmin(adminFile); !ready {
		return false
	}
	text, err := p.admin.Get("/listeners")
	if err != nil {
		return false
	}
	addrs := listeners(string(text))
	p.alone, p.filtered, p.quiet, p.own = addrs["alone"], addrs["filtered"], addrs["quiet"], addrs["own"]
	return p.alone != "" && p.filtered != ""
}

// listeners reads lines of the form name::address.
func listeners(text string) map[string]string {
	addrs := map[string]string{}
	for line := range strings.Lines(text) {
		name, addr, _ := strings.Cut(strings.TrimSpace(line), "::")
		addrs[name] = addr
	}
	return addrs
}

// count returns a counter of the filter's.
func (p *proxy) count(name string) (uint64, error) {
	text, err := p.admin.Get("/stats?type=Counters&filter=" + name + "$")
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(strings.TrimSpace(string(text)), ": ")
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("counter %s: %q: %w", name, text, err)
	}
	return n, nil
}
