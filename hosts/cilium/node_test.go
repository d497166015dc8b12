package cilium

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/xdstest"
)

const somePolicy = "resources:\n- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n  - port: 80\n"

func TestAnAgentThatGivesNoNodeIDServesUsPolicies(t *testing.T) {
	for _, c := range []struct {
		params [][2]string
		want   string
	}{
		{nil, "host~127.0.0.2~libproxylib-1~localdomain"},
		{[][2]string{{"node-id", ""}}, "host~127.0.0.2~libproxylib-1~localdomain"},
		{[][2]string{{"node-id", "sidecar~10.1.2.3~web~local"}}, "sidecar~10.1.2.3~web~local"},
	} {
		socket := filepath.Join(t.TempDir(), "xds")
		server := xdstest.Serve(t, socket, somePolicy, xdstest.Strict())
		m := newModule(io.Discard)
		id := m.open(append(c.params, [2]string{"access-log-path", socket + ".log"}, [2]string{"xds-path", socket}), false)
		if id == 0 {
			t.Fatalf("%v: refused", c.params)
		}
		if got := server.Accepted(t); got != c.want {
			t.Errorf("%v: the node id is %q, want %q", c.params, got, c.want)
		}
		if n := m.instances.Get(id).Policies().Current().Endpoints(); n != 1 {
			t.Errorf("%v: %d endpoints have a policy, want 1", c.params, n)
		}
		m.instances.Close(id)
	}
}

func TestWhatBecomesOfARefusedPolicyIsChecked(t *testing.T) {
	for value, usable := range map[string]bool{"keep": true, "deny": true, "": true, "drop": false} {
		m := newModule(io.Discard)
		id := m.open([][2]string{{"policy-on-error", value}}, false)
		if (id != 0) != usable {
			t.Errorf("policy-on-error %q: instance %d", value, id)
		}
		m.instances.Close(id)
	}
}

func TestInstancesWithoutANodeIDAreToldApart(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "xds")
	server := xdstest.Serve(t, socket, somePolicy, xdstest.Strict())
	m := newModule(io.Discard)
	nodes := map[string]bool{}
	for _, level := range []string{"info", "error"} {
		id := m.open([][2]string{{"xds-path", socket}, {"log-level", level}}, false)
		defer m.instances.Close(id)
		nodes[server.Accepted(t)] = true
	}
	if len(nodes) != 2 {
		t.Errorf("two instances are the nodes %v", nodes)
	}
}

func TestAPolicyIsAParameter(t *testing.T) {
	for text, usable := range map[string]bool{
		`{"r2d2": {"allow": [{"cmd": "READ"}]}, "memcache": {"allow": "all", "deny": [{"command": "flush_all"}]}}`: true,
		`{"r2d2": {"allow": [{"comand": "READ"}]}}`:                                                                false,
	} {
		var log bytes.Buffer
		m := newModule(&log)
		id := m.open([][2]string{{"policy", text}}, false)
		if (id != 0) != usable || usable == strings.Contains(log.String(), "policy: allow: r2d2 rule 0: key comand: is unknown") {
			t.Errorf("%s: instance %d, log %s", text, id, &log)
		}
		m.instances.Close(id)
	}
}
