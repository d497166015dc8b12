//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

// nginx is a running nginx. It has the hosts shop.example, which other names mean as well, and admin.example.
type nginx struct {
	t    *testing.T
	addr string
	log  string
	// looks is the number of times that the log has been looked at.
	looks int
}

// served is what nginx has served, in its own words: it has decoded and normalised the path.
type served struct{ Target, Path, Host string }

const nginxConfig = `daemon off;
master_process off;
pid DIR/nginx.pid;
error_log DIR/nginx.error info;
events {}
http {
  log_format asked escape=json '{"target":"$request_uri","path":"$uri","host":"$server_name","status":"$status"}';
  access_log DIR/nginx.log asked;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  server { listen ADDR default_server; server_name shop.example; location / { return 200 "shop"; } }
  server { listen ADDR; server_name admin.example; location / { return 200 "admin"; } }
}
`

func startNginx(t *testing.T, dir string) *nginx {
	t.Helper()
	port, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	n := &nginx{t: t, addr: fmt.Sprint("127.0.0.1:", port), log: filepath.Join(dir, "nginx.log")}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(strings.NewReplacer("DIR", dir, "ADDR", n.addr).Replace(nginxConfig)), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("nginx", "-c", file, "-e", filepath.Join(dir, "nginx.error"))
	command.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin")
	process, err := envoy.Run(command, filepath.Join(dir, "nginx.out"))
	if err != nil {
		t.Fatalf("%v: run make deps", err)
	}
	t.Cleanup(func() { process.Stop() })
	if err := process.Until(patience, func() bool {
		reply, err := http.Get("http://" + n.addr + "/started")
		if err == nil {
			reply.Body.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// served returns all that nginx has served since it started, apart from what this asks itself.
func (n *nginx) served() (list []served) {
	n.t.Helper()
	n.looks++
	mark := fmt.Sprint("/mark/", n.looks)
	reply, err := http.Get("http://" + n.addr + mark)
	if err != nil {
		n.t.Fatal(err)
	}
	reply.Body.Close()
	var text string
	eventually.Holds(n.t, "nginx has logged all", func() bool {
		content, _ := os.ReadFile(n.log)
		text = string(content)
		return strings.Contains(text, mark)
	})
	for line := range strings.Lines(text) {
		var l struct {
			served
			Status string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			n.t.Fatalf("%v: %s", err, line)
		}
		if l.Status == "200" && !strings.HasPrefix(l.Target, "/mark/") && l.Target != "/started" {
			list = append(list, l.served)
		}
	}
	return slices.Clip(list)
}
