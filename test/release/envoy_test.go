//go:build e2e

package release

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

const policy = `resources:
- endpoint_ips: [127.0.0.1]
  endpoint_id: 1
  ingress_per_port_policies:
  - port: 11211
    rules:
    - l7_proto: memcache
      l7_rules:
        l7_allow_rules:
        - rule: {command: get, keyPrefix: public/}
`

func TestTheLibraryServesInEnvoy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	memcached, err := envoy.StartMemcached(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { memcached.Stop() })
	proxy, err := envoy.Start(envoy.Config{
		Version: *envoyVersion, Dir: dir, Upstream: memcached.Addr, Library: filepath.Join(unpack(t, "amd64"), "lib", "proxylib"),
		FilterConfig: fmt.Sprintf(`{"parser": "memcache", "policy_name": "127.0.0.1", "port": 11211, "policy": {"file": %q}}`, path),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
	})
	requireVerdicts(t, proxy.Addr)
	if !strings.Contains(proxy.Log(), commit(t)) {
		t.Errorf("%q is not in the log:\n%s", commit(t), proxy.Log())
	}
}

// requireVerdicts sends a request that passes and one that is denied, through a proxy in front of memcached.
func requireVerdicts(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "get public/a\r\nget secret/b\r\n")
	replies := bufio.NewReader(conn)
	for _, want := range []string{"END\r\n", "CLIENT_ERROR access denied\r\n"} {
		if got, err := replies.ReadString('\n'); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
}
