package chost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParametersThatCanNotBeUsedAreRefusedWithAReason(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.yaml")
	text := "resources:\n- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n  - port: 80\n    rules:\n" +
		"    - l7_proto: r2d2\n      l7_rules: {l7_allow_rules: [{rule: {colour: red}}]}\n"
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ params, message string }{
		{"xds=/run/xds", `unknown parameter \"xds\"; use access-log-path, access-log-server, access-logs, audit, log, log-level,`},
		{"node-id=a node-id=b", "parameter node-id is given twice"},
		{"log-level=loud", `log level \"loud\" is unknown; use error, warning, info, debug or trace`},
		{"xds-path=/run/xds policy-path=" + policies, "both a policy server and a policy file are named"},
		{"audit=yes", `parameter audit: \"yes\" is unknown; use true or false`},
		{"max-connections=0", `parameter max-connections: \"0\" is unknown; use a number above 0`},
		{"max-connections=many", `parameter max-connections: \"many\" is unknown`},
		{"log-queue-bytes=-1", `parameter log-queue-bytes: \"-1\" is unknown`},
		{"max-connections=1000000000", "limit of connections: 1000000000 is out of range: give at most"},
		{"xds-path=xds.sock", `policy server \"xds.sock\": want the absolute path of a Unix socket`},
		{"policy-path=" + filepath.Join(dir, "none.yaml"), "none.yaml: no such file or directory"},
		{"policy-path=" + broken, `key colour: is unknown, use cmd, file or access`},
		{"policy-path=" + broken, "broken.yaml: line 2: "},
	} {
		p := start(t, built.plain)
		if _, ok := p.try("open %s", c.params); ok {
			t.Errorf("%s: accepted", c.params)
		}
		p.do("open policy-path=%s", policies)
		p.end()
		if log := p.log.String(); !strings.Contains(log, c.message) || !strings.Contains(log, "the parameters are refused") {
			t.Errorf("%s: log is %s, want %s", c.params, log, c.message)
		}
	}
}

func TestWithoutAPolicyEverythingIsRefused(t *testing.T) {
	p := start(t, built.plain)
	p.do("open node-id=a")
	p.do("split %s", refused)
	p.awaitLog(t, "no policy is configured: every request is denied")
}

func TestWithoutItsPolicyServerEverythingIsRefusedUntilItComes(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "xds")
	p := start(t, built.plain)
	p.do("open xds-path=%s", socket)
	p.do("split %s", refused)
	p.awaitLog(t, "everything is refused until it replies")

	server := servePolicies(t, socket)
	server.Accepted(t)
	p.do("split %s", transcripts)

	server.Stop()
	p.awaitLog(t, "the last policy stays in force")
	p.do("split %s", transcripts)
}

func TestTrafficDoesNotWaitForTheSocketOfTheAccessLog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	p := start(t, built.plain)
	p.do("open policy-path=%s access-log-path=%s", policies, socket)
	p.do("split %s", transcripts)
	p.awaitLog(t, "entries are lost until")

	receiver := receive(t, socket)
	await(t, func() bool {
		p.do("once %s", transcripts)
		entry, err := receiver.Next(100 * time.Millisecond)
		return err == nil && entry.GetGenericL7().GetFields()["lost"] != ""
	}, func() string { return "no entry tells how many were lost" })
}

func TestTheReasonForAClosedConnectionIsInTheDebugLog(t *testing.T) {
	for _, c := range []struct {
		level string
		told  bool
	}{{"", false}, {"debug", true}, {"log-level=debug", true}, {"log-level=info debug", false}} {
		p := start(t, built.plain)
		p.do("open policy-path=%s %s", policies, c.level)
		p.do("once %s", transcripts)
		p.end()
		told := strings.Contains(p.log.String(), "connection closed: memcache: TLS on a plaintext port")
		if told != c.told {
			t.Errorf("%q: told %v, want %v", c.level, told, c.told)
		}
	}
}
