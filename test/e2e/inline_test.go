//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

// inlineConfig is the smallest useful configuration: neither a policy file nor an address.
func (s *fixture) inlineConfig(allow any) config {
	return config{"parser": "memcache", "policy": config{"allow": allow}, "access_log": config{"file": s.accessLog}, "log": "request"}
}

func TestAPolicyInTheConfigurationNeedsNoFileAndNoAddress(t *testing.T) {
	s := newFixture(t)
	filter := s.inlineConfig([]config{{"command": "get", "keyPrefix": "public/"}, {"command": "set"}})
	filter["policy"].(config)["deny"] = []config{{"command": "set", "keyPrefix": "public/secret"}}
	c := s.envoyConfig(s.startMemcached(), filter)
	c.AsStruct = true
	if out, err := envoy.Validate(c); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.startEnvoyAs(c)
	p := s.dial()
	p.send("set public/a 0 0 1\r\nA\r\nget public/a\r\nget secret/b\r\nset public/secret 0 0 1\r\nB\r\nflush_all\r\n")
	p.expect("STORED\r\nVALUE public/a 0 1\r\nA\r\nEND\r\n" + refusal + refusal + refusal)
	s.requireEntries("request command=set keys=public/a", "request command=get keys=public/a", "denied command=get keys=secret/b",
		"denied command=set keys=public/secret", "denied command=flush_all")
	for i, rule := range []string{"inline", "inline", "", "inline", ""} {
		if got := s.entries(1)[i].Rule; got != rule {
			t.Errorf("entry %d names rule %q, want %q", i, got, rule)
		}
	}
	s.requireCounters(map[string]uint64{"passed": 2, "denied": 3})
}

func TestAPolicyInTheConfigurationChangesWithIt(t *testing.T) {
	s := newFixture(t)
	c := s.envoyConfig(s.startMemcached(), s.inlineConfig([]config{{"command": "get", "keyPrefix": "public/"}}))
	c.Watched = true
	s.startEnvoyAs(c)
	p := s.dial()
	p.send("get secret/a\r\n")
	p.expect(refusal)
	if err := s.proxy.Reconfigure(s.envoyConfig("127.0.0.1:1", s.inlineConfig("all")).FilterConfig); err != nil {
		t.Fatal(err)
	}
	p = s.dial()
	p.send("get secret/a\r\n")
	p.expect("END\r\n")
}

func TestEnvoyRefusesAWrongPolicyInTheConfiguration(t *testing.T) {
	s := newFixture(t)
	for want, allow := range map[string]any{
		"filter_config: policy: allow: memcache rule 0: key comand: is unknown, use": []config{{"comand": "get"}},
		"filter_config: policy: allow: want a list of rules for memcache":            []config{},
	} {
		if *plugin {
			want = strings.TrimPrefix(want, "filter_config: ")
		}
		out, err := envoy.Validate(s.envoyConfig("127.0.0.1:1", s.inlineConfig(allow)))
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("error %v, log lacks %q:\n%s", err, want, out)
		}
	}
}
