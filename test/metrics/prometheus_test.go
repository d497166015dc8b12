//go:build e2e

package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/cli"
	_ "github.com/proxylib/proxylib/parsers/all"
)

// said is what a command says.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// find waits until a command has said something.
func (s *said) find(t *testing.T, what string) string {
	t.Helper()
	expression := regexp.MustCompile(what)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		s.mu.Lock()
		found := expression.FindStringSubmatch(s.text.String())
		s.mu.Unlock()
		if found != nil {
			return found[1]
		}
	}
	t.Fatalf("%s is not in %s", what, s.text.String())
	return ""
}

// command runs the command line until the test ends.
func command(t *testing.T, args ...string) *said {
	t.Helper()
	out := &said{}
	c := cli.Command()
	c.SetOut(out)
	c.SetErr(out)
	c.SetArgs(args)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.ExecuteContext(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return out
}

// free returns an address at which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// memcached is a server that has nothing.
func memcached(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				data := make([]byte, 4096)
				for {
					n, err := conn.Read(data)
					if err != nil {
						return
					}
					if _, err := conn.Write([]byte(strings.Repeat("END\r\n", strings.Count(string(data[:n]), "\n")))); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// ask sends a request through a proxy and returns when it is answered.
func ask(t *testing.T, address, request string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
}

// scraping is a Prometheus.
type scraping struct {
	*testing.T
	address string
}

// start runs the Prometheus of the distribution with the alert rules, which wait for seconds in place of minutes.
func start(t *testing.T, targets ...string) *scraping {
	t.Helper()
	folder := t.TempDir()
	rules := regexp.MustCompile(`(?m)^    for: \d+m$`).ReplaceAllString(read(t, "examples/alerts.yaml"), "    for: 1s")
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [alerts.yaml]\nscrape_configs:\n"+
		"- job_name: proxylib\n  static_configs: [{targets: ['%s']}]\n", strings.Join(targets, "', '"))
	for name, text := range map[string]string{"alerts.yaml": rules, "prometheus.yaml": config} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := free(t)
	c := exec.Command("prometheus", "--config.file="+filepath.Join(folder, "prometheus.yaml"), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	c.Stderr = t.Output()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	})
	return &scraping{t, address}
}

// get decodes what an address of the API returns.
func (s *scraping) get(path string, into any) bool {
	response, err := http.Get("http://" + s.address + path)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into) == nil
}

// value returns the value of a query, if it has one.
func (s *scraping) value(query string) string {
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if !s.get("/api/v1/query?query="+strings.NewReplacer(" ", "%20", "\"", "%22", "+", "%2B").Replace(query), &answer) || len(answer.Data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

func (s *scraping) expect(query, want string) {
	s.Helper()
	got := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if got = s.value(query); got == want {
			return
		}
	}
	s.Errorf("%s is %q, want %q", query, got, want)
}

const policy = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: %s
    rules:
    - l7_proto: memcache
      l7_rules: {l7_allow_rules: [{rule: {command: get}}]}
`

func TestPrometheusScrapesAndEvaluatesTheAlerts(t *testing.T) {
	documents := t.TempDir()
	broken := filepath.Join(documents, "a.yaml")
	server := command(t, "serve", "--state", filepath.Join(t.TempDir(), "state"), "--directory", documents, "--api", "127.0.0.1:0", "--xds", "127.0.0.1:0")
	api := server.find(t, `api="\[([^\]]*)\]`)

	upstream := memcached(t)
	rules := filepath.Join(t.TempDir(), "policy.yaml")
	listen, metrics := free(t), free(t)
	_, port, err := net.SplitHostPort(upstream)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, fmt.Appendf(nil, policy, port), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := command(t, "proxy", "--parser", "memcache", "--listen", listen, "--upstream", upstream, "--policy", rules, "--metrics", metrics)
	proxy.find(t, `(listens on)`)
	for range 3 {
		ask(t, listen, "get a\r\n")
	}
	ask(t, listen, "set a 0 0 1\r\nx\r\n")

	p := start(t, api, metrics)
	p.expect(`count(up == 1)`, "2")
	p.expect(`sum(proxylib_requests_total{parser="memcache",verdict="allowed"})`, "3")
	p.expect(`sum(proxylib_requests_total{parser="memcache",verdict="denied"})`, "1")
	p.expect(`proxylib_policy_updates_total`, "1")
	p.expect(`proxylib_clients{protocol="npds"}`, "0")
	p.expect(`ALERTS{alertname="ProxylibPolicyChangeRefused",alertstate="firing"} or vector(0)`, "0")
	if err := os.WriteFile(broken, []byte("kind: Nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.expect(`ALERTS{alertname="ProxylibPolicyChangeRefused",alertstate="firing"} or vector(0)`, "1")
	var all struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if !p.get("/api/v1/rules", &all) || len(all.Data.Groups) == 0 {
		t.Fatal("there are no rules")
	}
	for _, rule := range all.Data.Groups[0].Rules {
		if rule.Health != "ok" {
			t.Errorf("%s: %s %s", rule.Name, rule.Health, rule.LastError)
		}
	}
}

func TestPromtoolTakesTheAlerts(t *testing.T) {
	if out, err := exec.Command("promtool", "check", "rules", filepath.Join(root, "examples", "alerts.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
