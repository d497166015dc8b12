//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

// cachePolicy allows web to get keys that begin with PREFIX from cache, as people write it.
const cachePolicy = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints:
    - matchLabels: {app: web}
    toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules:
        l7proto: memcache
        l7:
        - command: get
          keyPrefix: PREFIX
`

// cacheEndpoints are cache, which listeners stand for by its address, and web, which is the test itself.
const cacheEndpoints = `
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: cache, labels: {app: cache}}
addresses: [10.1.0.1]
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: web, labels: {app: web}}
addresses: [127.0.0.1]
`

// commandLine runs build/proxylib.
type commandLine struct {
	t           *testing.T
	binary, dir string
	server      *exec.Cmd
}

func newCommandLine(t *testing.T) *commandLine {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	// The path of a socket has to be short.
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &commandLine{t: t, binary: filepath.Join(root, "build", "proxylib"), dir: dir}
	t.Cleanup(func() {
		if c.server != nil {
			c.kill()
		}
	})
	return c
}

func (c *commandLine) xds() string { return filepath.Join(c.dir, "xds") }

// serve starts the policy server, which goes on with what it knew when it was killed.
func (c *commandLine) serve() {
	c.t.Helper()
	c.server = exec.Command(c.binary, "serve", "--state", filepath.Join(c.dir, "state"),
		"--api", "unix://"+filepath.Join(c.dir, "api"), "--xds", "unix://"+c.xds())
	c.server.Stderr = os.Stderr
	if err := c.server.Start(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *commandLine) kill() {
	c.server.Process.Kill()
	c.server.Wait()
	c.server = nil
}

// run runs a command with a text as its standard input.
func (c *commandLine) run(input string, args ...string) (string, error) {
	command := exec.Command(c.binary, append(args, "--server", filepath.Join(c.dir, "api"))...)
	command.Stdin = strings.NewReader(input)
	out, err := command.CombinedOutput()
	return string(out), err
}

// put hands documents to the server as they are; the command line would look at them before.
func (c *commandLine) put(documents string) (status int, answer string) {
	c.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(c.dir, "api"))
		},
	}}
	request, err := http.NewRequest(http.MethodPut, "http://localhost/v1/policies", strings.NewReader(documents))
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// mustRun waits until the server has carried a command out.
func (c *commandLine) mustRun(s *fixture, input string, args ...string) (out string) {
	c.t.Helper()
	var err error
	s.eventually("proxylib "+strings.Join(args, " "), func() bool {
		out, err = c.run(input, args...)
		return err == nil
	})
	return out
}

// served is a fixture whose policy comes from the policy server.
func (c *commandLine) served(upstream string, delta bool) *fixture {
	s := newFixture(c.t)
	filter := s.memcacheConfig()
	filter["policy"] = config{"xds": c.xds(), "delta": delta, "hosts": true}
	filter["policy_name"] = "10.1.0.1"
	s.startEnvoy(upstream, filter)
	return s
}

func TestThePolicyServerDecidesInTwoEnvoys(t *testing.T) {
	c := newCommandLine(t)
	c.serve()
	upstream := newFixture(t).startMemcached()
	world, delta := c.served(upstream, false), c.served(upstream, true)
	fixtures := []*fixture{world, delta}
	c.mustRun(world, strings.Replace(cachePolicy, "PREFIX", "public/", 1)+cacheEndpoints, "policy", "import", "-")

	// Connections keep the identity that they began with, so each begins when it is known.
	peers := make([]*peer, len(fixtures))
	for i, s := range fixtures {
		s.eventually("the policy is in force", func() bool {
			peers[i] = s.dial()
			peers[i].send("get public/a\r\n")
			line, err := peers[i].ReadString('\n')
			return err == nil && line == "END\r\n"
		})
		peers[i].send("get secret/a\r\nset public/a 0 0 1\r\nA\r\n")
		peers[i].expect(refusal + refusal)
	}

	wrong := strings.Replace(cachePolicy, "keyPrefix", "keyPrefx", 1)
	if out, err := c.run(wrong, "policy", "import", "-"); err == nil || !strings.Contains(out, "keyPrefx") {
		t.Errorf("a wrong policy: %v\n%s", err, out)
	}
	if status, reason := c.put(wrong); status != http.StatusUnprocessableEntity || !strings.Contains(reason, "keyPrefx") {
		t.Errorf("a wrong policy past the command line: %d %s", status, reason)
	}
	if out := c.mustRun(world, "", "status"); !strings.Contains(out, "keyPrefx") {
		t.Errorf("the status does not tell why the wrong policy was refused:\n%s", out)
	}
	identities := c.mustRun(world, "", "identity", "list", "-o", "json")

	c.kill()
	for _, p := range peers {
		p.send("get public/a\r\nget secret/a\r\n")
		p.expect("END\r\n" + refusal)
	}
	c.serve()
	if again := c.mustRun(world, "", "identity", "list", "-o", "json"); again != identities {
		t.Errorf("identities were\n%s\nand are\n%s", identities, again)
	}

	c.mustRun(world, strings.Replace(cachePolicy, "PREFIX", "secret/", 1), "policy", "import", "-")
	for i, p := range peers {
		p.awaitReply(fixtures[i], "get secret/a\r\n", refusal, "END\r\n")
		p.send("get public/a\r\n")
		p.expect(refusal)
	}
}

// A proxy shows its token over TCP, and gets its policy by it, but cannot change it. One with another token gets nothing.
func TestAProxyWithATokenFollowsTheServer(t *testing.T) {
	const proxyToken, peopleToken = "proxy-0123456789abcdef", "people-0123456789abcdef"
	c := newCommandLine(t)
	file := func(name, text string) string {
		path := filepath.Join(c.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c.server = exec.Command(c.binary, "serve", "--state", filepath.Join(c.dir, "state"),
		"--xds", "127.0.0.1:0", "--api", "127.0.0.1:0",
		"--token-file", file("people", "alice "+peopleToken), "--xds-token-file", file("proxies", "node "+proxyToken))
	c.server.Stderr = log
	if err := c.server.Start(); err != nil {
		t.Fatal(err)
	}
	first := newFixture(t)
	upstream := first.startMemcached()
	var xds, api string
	first.eventually("the server listens", func() bool {
		text, err := os.ReadFile(log.Name())
		ready := regexp.MustCompile(`is ready" api="\[([^]]*)\]" xds="\[([^]]*)\]"`).FindSubmatch(text)
		if err != nil || ready == nil {
			return false
		}
		api, xds = string(ready[1]), string(ready[2])
		return true
	})
	served := func(token string) *fixture {
		s := newFixture(t)
		filter := s.memcacheConfig()
		filter["policy"] = config{"xds": xds, "delta": true, "hosts": true, "token_file": token}
		filter["policy_name"] = "10.1.0.1"
		s.startEnvoy(upstream, filter)
		return s
	}
	s, stranger := served(file("token", proxyToken)), served(file("other", peopleToken+"x"))
	put := func(token string) error {
		command := exec.Command(c.binary, "policy", "import", "-", "--server", api, "--token-file", token)
		command.Stdin = strings.NewReader(strings.Replace(cachePolicy, "PREFIX", "public/", 1) + cacheEndpoints)
		out, err := command.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return err
	}
	people := file("alice", peopleToken)
	s.eventually("the policy is imported", func() bool { return put(people) == nil })
	if err := put(file("token", proxyToken)); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("with the token of a proxy the policy was changed, or %v", err)
	}
	s.eventually("the policy is in force", func() bool {
		p := s.dial()
		defer p.Close()
		p.send("get public/a\r\n")
		line, err := p.ReadString('\n')
		return err == nil && line == "END\r\n"
	})
	p := stranger.dial()
	p.send("get public/a\r\n")
	p.expect(refusal)
	text, err := os.ReadFile(log.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"interface=proxies", "interface=API", "token=alice", "put_policies=default/cache"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in the log:\n%s", want, text)
		}
	}
}

