//go:build e2e

package traffic

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/postgres/server"
)

var (
	servers      = flag.String("servers", "/usr/lib/postgresql/15/bin", "folders with the programs of PostgreSQL, separated by commas")
	envoyVersion = flag.String("envoy", "", "version of Envoy in build/envoy that clients are proxied by")
	pgbouncers   = flag.String("pgbouncer", "", "programs of PgBouncer, with a comma between them: one before 1.21, and the newest")
	drivers      = flag.Bool("drivers", false, "also the clients that only the long tests have")
)

// eachServer runs a test with each server.
func eachServer(t *testing.T, test func(t *testing.T, s *server.Server)) {
	for bin := range strings.SplitSeq(*servers, ",") {
		t.Run(filepath.Base(strings.TrimSuffix(strings.TrimSuffix(bin, "/bin"), "/pginstall")), func(t *testing.T) { test(t, start(t, bin)) })
	}
}

// start starts a server with tables, which the end of the test stops.
func start(t *testing.T, bin string, args ...string) *server.Server {
	t.Helper()
	s, err := server.Start(bin, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	ask(t, s, schema)
	return s
}

// schema are tables that restricted clients may use, and one that they may not.
const schema = `
	CREATE TABLE public.item (id int PRIMARY KEY, name text, price numeric);
	INSERT INTO public.item SELECT n, 'item ' || n, n / 2.0 FROM generate_series(1, 100) n;
	CREATE TABLE public.secret (id int PRIMARY KEY, word text);
	INSERT INTO public.secret VALUES (1, 'tomato');
	CREATE VIEW public.cheap AS SELECT * FROM public.item WHERE price < 10;
	CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
`

// ask returns what queries of a superuser return.
func ask(t *testing.T, s *server.Server, text string) string {
	t.Helper()
	out, err := s.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// proxied starts an Envoy in front of a server, with the rules, each in JSON, and returns its address.
func proxied(t *testing.T, s *server.Server, rules ...string) string {
	t.Helper()
	return proxiedAs(t, s, envoy.Config{}, nil, rules...)
}

// proxiedAs does so with an Envoy and a parser that are configured in a special way.
func proxiedAs(t *testing.T, s *server.Server, proxy envoy.Config, parser map[string]any, rules ...string) string {
	t.Helper()
	return proxiedTo(t, s.Addr, proxy, parser, rules...)
}

// proxiedTo does so before an address.
func proxiedTo(t *testing.T, upstream string, proxy envoy.Config, parser map[string]any, rules ...string) string {
	t.Helper()
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yaml")
	text := "resources:\n- endpoint_ips: [127.0.0.1]\n  ingress_per_port_policies:\n  - port: 5432\n    rules:\n" +
		"    - {name: rules, l7_proto: postgres, l7_rules: {l7_allow_rules: [" + strings.Join(rules, ", ") + "]}}\n"
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"parser": "postgres", "parser_config": parser, "policy_name": "127.0.0.1", "port": 5432, "policy": map[string]string{"file": policy},
		"access_log": map[string]string{"file": filepath.Join(dir, "access.log")}, "log": "request",
	})
	if err != nil {
		t.Fatal(err)
	}
	proxy.Version, proxy.Dir, proxy.Upstream, proxy.FilterConfig = *envoyVersion, dir, upstream, string(config)
	running, err := envoy.Start(proxy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop() })
	return running.Addr
}

// restricted are rules that allow everything but the table secret, and changes of the schema.
var restricted = []string{
	`{"rule": {"operation": "select", "table": "item"}}`, `{"rule": {"operation": "insert", "table": "item"}}`,
	`{"rule": {"operation": "update", "table": "item"}}`, `{"rule": {"operation": "delete", "table": "item"}}`,
	`{"rule": {"operation": "copy", "table": "item"}}`, `{"rule": {"operation": "select", "table_prefix": "pg_"}}`,
	`{"rule": {"operation": "function", "schema": "pg_catalog"}}`, `{"rule": {"function": "twice"}}`,
	`{"rule": {"operation": "select_for_update", "table": "item"}}`,
}
