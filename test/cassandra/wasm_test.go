//go:build e2e

package cassandra

import (
	"path/filepath"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/apache/cassandra-gocql-driver/v2/lz4"

	"github.com/proxylib/proxylib/test/envoy"
)

// restrictedInline is the policy restricted, in the configuration of a Proxy-Wasm plugin.
const restrictedInline = `{"parser": "cassandra", "policy": {
	"deny": [{"keyspace": "e2e", "table": "hidden"}],
	"allow": [{"query_action": "select", "keyspace": "system"}, {"query_action": "select", "keyspace": "system_schema"},
		{"query_action": "select", "keyspace": "system_virtual_schema"},
		{"query_action": "select", "query_table": "^e2e\\."}, {"query_action": "insert", "query_table": "^e2e\\."}]}}`

func TestTheGoDriverSeesTheSameDenialsThroughTheWasmPlugin(t *testing.T) {
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, direct: dialAs(t, address, account{})}
	s.makeTables()
	proxy, err := envoy.Start(envoy.Config{
		Version: *envoyVersion, Dir: t.TempDir(), Upstream: address, FilterConfig: restrictedInline,
		Wasm: filepath.Join(root, "build", "proxylib.wasm"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
	})
	secret := s.direct.execute("SELECT * FROM secret.t")
	for _, form := range []struct {
		name       string
		version    int
		compressor gocql.Compressor
	}{{"4 none", 4, nil}, {"4 lz4", 4, lz4.LZ4Compressor{}}, {"5 none", 5, nil}, {"5 lz4", 5, lz4.LZ4Compressor{}}} {
		t.Run(form.name, func(t *testing.T) {
			c := openGocql(t, proxy.Addr, func(c *gocql.ClusterConfig) { c.ProtoVersion, c.Compressor = form.version, form.compressor })
			c.requireVerdicts()
			c.requireRequestsInFlight()
		})
	}
	if now := s.direct.execute("SELECT * FROM secret.t"); now != secret {
		t.Errorf("secret.t is now %q", now)
	}
}