// TestKillingThePolicyServerUnderLoadCostsNoVerdict lets clients ask through two Envoys without pause, what is allowed and
// what is not, while the server is killed, started again, and told of other policies.
func TestKillingThePolicyServerUnderLoadCostsNoVerdict(t *testing.T) {
	c := newCommandLine(t)
	c.serve()
	upstream := newFixture(t).startMemcached()
	fixtures := []*fixture{c.served(upstream, false), c.served(upstream, true)}
	c.mustRun(fixtures[0], strings.Replace(cachePolicy, "PREFIX", "public/", 1)+cacheEndpoints, "policy", "import", "-")
	for _, s := range fixtures {
		s.eventually("the policy is in force", func() bool {
			p := s.dial()
			defer p.Close()
			p.send("get public/a\r\n")
			line, err := p.ReadString('\n')
			return err == nil && line == "END\r\n"
		})
	}
	identities := c.mustRun(fixtures[0], "", "identity", "list", "-o", "json")

	const clients = 4
	stop, failures := make(chan struct{}), make(chan error, len(fixtures)*clients)
	var rounds atomic.Int64
	for _, s := range fixtures {
		for range clients {
			p := s.dial()
			go func() { failures <- p.askWithoutPause(stop, &rounds) }()
		}
	}
	for kill := range 5 {
		c.kill()
		before := rounds.Load()
		fixtures[0].eventually("verdicts go on without the server", func() bool { return rounds.Load() > before+100 })
		c.serve()
		other := strings.Replace(strings.Replace(cachePolicy, "PREFIX", "other/", 1), "name: cache", fmt.Sprint("name: other-", kill), 1)
		c.mustRun(fixtures[0], other, "policy", "import", "-")
		if again := c.mustRun(fixtures[0], "", "identity", "list", "-o", "json"); again != identities {
			t.Errorf("identities were\n%s\nand are\n%s", identities, again)
		}
	}
	close(stop)
	for range cap(failures) {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	for _, s := range fixtures {
		s.dial().awaitReply(s, "get other/x\r\n", refusal, "END\r\n")
	}
}

// askWithoutPause asks for a key that is allowed and one that is not, and requires the right replies.
func (p *peer) askWithoutPause(stop <-chan struct{}, rounds *atomic.Int64) error {
	const requests, want = "get public/a\r\nget secret/a\r\n", "END\r\n" + refusal
	reply := make([]byte, len(want))
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if _, err := io.WriteString(p.TCPConn, requests); err != nil {
			return err
		}
		if n, err := io.ReadFull(p.Reader, reply); err != nil || string(reply) != want {
			return fmt.Errorf("got %q, %v, want %q", reply[:n], err, want)
		}
		rounds.Add(1)
	}
}

// A stock Envoy with one file needs no policy server.
func TestAPolicyFileMayHoldManifests(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(strings.Replace(cachePolicy, "PREFIX", "public/", 1) + cacheEndpoints)
	filter := s.memcacheConfig()
	filter["policy_name"] = "10.1.0.1"
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\nget secret/a\r\n")
	c.expect("END\r\n" + refusal)
}
