//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/test/serve"
)

// TestThePolicyServerShowsWhatPassedInEnvoy compares what was sent with what monitor prints, one to one.
func TestThePolicyServerShowsWhatPassedInEnvoy(t *testing.T) {
	const requests = 200
	server := serve.New(t)
	server.Start()
	s := newFixture(t)
	upstream := s.startMemcached()
	filter := s.memcacheConfig()
	filter["policy"], filter["policy_name"] = config{"xds": server.XDS(), "hosts": true}, "10.1.0.1"
	filter["access_log"], filter["node_id"] = config{"server": true}, "edge-1"
	s.startEnvoy(upstream, filter)
	server.Allow("public/")
	var p *peer
	s.eventually("the policy is in force", func() bool {
		p = s.dial()
		p.send("get public/first\r\n")
		line, err := p.ReadString('\n')
		return err == nil && line == "END\r\n"
	})
	var want []string
	for i := range requests {
		key, reply, verdict := fmt.Sprint("public/", i), "END\r\n", traffic.Allowed
		if i%10 == 0 {
			key, reply, verdict = fmt.Sprint("secret/", i), refusal, traffic.Denied
		}
		p.send("get " + key + "\r\n")
		p.expect(reply)
		want = append(want, verdict+" "+key)
	}
	var got []string
	s.eventually("all entries are there", func() bool {
		got = nil
		out, err := server.Run("", "monitor", "-o", "json", "--node", "edge-1", "--parser", "memcache", "--not", "--field", "keys=public/first")
		for line := range strings.Lines(out) {
			var e traffic.Entry
			if json.Unmarshal([]byte(line), &e) == nil && e.Verdict() != traffic.Reply {
				got = append(got, e.Verdict()+" "+e.Fields["keys"])
			}
		}
		return err == nil && len(got) >= requests
	})
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	denied := server.MustRun("", "monitor", "--verdict", "denied", "--last", "1")
	if !strings.Contains(denied, "keys=secret/190") || strings.Count(denied, "\n") != 1 {
		t.Errorf("got %q", denied)
	}
	if status := server.MustRun("", "status"); !strings.Contains(status, "edge-1, proxylib ") {
		t.Errorf("the status does not say which library it is:\n%s", status)
	}
}
