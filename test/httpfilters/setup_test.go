//go:build e2e

package httpfilters

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var version = flag.String("envoy", "1.40.0", "release of Envoy to test in")

// departures is the number of clients that go away while their requests wait; make soak has 100,000.
var departures = flag.Int("departures", 4000, "number of clients that go away while their requests wait")

// racing: the library is built with the race detector, which takes LD_USE_LOAD_BIAS=1; see make race.
var racing = flag.Bool("racing", false, "build the library with the race detector")

// patience is how long a test waits for anything that should come at once.
const patience = 20 * time.Second

// built is the folder of the library with the filters.
var built string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "proxylib-httpfilters-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	args := []string{"build", "-trimpath", "-buildmode=c-shared", "-o", filepath.Join(dir, "libproxylib.so")}
	if *racing {
		args = append(args, "-race", "-ldflags", "-extldflags=-Wl,-Ttext-segment=0x10000000")
	}
	build := exec.Command("go", append(args, "./library")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	built = dir
	return m.Run()
}

// proxy is a running Envoy.
type proxy struct {
	t       *testing.T
	process *envoy.Process
	admin   envoy.Admin
	dir     string
	// url is that of its listener.
	url string
}

// start runs Envoy with a configuration until the test ends. Ports in it are put in the place of those of the examples. Arguments of Envoy
// may be added.
func start(t *testing.T, dir, config string, ports map[string]string, args ...string) *proxy {
	t.Helper()
	p, err := launch(t, dir, config, ports, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.process.Stop(); err != nil {
			t.Error(err)
		}
		if strings.Contains(p.process.Log(), "DATA RACE") {
			t.Error("the library has a data race")
		}
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", p.process.Log())
		}
	})
	return p
}

func launch(t *testing.T, dir, config string, ports map[string]string, args ...string) (*proxy, error) {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		return nil, err
	}
	config = regexp.MustCompile(`(port_value: |127\.0\.0\.1:)(\d+)`).ReplaceAllStringFunc(config, func(found string) string {
		at := strings.LastIndexAny(found, ": ") + 1
		if port, given := ports[found[at:]]; given {
			return found[:at] + port
		}
		return found[:at] + "0"
	})
	file, adminFile := filepath.Join(dir, "envoy.yaml"), filepath.Join(dir, "admin")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	args = append([]string{"-c", file, "--concurrency", "2", "--use-dynamic-base-id", "--admin-address-path", adminFile, "-l", "warning",
		"--component-log-level", "dynamic_modules:info"}, args...)
	command := exec.Command(filepath.Join(root, "build", "envoy", *version, "envoy"), args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+built)
	p := &proxy{t: t, dir: dir}
	if p.process, err = envoy.Run(command, filepath.Join(dir, "envoy.log")); err != nil {
		return nil, err
	}
	err = p.process.Until(30*time.Second, func() bool {
		var ready bool
		p.admin, ready = envoy.ReadyAdmin(adminFile)
		return ready
	})
	if err != nil {
		p.process.Stop()
		return p, err
	}
	body, err := p.admin.Get("/listeners?format=json")
	if err != nil {
		return p, err
	}
	found := regexp.MustCompile(`"port_value":\s*(\d+)`).FindSubmatch(body)
	if found == nil {
		return p, fmt.Errorf("no listener in %s", body)
	}
	p.url = "http://127.0.0.1:" + string(found[1])
	return p, nil
}

// example is the configuration of an example.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/http/" + name + "/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// trial is a configuration with the filter test.trial in the place of that of an example. Fields of the connection manager may be added.
func trial(t *testing.T, settings map[string]any, options string) string {
	t.Helper()
	value, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(example(t, "counter"), "filter_name: counter", "filter_name: test.trial\n"+
		"              filter_config: {\"@type\": type.googleapis.com/google.protobuf.Struct, value: "+string(value)+"}")
	return strings.Replace(text, "          stat_prefix: http\n", "          stat_prefix: http\n          http_protocol_options: {enable_trailers: true}\n"+options, 1)
}

// server is a server that notes what it is asked.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

type seen struct {
	*http.Request
	body string
}

func serve(t *testing.T, handler http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, seen{r, string(body)})
		s.mu.Unlock()
		if handler != nil {
			handler(w, r)
			return
		}
		fmt.Fprintf(w, "banana %s", r.URL.Path)
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return port
}

// last is the request that came last.
func (s *server) last() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		return seen{Request: &http.Request{Header: http.Header{}}}
	}
	return s.seen[len(s.seen)-1]
}

func (s *server) served() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func client(t *testing.T, http2 bool) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetUnencryptedHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// reply is what a client gets.
type reply struct {
	code   int
	body   string
	header http.Header
}

func (p *proxy) ask(c *http.Client, method, path string, body io.Reader, headers ...string) (reply, error) {
	r, err := http.NewRequest(method, p.url+path, body)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, string(text), answer.Header}, err
}

func (p *proxy) mustAsk(c *http.Client, method, path string, body io.Reader, headers ...string) reply {
	p.t.Helper()
	r, err := p.ask(c, method, path, body, headers...)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// stat is the value of a counter or a gauge of a filter; 0 if it is not there.
func (p *proxy) stat(name string) uint64 {
	p.t.Helper()
	body, err := p.admin.Get("/stats?filter=" + name + "$")
	if err != nil {
		p.t.Fatal(err)
	}
	n := uint64(0)
	fmt.Sscanf(string(body[strings.LastIndexByte(strings.TrimSpace(string(body)), ' ')+1:]), "%d", &n)
	return n
}

// watched moves the listener of a configuration into a file that Envoy watches, and returns what replaces it there.
func watched(t *testing.T, dir, config string) (bootstrap string, replace func(config string)) {
	t.Helper()
	const begin, end = "  listeners:\n", "  clusters:\n"
	file := filepath.Join(dir, "listener.yaml")
	replace = func(config string) {
		t.Helper()
		_, text, _ := strings.Cut(config, begin)
		text, _, _ = strings.Cut(text, end)
		text = strings.Replace(text, "  - name: http\n", "- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener\n  name: http\n", 1)
		text = "resources:\n" + strings.ReplaceAll(strings.Replace(text, "\n    ", "\n  ", 1), "\n    ", "\n  ")
		text = strings.ReplaceAll(text, "port_value: 10000", "port_value: 0")
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	replace(config)
	before, rest, _ := strings.Cut(config, begin)
	_, clusters, _ := strings.Cut(rest, end)
	before = strings.Replace(before, "static_resources:\n", "", 1)
	return before + "dynamic_resources:\n  lds_config: {path_config_source: {path: " + file + ", watched_directory: {path: " + dir + "}}}\nstatic_resources:\n" + end + clusters, replace
}
