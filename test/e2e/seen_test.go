//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/seen"
	"github.com/proxylib/proxylib/test/serve"
)

// seenPolicy allows web to get and set keys that begin with public/, in a cache and in a store.
const seenPolicy = `
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
        l7: [{command: get, keyPrefix: public/}, {command: set, keyPrefix: public/}]
    - ports: [{port: "6379", protocol: TCP}]
      rules:
        l7proto: redis
        l7: [{command: get, key_prefix: public/}, {command: set, key_prefix: public/}]
` + serve.Endpoints

// exchange is what a client sends, what comes back, and what readers of the access log get of it.
type exchange struct {
	send, expect string
	entry        seen.Request
}

// allowed is an exchange that passes.
func allowed(operation, key, send, expect string) exchange {
	return exchange{send, expect, seen.Request{
		Verdict: "allowed", Operation: operation, Object: key, Status: "ok", Bytes: fmt.Sprintf("%d/%d", len(send), len(expect)),
	}}
}

// denied is one that does not.
func denied(operation, key, send, expect string) exchange {
	return exchange{send, expect, seen.Request{Verdict: "denied", Operation: operation, Object: key}}
}

func memcacheRound(key int) []exchange {
	public, secret := fmt.Sprint("public/", key), fmt.Sprint("secret/", key)
	return []exchange{
		allowed("set", public, fmt.Sprintf("set %s 0 0 2\r\nab\r\n", public), "STORED\r\n"),
		allowed("get", public, fmt.Sprintf("get %s\r\n", public), fmt.Sprintf("VALUE %s 0 2\r\nab\r\nEND\r\n", public)),
		denied("get", secret, fmt.Sprintf("get %s\r\n", secret), refusal),
	}
}

func redisRound(key int) []exchange {
	command := func(words ...string) string {
		text := fmt.Sprintf("*%d\r\n", len(words))
		for _, word := range words {
			text += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
		}
		return text
	}
	public, secret := fmt.Sprint("public/", key), fmt.Sprint("secret/", key)
	return []exchange{
		allowed("set", public, command("SET", public, "ab"), "+OK\r\n"),
		allowed("get", public, command("GET", public), "$2\r\nab\r\n"),
		denied("get", secret, command("GET", secret), redisRefusal),
	}
}

const redisRefusal = "-NOPERM No permissions to access a key\r\n"

// startRedis runs a Redis until the test ends, and returns its address.
func (s *fixture) startRedis() string {
	s.t.Helper()
	port, err := envoy.FreePort()
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := envoy.Run(exec.Command("redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--dir", s.dir),
		filepath.Join(s.dir, "redis.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			s.t.Error(err)
		}
	})
	s.eventually("Redis serves", func() bool { return strings.Contains(p.Log(), "Ready to accept connections") })
	return fmt.Sprint("127.0.0.1:", port)
}

// TestEveryReaderGetsWhatWasSent has clients send requests at the same time, and looks for each of them at each reader.
func TestEveryReaderGetsWhatWasSent(t *testing.T) {
	for _, server := range []struct {
		name   string
		parser string
		port   int
		start  func(*fixture) string
		round  func(key int) []exchange
		// dropped: no reader gets the keys.
		dropped bool
	}{
		{"memcached", "memcache", 11211, func(s *fixture) string { return s.startMemcached() }, memcacheRound, false},
		{"redis", "redis", 6379, (*fixture).startRedis, redisRound, false},
		{"redis without keys", "redis", 6379, (*fixture).startRedis, redisRound, true},
	} {
		t.Run(server.name, func(t *testing.T) {
			s, readers := newFixture(t), seen.Start(t, seenPolicy)
			filter := config{"parser": server.parser, "port": server.port}
			readers.Configure(filter, serve.Endpoint)
			if server.dropped {
				filter["redact"] = config{"keys": "drop"}
			}
			s.startEnvoy(server.start(s), filter)
			s.eventually("the policy is in force", func() bool {
				p, first := s.dial(), server.round(0)[0]
				p.send(first.send)
				line, err := p.ReadString('\n')
				return err == nil && strings.HasSuffix(first.expect, line)
			})
			sent := s.load(server.round)
			if t.Failed() {
				return
			}
			for _, requests := range sent {
				for i := range requests {
					if server.dropped {
						requests[i].Object = ""
					}
				}
			}
			readers.Require(sent)
		})
	}
}

// load sends rounds of requests on several connections at once, and returns what was sent.
func (s *fixture) load(round func(key int) []exchange) seen.Sent {
	const clients, rounds = 8, 100
	sent := seen.Sent{}
	var running sync.WaitGroup
	for client := range clients {
		var all []exchange
		for key := range rounds {
			all = append(all, round(client*rounds+key)...)
		}
		p := s.dial()
		for _, x := range all {
			sent[p.LocalAddr().String()] = append(sent[p.LocalAddr().String()], x.entry)
		}
		running.Go(func() {
			for _, x := range all {
				if !p.say(x.send, x.expect) {
					return
				}
			}
		})
	}
	running.Wait()
	return sent
}

// say sends a text and reports whether another one comes back. It may be called from any goroutine.
func (p *peer) say(text, want string) bool {
	got := make([]byte, len(want))
	if _, err := io.WriteString(p.TCPConn, text); err != nil {
		p.t.Error(err)
		return false
	}
	if _, err := io.ReadFull(p.Reader, got); err != nil || string(got) != want {
		p.t.Errorf("to %.60q came %.60q (%v), want %.60q", text, got, err, want)
		return false
	}
	return true
}
