package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/proxylib/proxylib/internal/cparser"
	"github.com/proxylib/proxylib/test/envoy"
)

//go:embed policy.yaml
var policy []byte

// setup is the servers that the load goes through, and their files in a temporary folder.
type setup struct {
	dir       string
	server    interface{ Stop() error }
	store     store
	pgbench   *pgbench
	proxy     *proxy
	accessLog accessLog
	// parser is the path of the parser in a file, empty if there is none.
	parser string
}

func openSetup(o options, kind serverKind) (s *setup, err error) {
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
	start := map[serverKind]func() (string, error){
		memcachedServer: s.startMemcached, pluginServer: s.startMemcached, callsServer: s.startMemcached,
		fileServer: s.startMemcached, cFileServer: s.startMemcached, redisServer: s.startRedis,
		postgresServer: func() (string, error) { return s.startPostgres(o.postgres) },
	}
	addr, err := start[kind]()
	if err != nil {
		return nil, err
	}
	config := proxyConfig{
		version: o.version, workers: o.workers, env: strings.Fields(o.env), dir: dir, upstream: addr, own: ownFilters[kind],
	}
	if plugin := plugins[kind]; plugin != nil {
		// The log is Envoy's.
		s.accessLog.path = config.log()
		if config.plugin, err = plugin(dir); err != nil {
			return nil, err
		}
	}
	if build := parserBuilds[kind]; build != nil {
		if s.parser, err = build(dir); err != nil {
			return nil, err
		}
	}
	log := s.accessLog.path
	if o.noLog {
		log = ""
	} else if config.quiet, err = s.filterConfig(kind, quietPrefix, policyFile, ""); err != nil {
		return nil, err
	}
	if config.filter, err = s.filterConfig(kind, filteredPrefix, policyFile, log); err != nil {
		return nil, err
	}
	s.proxy, err = startProxy(config)
	if err != nil && kind == postgresServer && strings.Contains(err.Error(), "could not find @type") {
		fmt.Fprintln(os.Stderr, "load: this Envoy is built without postgres_proxy, which is left out")
		config.own = ""
		s.proxy, err = startProxy(config)
	}
	return s, err
}

// ownFilters are Envoy's own filters for the servers.
var ownFilters = map[serverKind]string{redisServer: "redis_proxy", postgresServer: "postgres_proxy"}

func (s *setup) startMemcached() (addr string, err error) {
	// Memory for all values of the rows, and for one that is a little longer than memcached takes by default.
	m, err := envoy.StartMemcached(s.dir, "-m", "512", "-I", "2m", "-t", "2")
	if err != nil {
		return "", err
	}
	s.server, s.store = m, memcachedStore(m.Addr)
	return m.Addr, nil
}

func (s *setup) startRedis() (addr string, err error) {
	port, err := envoy.FreePort()
	if err != nil {
		return "", err
	}
	addr = fmt.Sprint("127.0.0.1:", port)
	command := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--dir", s.dir)
	p, err := envoy.Run(command, filepath.Join(s.dir, "redis.log"))
	if err != nil {
		return "", fmt.Errorf("%w: run make deps", err)
	}
	s.server, s.store = p, redisStore(addr)
	return addr, p.Until(startTime, func() bool { return s.store.set("load/started", placeholder) == nil })
}

// filteredPrefix and quietPrefix are the stat_prefix of the filter, and of the one that never has an access log.
const filteredPrefix, quietPrefix = "filtered", "quiet"

// plugins find the Proxy-Wasm plugins, or build them into a folder.
var plugins = map[serverKind]func(dir string) (path string, err error){pluginServer: pluginPath, callsServer: compileCalls}

// pluginPath is where make wasm puts the plugin.
func pluginPath(string) (string, error) {
	root, err := envoy.Root()
	return filepath.Join(root, "build", "proxylib.wasm"), err
}

// compileCalls compiles the plugin that only makes calls.
func compileCalls(dir string) (string, error) { return compileC("test/load/calls/calls.c", dir) }

// parserBuilds build the parsers in files.
var parserBuilds = map[serverKind]func(dir string) (path string, err error){fileServer: buildParser, cFileServer: compileParser}

// compileParser compiles the parser of memcached in C, and returns its path.
func compileParser(dir string) (string, error) { return compileC("examples/wasm-c/memcache.c", dir) }

// compileC compiles a source in C into a folder, and returns the path of the module.
func compileC(source, dir string) (string, error) {
	root, err := envoy.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "c.wasm")
	return path, cparser.Compile(context.Background(), root, source, path)
}

// buildParser builds the parser of memcached into a file of a folder, and returns its path.
func buildParser(dir string) (string, error) {
	root, err := envoy.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "memcache.wasm")
	build := exec.Command(filepath.Join(root, "build", "proxylib"), "build", "--wasm-parser", "memcache", "--source", root, "-o", path)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
}

// filterConfig returns a filter_config. The path of an access log may be empty.
func (s *setup) filterConfig(kind serverKind, prefix, policyFile, accessLog string) (string, error) {
	config := map[string]any{
		"parser":      "memcache",
		"stat_prefix": prefix,
		"policy_name": "127.0.0.1",
		"port":        11211,
		"policy":      map[string]string{"file": policyFile},
	}
	switch kind {
	case redisServer:
		config["parser"], config["port"] = "redis", 6379
	case postgresServer:
		config["parser"], config["port"] = "postgres", 5432
	case fileServer, cFileServer:
		config["parser"] = map[string]string{"wasm": s.parser}
	}
	if plugins[kind] != nil || kind == cFileServer {
		// The policy file has rules that they do not take.
		config["policy"] = map[string]any{"allow": []map[string]string{{"command": "get", "keyPrefix": "load/"}}}
	}
	if accessLog != "" {
		config["access_log"] = map[string]any{"file": accessLog}
		if plugins[kind] != nil {
			config["access_log"] = map[string]any{"envoy": true}
		}
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
	if s.server != nil {
		failures = append(failures, s.server.Stop())
	}
	return errors.Join(append(failures, os.RemoveAll(s.dir))...)
}
