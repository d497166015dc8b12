//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/test/serve"
)

// put hands documents to the server as they are; the command line would look at them before.
func put(t *testing.T, server *serve.Server, documents string) (status int, answer string) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", server.API())
		},
	}}
	request, err := http.NewRequest(http.MethodPut, "http://localhost/v1/policies", strings.NewReader(documents))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// followsServer returns a fixture whose policy comes from the policy server.
func followsServer(t *testing.T, server *serve.Server, upstream string, delta bool) *fixture {
	t.Helper()
	s := newFixture(t)
	s.alone = true
	filter := s.memcacheConfig()
	filter["policy"] = config{"xds": server.XDS(), "delta": delta, "hosts": true}
	filter["policy_name"] = serve.Endpoint
	s.startEnvoy(upstream, filter)
	return s
}

func TestThePolicyServerDecidesInTwoEnvoys(t *testing.T) {
	server := serve.New(t)
	server.Start()
	upstream := newFixture(t).startMemcached()
	world, delta := followsServer(t, server, upstream, false), followsServer(t, server, upstream, true)
	fixtures := []*fixture{world, delta}
	server.Allow("public/")

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

	wrong := strings.Replace(serve.Policy("public/"), "keyPrefix", "keyPrefx", 1)
	if out, err := server.Run(wrong, "policy", "import", "-"); err == nil || !strings.Contains(out, "keyPrefx") {
		t.Errorf("a wrong policy: %v\n%s", err, out)
	}
	if status, reason := put(t, server, wrong); status != http.StatusUnprocessableEntity || !strings.Contains(reason, "keyPrefx") {
		t.Errorf("a wrong policy past the command line: %d %s", status, reason)
	}
	if out := server.MustRun("", "status"); !strings.Contains(out, "keyPrefx") {
		t.Errorf("the status does not tell why the wrong policy was refused:\n%s", out)
	}
	identities := server.MustRun("", "identity", "list", "-o", "json")

	server.Kill()
	for _, p := range peers {
		p.send("get public/a\r\nget secret/a\r\n")
		p.expect("END\r\n" + refusal)
	}
	server.Start()
	if again := server.MustRun("", "identity", "list", "-o", "json"); again != identities {
		t.Errorf("identities were\n%s\nand are\n%s", identities, again)
	}

	server.MustRun(serve.Policy("secret/"), "policy", "import", "-")
	for i, p := range peers {
		p.awaitReply(fixtures[i], "get secret/a\r\n", refusal, "END\r\n")
		p.send("get public/a\r\n")
		p.expect(refusal)
	}
}

// A proxy shows its token over TCP, and gets its policy by it, but cannot change it. One with another token gets nothing.
func TestAProxyWithATokenFollowsTheServer(t *testing.T) {
	const proxyToken, peopleToken = "proxy-0123456789abcdef", "people-0123456789abcdef"
	server := serve.New(t)
	file := func(name, text string) string {
		path := filepath.Join(server.Dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	log, err := os.Create(filepath.Join(server.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	server.StartWith(log, "--xds", "127.0.0.1:0", "--api", "127.0.0.1:0",
		"--token-file", file("people", "alice "+peopleToken), "--xds-token-file", file("proxies", "node "+proxyToken))
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
		_, err := server.Command(serve.Policy("public/")+serve.Endpoints, "policy", "import", "-", "--server", api, "--token-file", token)
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
	server := serve.New(t)
	server.Start()
	upstream := newFixture(t).startMemcached()
	fixtures := []*fixture{followsServer(t, server, upstream, false), followsServer(t, server, upstream, true)}
	server.Allow("public/")
	for _, s := range fixtures {
		s.eventually("the policy is in force", func() bool {
			p := s.dial()
			defer p.Close()
			p.send("get public/a\r\n")
			line, err := p.ReadString('\n')
			return err == nil && line == "END\r\n"
		})
	}
	followed()
	identities := server.MustRun("", "identity", "list", "-o", "json")

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
		server.Kill()
		before := rounds.Load()
		fixtures[0].eventually("verdicts go on without the server", func() bool { return rounds.Load() > before+100 })
		server.Start()
		other := strings.Replace(serve.Policy("other/"), "name: cache", fmt.Sprint("name: other-", kill), 1)
		server.MustRun(other, "policy", "import", "-")
		if again := server.MustRun("", "identity", "list", "-o", "json"); again != identities {
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
	s.writePolicy(serve.Policy("public/") + serve.Endpoints)
	filter := s.memcacheConfig()
	filter["policy_name"] = "10.1.0.1"
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\nget secret/a\r\n")
	c.expect("END\r\n" + refusal)
}
