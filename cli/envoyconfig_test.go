package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheConfigurationHasThePolicyOfTheFile(t *testing.T) {
	const rules = "allow:\n- {command: get, keyPrefix: public/}\n"
	alone := file(t, "policy.yaml", rules)
	inFilter := file(t, "filter.yaml", "parser: memcache\npolicy:\n  allow:\n  - {command: get, keyPrefix: public/}\n")
	for _, path := range []string{alone, inFilter} {
		out := expectRun(t, 0, []string{"                allow:\n                  - {command: get, keyPrefix: public/}\n"},
			"envoy-config", "-p", "memcache", "-u", "127.0.0.1:11211", "--policy", path)
		if strings.Contains(out, "policy_name") {
			t.Errorf("got %s", out)
		}
		expectRun(t, 0, []string{"1 inline policies are valid"}, "policy", "validate", file(t, "envoy.yaml", out))
	}
	expectRun(t, 0, []string{"allow: all"}, "envoy-config", "-p", "memcache", "-u", "cache:11211")
	resources := file(t, "policy.yaml", cacheResources)
	expectRun(t, 0, []string{"policy_name: 10.0.0.1\n", "port: 11211\n", "file: " + resources + "\n"},
		"envoy-config", "-p", "memcache", "-u", "10.0.0.1:11211", "--policy", resources)
}

func TestWrongFlagsOfAListenerAreRefused(t *testing.T) {
	wrong := file(t, "wrong.yaml", "allow:\n- {comand: get}\n")
	other := file(t, "other.yaml", "parser: r2d2\npolicy: {allow: all}\n")
	resources := file(t, "policy.yaml", cacheResources)
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{1, []string{"-u", "a:1"}, `"parser" not set`},
		{1, []string{"-p", "memcache"}, `"upstream" not set`},
		{1, []string{"-p", "memcached", "-u", "a:1"}, `--parser: "memcached" is not in this build, which has cassandra`},
		{1, []string{"-p", "memcache", "-u", "a"}, `--upstream: "a": want HOST:PORT`},
		{1, []string{"-p", "memcache", "-u", "a:1", "-l", "here:1"}, `--listen: "here" is not an IP address`},
		{1, []string{"-p", "memcache", "-u", "a:1", "--policy", filepath.Join(t.TempDir(), "none")}, "--policy: open"},
		{2, []string{"-p", "memcache", "-u", "a:1", "--policy", wrong}, wrong + ": line 1: policy: allow: memcache rule 0: key comand: is unknown"},
		{2, []string{"-p", "memcache", "-u", "a:1", "--policy", other}, other + ": holds policies for other parsers than memcache"},
		{1, []string{"-p", "memcache", "-u", "cache:1", "--policy", resources}, "--upstream: the policy is for an address"},
		{2, []string{"-p", "memcache", "-u", "a:1", "--policy", file(t, "x.yaml", "resources: 7\n")}, "want a list of resources"},
		{1, []string{"-p", "memcache", "-u", "10.0.0.1:1", "--policy", resources, "-o", "istio"}, "--output istio: the policy must be in"},
		{1, []string{"-p", "memcache", "-u", "a:1", "-o", "helm"}, "--output helm: want one of envoy, gateway, istio, kubernetes"},
	} {
		expectRun(t, c.code, []string{c.want}, append([]string{"envoy-config"}, c.args...)...)
	}
}

func TestRunSaysWhatIsMissing(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	listener := []string{"run", "-p", "memcache", "-u", "127.0.0.1:11211"}
	expectRun(t, 1, []string{"there is no libproxylib.so in build: make one with proxylib build"}, listener...)
	expectRun(t, 1, []string{"--library: none.so is not a file"}, append(listener, "--library", "none.so")...)
	if err := os.WriteFile("some.so", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(libraryVariable, "some.so")
	expectRun(t, 1, []string{"there is no Envoy in the PATH"}, listener...)
	expectRun(t, 1, []string{"--envoy: "}, append(listener, "--envoy", "./none")...)
}

func TestLinesOfTheAccessLogAreReadable(t *testing.T) {
	var out strings.Builder
	log := &logText{to: &out}
	for _, piece := range []string{
		`{"type":"denied","source":"127.0.0.1:4","proto":"memcache","fields":{"keys":"a","command":"get"},"ru`,
		`le":"inline","reason":"deny rule inline"}` + "\nnot an entry\x1b[2J\n{\"type\":\"request\",\"source\":\"127.0.0.1:4\",", `"proto":"memcache"}` + "\n", "begun",
	} {
		if n, err := log.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	want := `denied   127.0.0.1:4 memcache command="get" keys="a" rule=inline reason="deny rule inline"` + "\n" +
		"not an entry�[2J\nrequest  127.0.0.1:4 memcache\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
