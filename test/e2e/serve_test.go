//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// mustRun waits until the server has carried a command out.
func (c *commandLine) mustRun(s *scene, input string, args ...string) (out string) {
	c.t.Helper()
	var err error
	s.eventually("proxylib "+strings.Join(args, " "), func() bool {
		out, err = c.run(input, args...)
		return err == nil
	})
	return out
}

// served is a scene whose policy comes from the policy server.
func (c *commandLine) served(upstream string, delta bool) *scene {
	s := newScene(c.t)
	filter := s.memcacheConfig()
	filter["policy"] = config{"xds": c.xds(), "delta": delta, "hosts": true}
	filter["policy_name"] = "10.1.0.1"
	s.startEnvoy(upstream, filter)
	return s
}

func TestThePolicyServerDecidesInTwoEnvoys(t *testing.T) {
	c := newCommandLine(t)
	c.serve()
	upstream := newScene(t).startMemcached()
	world, delta := c.served(upstream, false), c.served(upstream, true)
	scenes := []*scene{world, delta}
	c.mustRun(world, strings.Replace(cachePolicy, "PREFIX", "public/", 1)+cacheEndpoints, "policy", "import", "-")

	// Connections keep the identity that they began with, so each begins when it is known.
	peers := make([]*peer, len(scenes))
	for i, s := range scenes {
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
		p.awaitReply(scenes[i], "get secret/a\r\n", refusal, "END\r\n")
		p.send("get public/a\r\n")
		p.expect(refusal)
	}
}

// A stock Envoy with one file needs no policy server.
func TestAPolicyFileMayHoldManifests(t *testing.T) {
	s := newScene(t)
	s.writePolicy(strings.Replace(cachePolicy, "PREFIX", "public/", 1) + cacheEndpoints)
	filter := s.memcacheConfig()
	filter["policy_name"] = "10.1.0.1"
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\nget secret/a\r\n")
	c.expect("END\r\n" + refusal)
}
