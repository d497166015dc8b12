package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

//go:embed bootstrap.yaml
var bootstrap string

// startTime is how long a server may take until it serves.
const startTime = 30 * time.Second

// setup is the servers that the load goes through.
type setup struct {
	options
	dir          string
	nginx, proxy *envoy.Process
	admin        envoy.Admin
	// ports are those of the listeners, by their ways.
	ports map[string]string
	// passed is what the policy filter has counted.
	passed uint64
}

func open(dir string, o options) (s *setup, err error) {
	s = &setup{options: o, dir: dir}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	origin, err := s.startNginx()
	if err != nil {
		return nil, err
	}
	return s, s.startEnvoy(origin)
}

func (s *setup) close() {
	for _, p := range []*envoy.Process{s.proxy, s.nginx} {
		if p != nil {
			p.Stop()
		}
	}
}

const nginxConfig = `daemon off;
master_process off;
pid DIR/nginx.pid;
error_log DIR/nginx.error;
events {}
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  server { listen 127.0.0.1:PORT; location / { return 200 "a hundred bytes of a reply, as an interface would send: an object with some fields, in the form of JSON"; } }
}
`

func (s *setup) startNginx() (port string, err error) {
	n, err := envoy.FreePort()
	if err != nil {
		return "", err
	}
	port = strconv.Itoa(n)
	file := filepath.Join(s.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(strings.NewReplacer("DIR", s.dir, "PORT", port).Replace(nginxConfig)), 0o600); err != nil {
		return "", err
	}
	command := exec.Command("nginx", "-c", file, "-e", filepath.Join(s.dir, "nginx.error"))
	if s.nginx, err = envoy.Run(command, filepath.Join(s.dir, "nginx.out")); err != nil {
		return "", fmt.Errorf("%w: run make deps", err)
	}
	return port, s.nginx.Until(startTime, func() bool {
		reply, err := http.Get("http://127.0.0.1:" + port)
		if err == nil {
			reply.Body.Close()
		}
		return err == nil
	})
}

// rules is the number of rules of policy and rbac, half of them for a path and half for what begins with one.
const rules = 100

// rule is one of them.
type rule struct {
	Name, Path string
	Prefix     bool
}

func allRules() (list []rule) {
	for i := range rules {
		r := rule{Name: fmt.Sprint("rule-", i), Path: fmt.Sprintf("/item/%d", i)}
		if i%2 == 1 {
			r.Path, r.Prefix = fmt.Sprintf("/public/%d/", i), true
		}
		list = append(list, r)
	}
	return list
}

// targets are the paths that are asked for.
var targets = []string{"/item/0", "/public/51/some/path?with=a&query", "/item/98", "/public/99/x"}

// policy is the filter_config of the policy filter.
func (s *setup) policy() (string, error) {
	var allow []map[string]any
	for _, r := range allRules() {
		path := r.Path
		if r.Prefix {
			path += ".*"
		}
		allow = append(allow, map[string]any{"method": "GET|HEAD", "path": path})
	}
	text, err := json.Marshal(map[string]any{"policy": map[string]any{"allow": allow}, "access_log": map[string]any{"file": filepath.Join(s.dir, "policy.log")}})
	return string(text), err
}

// provideLibrary puts the library where Envoy looks for it.
func (s *setup) provideLibrary(root string) error {
	library := filepath.Join(s.dir, "libproxylib.so")
	if s.library != "" {
		given, err := filepath.Abs(s.library)
		if err != nil {
			return err
		}
		return os.Symlink(given, library)
	}
	build := exec.Command("go", "build", "-trimpath", "-pgo", filepath.Join(root, "libproxylib", "default.pgo"), "-ldflags", "-funcalign=64",
		"-buildmode=c-shared", "-o", library, "./httpfilters/library")
	build.Dir = filepath.Join(root, "test")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

func (s *setup) startEnvoy(origin string) error {
	root, err := envoy.Root()
	if err != nil {
		return err
	}
	if err := s.provideLibrary(root); err != nil {
		return err
	}
	policy, err := s.policy()
	if err != nil {
		return err
	}
	form, err := template.New("bootstrap").Funcs(template.FuncMap{"quote": func(text string) (string, error) {
		quoted, err := json.Marshal(text)
		return string(quoted), err
	}}).Parse(bootstrap)
	if err != nil {
		return err
	}
	var config bytes.Buffer
	if err := form.Execute(&config, map[string]any{"Ways": append([]string{router}, ways...), "Rules": allRules(), "Policy": policy, "Origin": origin, "Log": filepath.Join(s.dir, "rbac.log")}); err != nil {
		return err
	}
	file, adminFile := filepath.Join(s.dir, "envoy.yaml"), filepath.Join(s.dir, "admin")
	if err := os.WriteFile(file, config.Bytes(), 0o600); err != nil {
		return err
	}
	command := exec.Command(filepath.Join(root, "build", "envoy", s.version, "envoy"), "-c", file, "--concurrency", strconv.Itoa(s.workers),
		"--use-dynamic-base-id", "--admin-address-path", adminFile, "-l", "warning")
	command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+s.dir)
	if s.proxy, err = envoy.Run(command, filepath.Join(s.dir, "envoy.log")); err != nil {
		return fmt.Errorf("%w: run make deps", err)
	}
	if err := s.proxy.Until(startTime, func() bool {
		var ready bool
		s.admin, ready = envoy.ReadyAdmin(adminFile)
		return ready
	}); err != nil {
		return err
	}
	return s.findPorts()
}

func (s *setup) findPorts() error {
	body, err := s.admin.Get("/listeners")
	if err != nil {
		return err
	}
	s.ports = map[string]string{}
	for _, found := range regexp.MustCompile(`(\w+)::127\.0\.0\.1:(\d+)`).FindAllSubmatch(body, -1) {
		s.ports[string(found[1])] = string(found[2])
	}
	if len(s.ports) != len(ways)+1 {
		return errors.New("listeners are missing: " + string(body))
	}
	return nil
}
