//go:build e2e

package cassandra

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

// policyHead is a policy up to its rules.
const policyHead = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 9042
    rules:
    - name: e2e
      l7_proto: cassandra
      l7_rules:
`

const (
	// allowAll lets every request pass that the parser understands.
	allowAll = policyHead + "        l7_allow_rules: [{}]\n"
	// restricted is the policy that testdata/verdicts.json is about.
	restricted = policyHead + `        l7_deny_rules:
        - rule: {keyspace: e2e, table: hidden}
        l7_allow_rules:
        - rule: {query_action: select, keyspace: system}
        - rule: {query_action: select, keyspace: system_schema}
        - rule: {query_action: select, keyspace: system_virtual_schema}
        - rule: {query_action: select, query_table: '^e2e\.'}
        - rule: {query_action: insert, query_table: '^e2e\.'}
`
)

// stage is an Envoy with our filter before the server, and the tables that tests use.
type stage struct {
	t                 *testing.T
	proxy             *envoy.Proxy
	policy, accessLog string
	// direct is a connection past the filter, probe one through it.
	direct, probe *link
}

// newStage runs an Envoy until the test ends. It must end as asked, and may not have closed a connection by itself.
func newStage(t *testing.T, policy string) *stage { return newStageAs(t, policy, nil) }

// newStageAs does so with more settings of the filter.
func newStageAs(t *testing.T, policy string, settings map[string]any) *stage {
	t.Helper()
	return newStageBefore(t, address, account{}, policy, settings)
}

// newStageBefore does so before another server, and logs in there as a superuser if it has one.
func newStageBefore(t *testing.T, server string, superuser account, policy string, settings map[string]any) *stage {
	t.Helper()
	dir := t.TempDir()
	s := &stage{t: t, policy: filepath.Join(dir, "policy.yaml"), accessLog: filepath.Join(dir, "access.log")}
	s.direct = dialAs(t, server, superuser)
	s.makeTables()
	s.writePolicy(policy)
	all := map[string]any{
		"parser": "cassandra", "policy_name": "127.0.0.1", "port": 9042,
		"policy": map[string]any{"file": s.policy}, "access_log": map[string]any{"file": s.accessLog}, "log": "request",
	}
	maps.Copy(all, settings)
	filter, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	s.proxy, err = envoy.Start(envoy.Config{
		Version: *envoyVersion, Dir: dir, Upstream: server, FilterConfig: string(filter),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	// Policies and identities may come from a server, one after the other.
	s.eventually("clients are admitted", func() bool { return admitted(t, s.proxy.Addr) })
	s.probe = dialAs(t, s.proxy.Addr, superuser)
	return s
}

// stop ends Envoy.
func (s *stage) stop() {
	s.t.Helper()
	counters, err := s.proxy.Counters("proxylib.cassandra.closed")
	if err != nil || len(counters) != 1 {
		s.t.Errorf("the counter of closed connections: %v, %v", counters, err)
	}
	for name, closed := range counters {
		if closed != 0 {
			connections, err := s.proxy.ConnectionLog()
			s.t.Errorf("%s is %d: %v\n%s", name, closed, err, connections)
		}
	}
	if err := s.proxy.Stop(); err != nil {
		s.t.Error(err)
	}
	if s.t.Failed() {
		s.t.Logf("Envoy's log:\n%s", s.proxy.Log())
	}
}

// makeTables makes the tables of the tests, with a row in those that no client may see.
func (s *stage) makeTables() {
	s.t.Helper()
	for _, text := range []string{
		"CREATE KEYSPACE IF NOT EXISTS e2e" + replicated,
		"CREATE KEYSPACE IF NOT EXISTS secret" + replicated,
		"CREATE TABLE IF NOT EXISTS e2e.t (k int, c int, v text, PRIMARY KEY (k, c))",
		`CREATE TABLE IF NOT EXISTS e2e."Quoted" (k int PRIMARY KEY, v text)`,
		"CREATE TABLE IF NOT EXISTS e2e.hidden (k int PRIMARY KEY, v text)",
		"CREATE TABLE IF NOT EXISTS secret.t (k int PRIMARY KEY, v text)",
		"INSERT INTO e2e.hidden (k, v) VALUES (1, 'kept')",
		"INSERT INTO secret.t (k, v) VALUES (1, 'kept')",
	} {
		s.direct.execute(text)
	}
}

func (s *stage) writePolicy(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.policy+".new", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.policy+".new", s.policy); err != nil {
		s.t.Fatal(err)
	}
}

// enforce puts another policy in force: keyspace secret is open to a client under allowAll, and under no other.
func (s *stage) enforce(policy string) {
	s.t.Helper()
	s.writePolicy(policy)
	s.eventually("the policy is in force", func() bool {
		op, answer := s.probe.query("SELECT * FROM secret.t")
		if op != opResult && !unauthorized(answer) {
			s.t.Fatalf("the server answers %q", answer)
		}
		return (op == opResult) == (policy == allowAll)
	})
}

func (s *stage) eventually(what string, holds func() bool) {
	s.t.Helper()
	eventually.Holds(s.t, what, holds)
}
