//go:build e2e

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/proxylib/proxylib/test/envoy"
)

func TestGomemcacheWorksAndSeesDenials(t *testing.T) {
	s := memcached(t)
	c := memcache.New(s.proxy.Addr)
	c.Timeout = patience
	if err := c.Set(&memcache.Item{Key: "public/a", Value: []byte("A"), Flags: 7}); err != nil {
		t.Fatal(err)
	}
	item, err := c.Get("public/a")
	if err != nil || string(item.Value) != "A" || item.Flags != 7 {
		t.Fatalf("got %v, %v", item, err)
	}
	if _, err := c.Get("public/none"); !errors.Is(err, memcache.ErrCacheMiss) {
		t.Errorf("a key that is not there: %v", err)
	}
	items, err := c.GetMulti([]string{"public/a", "public/none"})
	if err != nil || len(items) != 1 {
		t.Errorf("several keys: %v, %v", items, err)
	}
	for name, err := range map[string]error{
		"get":    second(c.Get("secret/a")),
		"set":    c.Set(&memcache.Item{Key: "secret/a", Value: []byte("A")}),
		"delete": c.Delete("public/a"),
		"incr":   second(c.Increment("public/a", 1)),
		"flush":  c.FlushAll(),
	} {
		if err == nil || !strings.Contains(err.Error(), "access denied") {
			t.Errorf("%s: %v, want a denial", name, err)
		}
	}
	if item, err := c.Get("public/a"); err != nil || string(item.Value) != "A" {
		t.Errorf("after denials: %v, %v", item, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestPymemcacheWorksAndSeesDenials(t *testing.T) {
	runPython(t, "pymemcache_client.py", memcached(t))
}

func TestAMetaClientWorksAndSeesDenials(t *testing.T) {
	runPython(t, "meta_client.py", memcached(t))
}

func TestABinaryClientWithSASLWorksAndSeesDenials(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(policyText + "        - rule: {command: sasl-list-mechs}\n        - rule: {command: sasl-auth}\n" +
		"        - rule: {command: noop}\n")
	if err := envoy.AddSASLUser(s.dir); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SASL_CONF_PATH", s.dir)
	filter := s.memcacheConfig()
	filter["parser_config"] = config{}
	s.startEnvoy(s.startMemcached("-S"), filter)
	runPython(t, "sasl_client.py", s)
	if log := s.entryLines(); !strings.Contains(log, "PLAIN") || strings.Contains(log, "hush-hush") {
		t.Errorf("the access log lacks the mechanism, or has the password:\n%s", log)
	}
}

// runPython runs a client of testdata against the proxy. It ends with an error if anything is unexpected.
func runPython(t *testing.T, script string, s *fixture) {
	t.Helper()
	host, port, _ := strings.Cut(s.proxy.Addr, ":")
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	client := exec.Command("python3", filepath.Join("testdata", script), host, port)
	client.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "build", "python"), "PYTHONDONTWRITEBYTECODE=1")
	if out, err := client.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheDemoShowsTheExpectedVerdicts(t *testing.T) {
	demo := exec.Command("go", "run", "../demo", "-envoy", *version)
	out, err := demo.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "Every verdict was the expected one.\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
