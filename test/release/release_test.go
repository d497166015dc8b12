//go:build e2e

package release

import (
	"bufio"
	"debug/elf"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var (
	version = flag.String("envoy", "1.40.0", "version of Envoy")
	glibc   = flag.String("glibc", "2.28", "the newest version of glibc that the library may need")
)

func folder(t *testing.T) string {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "build", "release")
}

func open(t *testing.T) *elf.File {
	t.Helper()
	library, err := elf.Open(filepath.Join(folder(t), "libproxylib.so"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { library.Close() })
	return library
}

// number makes a version such as "2.28" comparable.
func number(t *testing.T, version string) int {
	t.Helper()
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		t.Fatalf("version %q: %v", version, err)
	}
	return major<<16 | minor
}

func TestTheLibraryNeedsNoNewerCLibraryThanItIsBuiltFor(t *testing.T) {
	symbols, err := open(t).ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	versioned := 0
	for _, s := range symbols {
		if needs, ok := strings.CutPrefix(s.Version, "GLIBC_"); ok {
			versioned++
			if number(t, needs) > number(t, *glibc) {
				t.Errorf("%s needs glibc %s, want at most %s", s.Name, needs, *glibc)
			}
		}
	}
	if versioned == 0 {
		t.Error("no symbol has a version of glibc: nothing was tested")
	}
}

func TestTheLibraryExportsWhatItsHostsCall(t *testing.T) {
	symbols, err := open(t).DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for _, s := range symbols {
		exported[s.Name] = s.Section != elf.SHN_UNDEF
	}
	for _, name := range []string{"OpenModule", "CloseModule", "OnNewConnection", "OnData", "Close", "envoy_dynamic_module_on_program_init"} {
		if !exported[name] {
			t.Errorf("%s is not exported", name)
		}
	}
}

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
		Version: *version, Dir: dir, Upstream: memcached.Addr, Library: folder(t),
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
	conn, err := net.Dial("tcp", proxy.Addr)
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
