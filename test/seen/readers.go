package seen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/collector"
	"github.com/proxylib/proxylib/test/envoy"
)

// Readers are all readers of an access log.
type Readers struct {
	t testing.TB
	// dir is for sockets and files; binary is the command line.
	dir, binary string
	http, grpc  *collector.Collector
}

// Start starts the readers, until the test ends. documents are the policies and endpoints that the policy server serves.
func Start(t testing.TB, documents string) *Readers {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	// The path of a socket has to be short.
	dir, err := os.MkdirTemp("", "seen")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &Readers{t: t, dir: dir, binary: filepath.Join(root, "build", "proxylib")}
	r.http, r.grpc = r.collector(), r.collector()
	if err := os.Mkdir(r.path("documents"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path("documents/all.yaml"), []byte(documents), 0o600); err != nil {
		t.Fatal(err)
	}
	r.command("serve.log", r.binary, "serve", "--state", r.path("state"), "--directory", r.path("documents"),
		"--api", "unix://"+r.path("api"), "--xds", "unix://"+r.path("xds"))
	eventually.Holds(t, "the policy server is ready", func() bool {
		return exec.Command(r.binary, "status", "--server", r.path("api")).Run() == nil
	})
	r.command("stream.json", r.binary, "monitor", "--follow", "-o", "json", "--server", r.path("api"))
	r.terminal("terminal", "--socket", r.path("log"))
	r.terminal("screen", "--stats", "--follow", "--server", r.path("api"))
	eventually.Holds(t, "monitor listens", func() bool {
		_, err := os.Stat(r.path("log"))
		return err == nil
	})
	return r
}

// terminal runs monitor at a terminal. What that shows is in a file.
func (r *Readers) terminal(name string, args ...string) {
	r.t.Helper()
	line := fmt.Sprintf("TERM=xterm exec %s monitor %s", r.binary, strings.Join(args, " "))
	r.command(name+".log", "script", "--quiet", "--flush", "--command", line, r.path(name))
}

func (r *Readers) path(name string) string { return filepath.Join(r.dir, name) }

func (r *Readers) collector() *collector.Collector {
	r.t.Helper()
	c, err := collector.Start()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			r.t.Error(err)
		}
	})
	return c
}

// command runs a program until the test ends. What it says is in a file.
func (r *Readers) command(output, program string, args ...string) {
	r.t.Helper()
	p, err := envoy.Run(exec.Command(program, args...), r.path(output))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			r.t.Errorf("%s: %v\n%s", output, err, p.Log())
		}
	})
}

// Configure adds the access log, and the policy of an endpoint of the documents, to a filter_config.
func (r *Readers) Configure(filter map[string]any, endpoint string) {
	filter["policy"] = map[string]any{"xds": r.path("xds"), "hosts": true}
	filter["policy_name"], filter["node_id"], filter["log"] = endpoint, "edge-1", "exchange"
	filter["access_log"] = []map[string]any{
		{"otlp": r.http.HTTP}, {"otlp": r.grpc.GRPC}, {"file": r.path("file.json")}, {"server": true}, {"socket": r.path("log")},
	}
}
