//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

func TestAConfigurationThatCanNotBeUsedIsRefusedWithAReason(t *testing.T) {
	s := newFixture(t)
	broken := filepath.Join(s.dir, "broken.yaml")
	text := strings.Replace(policyText, "{command: version}", "{comand: version}", 1)
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field   string
		value   any
		message string
	}{
		{"parser", "memcached", `parser: "memcached" is not in this library: give one of`},
		{"parser", nil, "parser: is missing"},
		{"colour", "red", `unknown field "colour"`},
		{"policy", nil, "policy: "},
		{"policy", config{"file": filepath.Join(s.dir, "none.yaml")}, "no such file or directory"},
		{"policy", config{"file": broken}, `key comand: is unknown, use command`},
		{"policy", config{"file": broken}, "line 2: "},
		{"policy", config{"xds": "nowhere"}, "policy"},
		{"direction", "sideways", `direction: "sideways" is unknown`},
		{"limits", config{"held_bytes": -1}, "held_bytes"},
		{"identities", []config{{"cidr": "10.0.0.0/33", "identity": 1}}, "10.0.0.0/33"},
		{"log_level", "loud", "loud"},
	} {
		filter := s.memcacheConfig()
		if c.value == nil {
			delete(filter, c.field)
		} else {
			filter[c.field] = c.value
		}
		out, err := envoy.Validate(s.envoyConfig("127.0.0.1:1", filter))
		if err == nil || !strings.Contains(out, c.message) {
			t.Errorf("%s %v: error %v, log lacks %q:\n%s", c.field, c.value, err, c.message, out)
		}
		if _, err := envoy.Start(s.envoyConfig("127.0.0.1:1", filter)); err == nil {
			t.Errorf("%s %v: Envoy has started", c.field, c.value)
		}
	}
}

func TestAConfigurationThatCanBeUsedIsValid(t *testing.T) {
	s := newFixture(t)
	for _, asStruct := range []bool{false, true} {
		filter := s.memcacheConfig()
		// Envoy hands numbers of more than 31 bits over in another form.
		filter["limits"] = config{"total_held_bytes": 1 << 32, "connections": 10_000}
		filter["identities"] = []config{{"cidr": "10.0.0.0/8", "identity": 4_000_000_000}}
		c := s.envoyConfig("127.0.0.1:1", filter)
		c.AsStruct = asStruct
		if out, err := envoy.Validate(c); err != nil {
			t.Errorf("as struct %v: %v\n%s", asStruct, err, out)
		}
	}
}

func TestAStructConfiguresTheFilterAsWell(t *testing.T) {
	s := newFixture(t)
	c := s.envoyConfig(s.startMemcached(), s.memcacheConfig())
	c.AsStruct = true
	s.alone = true
	s.startEnvoyAs(c)
	p := s.dial()
	p.send("get public/a\r\nget secret/a\r\n")
	p.expect("END\r\n" + refusal)
}
