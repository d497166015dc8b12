package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/proxylib/proxylib/test/envoy"
)

//go:embed policy.yaml
var policy []byte

// setup is the servers that the load goes through, and their files in a temporary folder.
type setup struct {
	dir       string
	memcached *envoy.Memcached
	store     store
	proxy     *proxy
	accessLog accessLog
}

func openSetup(o options) (s *setup, err error) {
	dir, err := os.MkdirTemp("", "proxylib-load-")
	if err != nil {
		return nil, err
	}
	s = &setup{dir: dir, accessLog: accessLog{filepath.Join(dir, "log", "access.log")}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	// The log has a folder of its own: the one with the policy file is watched.
	if err := os.Mkdir(filepath.Dir(s.accessLog.path), 0o700); err != nil {
		return nil, err
	}
	policyFile := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policyFile, policy, 0o600); err != nil {
		return nil, err
	}
	// Room for all values of the rows, and for one that is a little longer than memcached takes by default.
	if s.memcached, err = envoy.StartMemcached(dir, "-m", "512", "-I", "2m", "-t", "2"); err != nil {
		return nil, err
	}
	s.store = newStore(s.memcached.Addr)
	filter, err := filterConfig(policyFile, s.accessLog.path, !o.noLog)
	if err != nil {
		return nil, err
	}
	s.proxy, err = startProxy(proxyConfig{
		version: o.version, workers: o.workers, env: strings.Fields(o.env), dir: dir,
		upstream: s.memcached.Addr, filter: filter,
	})
	return s, err
}

func filterConfig(policyFile, accessLog string, logged bool) (string, error) {
	config := map[string]any{
		"parser":      "memcache",
		"policy_name": "127.0.0.1",
		"port":        11211,
		"policy":      map[string]string{"file": policyFile},
	}
	if logged {
		config["access_log"] = map[string]string{"file": accessLog}
	}
	text, err := json.Marshal(config)
	return string(text), err
}

// close stops what runs and removes the folder.
func (s *setup) close() error {
	var failures []error
	if s.proxy != nil {
		s.proxy.process.Stop()
	}
	if s.memcached != nil {
		failures = append(failures, s.memcached.Stop())
	}
	return errors.Join(append(failures, os.RemoveAll(s.dir))...)
}
