//go:build e2e

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/logtest"
	"github.com/proxylib/proxylib/internal/xdstest"
)

// widened is the policy with one more key allowed.
var widened = policyText + "        - rule: {command: get, keyPrefix: secret/}\n"

// awaitReply asks again and again until the answer is the wanted one. Until then it has to be the other.
func (p *peer) awaitReply(s *fixture, request, before, want string) {
	p.t.Helper()
	s.eventually(request+" is answered "+want, func() bool {
		p.send(request)
		line, err := p.ReadString('\n')
		if err != nil || line != before && line != want {
			p.t.Fatalf("got %q, %v, want %q or %q", line, err, before, want)
		}
		return line == want
	})
}

func TestAChangedPolicyFileJudgesLiveConnections(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("get secret/a\r\n")
	c.expect(refusal)
	s.writePolicy(widened)
	c.awaitReply(s, "get secret/a\r\n", refusal, "END\r\n")

	s.writePolicy(strings.Replace(widened, "keyPrefix: public/", "keyPrefx: public/", 1))
	s.eventually("Envoy's log tells what is wrong", func() bool {
		log := s.proxy.Log()
		// The server has no file, and so no lines.
		return strings.Contains(log, `keyPrefx`) && (*plugin || strings.Contains(log, "line 2"))
	})
	c.send("get secret/a\r\n")
	c.expect("END\r\n")

	replacement := s.policy + ".new"
	if err := os.WriteFile(replacement, []byte(policyText), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(replacement, s.policy); err != nil {
		t.Fatal(err)
	}
	s.serve(policyText)
	c.awaitReply(s, "get secret/a\r\n", "END\r\n", refusal)
}

func TestAPolicyServerMayComeLateAndGo(t *testing.T) {
	s := newFixture(t)
	socket := filepath.Join(s.dir, "xds")
	filter := s.memcacheConfig()
	filter["policy"], filter["node_id"] = config{"xds": socket}, "node-7"
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect(refusal)

	server := xdstest.Serve(t, socket, policyText)
	if node := server.Accepted(t); node != "node-7" {
		t.Errorf("the policy server knows node %q", node)
	}
	followed()
	c.send("get public/a\r\nget secret/a\r\n")
	c.expect("END\r\n" + refusal)

	server.Stop()
	c.send("get public/a\r\nget secret/a\r\n")
	c.expect("END\r\n" + refusal)

	os.Remove(socket)
	xdstest.Serve(t, socket, widened).Accepted(t)
	followed()
	c.send("get secret/a\r\n")
	c.expect("END\r\n")
}

func TestAnEndpointWithoutPolicyIsRefused(t *testing.T) {
	s := newFixture(t)
	filter := s.memcacheConfig()
	filter["policy_name"] = "127.0.0.9"
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\nversion\r\n")
	c.expect(refusal + refusal)
}

func TestIdentitiesOfAddressesDecide(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(strings.Replace(policyText, "    - name: public\n", "    - name: public\n      remote_policies: [7]\n", 1))
	filter := s.memcacheConfig()
	filter["identities"] = []config{{"cidr": "127.0.0.0/8", "identity": 8}, {"cidr": "127.0.0.1/32", "identity": 7}}
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect("END\r\n")
	s.requireCounters(map[string]uint64{"unknown_identity": 0})
}

func TestInAuditModeWhatPolicyDeniesPassesAndIsCounted(t *testing.T) {
	s := newFixture(t)
	filter := s.memcacheConfig()
	filter["audit"] = true
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get secret/a\r\nget public/a\r\n")
	c.expect("END\r\nEND\r\n")
	if e := s.entries(2); e[0].Fields["audit"] != "denied" || e[1].Fields["audit"] != "" {
		t.Errorf("entries %v", e)
	}
	s.requireCounters(map[string]uint64{"passed": 2, "audited": 1, "denied": 0})
}

func TestAnUnknownIdentityIsRefusedAndCounted(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(strings.Replace(policyText, "    - name: public\n", "    - name: public\n      remote_policies: [7]\n", 1))
	s.startEnvoy(s.startMemcached(), s.memcacheConfig())
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect(refusal)
	s.requireCounters(map[string]uint64{"unknown_identity": 1})
}

func TestEntriesArriveAtTheSocketOfTheAccessLog(t *testing.T) {
	s := newFixture(t)
	socket := filepath.Join(s.dir, "log")
	filter := s.memcacheConfig()
	filter["access_log"] = config{"socket": socket}
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect("END\r\n")

	receiver, err := logtest.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	s.eventually("a denied entry arrives", func() bool {
		c.send("get secret/a\r\n")
		c.expect(refusal)
		e, err := receiver.Next(patience / 20)
		if err != nil {
			return false
		}
		fields := e.GetGenericL7().GetFields()
		return e.GetEntryType().String() == "Denied" && fields["command"] == "get" && fields["keys"] == "secret/a" &&
			e.GetSourceAddress() == c.LocalAddr().String() && e.GetPolicyName() == "127.0.0.1"
	})
}

// connectedSources is what Envoy shows of the sources of policies that can be reached. Older releases read it when a
// connection begins.
func (s *fixture) connectedSources() (connected uint64) {
	s.t.Helper()
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect("END\r\n")
	if err := c.Close(); err != nil {
		s.t.Fatal(err)
	}
	gauges, err := s.proxy.Gauges("proxylib_policy_sources_connected")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, value := range gauges {
		connected += value
	}
	return connected
}

func TestAPolicyFolderThatIsSwitchedOrGoneIsFollowed(t *testing.T) {
	s := newFixture(t)
	for version, text := range map[string]string{"v1": policyText, "v2": widened} {
		folder := filepath.Join(s.dir, version)
		if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "policy.yaml"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	current := filepath.Join(s.dir, "current")
	lead := func(to string) {
		if err := errors.Join(os.Symlink(to, current+".tmp"), os.Rename(current+".tmp", current)); err != nil {
			t.Fatal(err)
		}
	}
	lead("v1")
	filter := s.memcacheConfig()
	filter["policy"] = config{"file": filepath.Join(current, "policy.yaml")}
	s.startEnvoy(s.startMemcached(), filter)
	c := s.dial()
	c.send("get secret/a\r\n")
	c.expect(refusal)
	lead("v2")
	c.awaitReply(s, "get secret/a\r\n", refusal, "END\r\n")

	s.eventually("the source is connected", func() bool { return s.connectedSources() == 1 })
	lead("nowhere")
	s.eventually("the source is not connected", func() bool { return s.connectedSources() == 0 })
	c.send("get secret/a\r\n")
	c.expect("END\r\n")
	lead("v1")
	c.awaitReply(s, "get secret/a\r\n", "END\r\n", refusal)
	s.eventually("the source is connected again", func() bool { return s.connectedSources() == 1 })
	for _, line := range []string{"policy file cannot be read", "policy file can be read again"} {
		if n := strings.Count(s.proxy.Log(), line); n != 1 {
			t.Errorf("Envoy's log has %d times %q", n, line)
		}
	}
}

func TestAPolicyFileThatIsWrittenSlowlyNeverAllowsMore(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	file, err := os.Create(s.policy)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(policyText, "keyPrefix: public/", "keyPrefix: other/", 1)
	for line := range strings.Lines(text) {
		if _, err := file.WriteString(line); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			c.send("get secret/a\r\nget public/a\r\n")
			c.expect(refusal + "END\r\n")
			time.Sleep(5 * time.Millisecond)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	c.awaitReply(s, "get public/a\r\n", "END\r\n", refusal)
	c.send("get other/a\r\n")
	c.expect("END\r\n")
	if strings.Contains(s.proxy.Log(), "refused") {
		t.Errorf("half of the file was read:\n%s", s.proxy.Log())
	}
}
