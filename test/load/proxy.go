package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// startTime is how long Envoy may take until it serves, stopTime until it has ended.
const startTime, stopTime = 30 * time.Second, 10 * time.Second

// proxyConfig says which Envoy runs, and for what.
type proxyConfig struct {
	// version of Envoy, which make deps has brought; workers is the number of its threads.
	version string
	workers int
	// dir is an existing folder for its files, upstream the address of the server on 127.0.0.1.
	dir, upstream string
	// filter is the filter_config: JSON text.
	filter string
	// env is added to its environment: NAME=VALUE.
	env []string
}

// proxy is a running Envoy with two listeners for one server.
type proxy struct {
	command *exec.Cmd
	ended   chan struct{}
	log     string
	admin   string
	// alone is the address of the listener that has tcp_proxy only, filtered that of the one with our filter before it.
	alone, filtered string
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
	p := &proxy{ended: make(chan struct{}), log: filepath.Join(config.dir, "envoy.log")}
	p.command = exec.Command(filepath.Join(root, "build", "envoy", config.version, "envoy"),
		"-c", path, "--use-dynamic-base-id", "--concurrency", strconv.Itoa(config.workers),
		"-l", "warning", "--admin-address-path", admin)
	p.command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+filepath.Join(root, "build"))
	p.command.Env = append(p.command.Env, config.env...)
	// Ctrl-C in a terminal is for us to hand on.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.start(); err != nil {
		return nil, err
	}
	if err := p.await(admin); err != nil {
		return nil, fmt.Errorf("%w, and has logged:\n%s", err, p.stopAndRead())
	}
	return p, nil
}

func (c *proxyConfig) writeBootstrap() (string, error) {
	_, port, err := net.SplitHostPort(c.upstream)
	if err != nil {
		return "", fmt.Errorf("upstream: %w", err)
	}
	var text bytes.Buffer
	err = bootstrapTemplate.Execute(&text, map[string]any{"FilterConfig": c.filter, "UpstreamPort": port})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, "envoy.yaml")
	return path, os.WriteFile(path, text.Bytes(), 0o600)
}

func (p *proxy) start() error {
	log, err := os.Create(p.log)
	if err != nil {
		return err
	}
	defer log.Close()
	p.command.Stdout, p.command.Stderr = log, log
	if err := p.command.Start(); err != nil {
		return fmt.Errorf("start Envoy: %w: run make all deps", err)
	}
	go func() {
		p.command.Wait()
		close(p.ended)
	}()
	return nil
}

// await returns when both listeners are there.
func (p *proxy) await(adminFile string) error {
	deadline := time.After(startTime)
	for !p.serves(adminFile) {
		select {
		case <-p.ended:
			return fmt.Errorf("envoy has ended")
		case <-deadline:
			return fmt.Errorf("envoy is not ready after %v", startTime)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func (p *proxy) serves(adminFile string) bool {
	admin, err := os.ReadFile(adminFile)
	if err != nil || len(admin) == 0 {
		return false
	}
	p.admin = string(admin)
	if _, err := p.get("/ready"); err != nil {
		return false
	}
	text, err := p.get("/listeners")
	if err != nil {
		return false
	}
	addrs := listeners(text)
	p.alone, p.filtered = addrs["alone"], addrs["filtered"]
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
	text, err := p.get("/stats?type=Counters&filter=" + name + "$")
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(strings.TrimSpace(text), ": ")
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("counter %s: %q: %w", name, text, err)
	}
	return n, nil
}

// get asks the admin interface.
func (p *proxy) get(path string) (string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + p.admin + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, response.Status)
	}
	return string(body), err
}

func (p *proxy) pid() int { return p.command.Process.Pid }

// stop ends Envoy, and kills it if that takes too long.
func (p *proxy) stop() {
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopTime):
		p.command.Process.Kill()
		<-p.ended
	}
}

func (p *proxy) stopAndRead() string {
	p.stop()
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
