package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/proxylib/proxylib/test/envoy"
)

// setup holds the servers of the demo and their files, in a temporary folder.
type setup struct {
	dir, policy, accessLog string
	memcached              *envoy.Memcached
	proxy                  *envoy.Proxy
	version                string
}

func openSetup(version string) (s *setup, err error) {
	dir, err := os.MkdirTemp("", "proxylib-demo-")
	if err != nil {
		return nil, err
	}
	s = &setup{
		dir: dir, policy: filepath.Join(dir, "policy.yaml"), accessLog: filepath.Join(dir, "access.log"), version: version,
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.writePolicy(); err != nil {
		return nil, err
	}
	if s.memcached, err = envoy.StartMemcached(dir); err != nil {
		return nil, err
	}
	config, err := s.filterConfig()
	if err != nil {
		return nil, err
	}
	s.proxy, err = envoy.Start(envoy.Config{Version: version, Dir: dir, Upstream: s.memcached.Addr, FilterConfig: config})
	return s, err
}

func (s *setup) envoyLog() string { return filepath.Join(s.dir, "envoy.log") }

// close stops what runs and removes the folder.
func (s *setup) close() error {
	var failures []error
	if s.proxy != nil {
		failures = append(failures, s.proxy.Stop())
	}
	if s.memcached != nil {
		failures = append(failures, s.memcached.Stop())
	}
	return errors.Join(append(failures, os.RemoveAll(s.dir))...)
}

// writePolicy begins with the policy of the examples.
func (s *setup) writePolicy() error {
	root, err := envoy.Root()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "examples", "policy.yaml"))
	if err != nil {
		return err
	}
	return os.WriteFile(s.policy, text, 0o600)
}

// extendPolicy adds a line to the policy file, which ends with the list of the allowed requests.
func (s *setup) extendPolicy(line string) error {
	f, err := os.OpenFile(s.policy, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "        %s\n", line)
	return errors.Join(err, f.Close())
}

func (s *setup) filterConfig() (string, error) {
	text, err := json.Marshal(map[string]any{
		"parser":      "memcache",
		"policy_name": "127.0.0.1",
		"port":        11211,
		"policy":      map[string]string{"file": s.policy},
		// The entries of requests are in their order, whenever the replies come.
		"access_log": map[string]string{"file": s.accessLog, "log": "request"},
	})
	return string(text), err
}

func (s *setup) describe() {
	fmt.Printf("memcached   %s\n", s.memcached.Addr)
	fmt.Printf("Envoy       %s, release %s as it comes, with build/libproxylib.so\n", s.proxy.Addr, s.version)
	fmt.Printf("policy      %s\n", s.policy)
	fmt.Printf("access log  %s\n", s.accessLog)
	fmt.Printf("Envoy's log %s\n", s.envoyLog())
}

func (s *setup) explainHold() {
	host, port, err := net.SplitHostPort(s.proxy.Addr)
	if err != nil {
		host, port = s.proxy.Addr, ""
	}
	fmt.Printf("\nEverything is left running. Connect with one of\n\n")
	fmt.Printf("    nc -C %s %s\n    telnet %s %s\n\n", host, port, host, port)
	fmt.Printf("edit %s\nand watch %s.\n", s.policy, s.accessLog)
	fmt.Println("What Envoy says of the policy is shown here. Ctrl-C ends it.")
}
