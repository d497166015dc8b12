package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/capturetest"
)

// learned runs learn, and returns the policy alone.
func learned(t *testing.T, args ...string) (policy, notes string) {
	t.Helper()
	command := newCommand()
	var out, other strings.Builder
	command.SetOut(&out)
	command.SetErr(&other)
	command.SetArgs(append([]string{"learn"}, args...))
	if code := exitCode(execute(command)); code != 0 {
		t.Fatalf("learn %q: %d: %s", args, code, other.String())
	}
	return out.String(), other.String()
}

// replays requires that a policy allows all requests of a recording but those that no policy allows.
func replays(t *testing.T, policy, recording string, args ...string) {
	t.Helper()
	out, err := run(append([]string{"replay", recording, "--policy", file(t, "learned.yaml", policy)}, args...)...)
	if code := exitCode(err); code != 0 && code != exitDenied {
		t.Fatalf("%v\n%s", err, policy)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, " denied ") && strings.Contains(line, `reason="no rule"`) {
			t.Errorf("denied: %sby\n%s", line, policy)
		}
	}
	if !strings.Contains(out, " allowed ") {
		t.Errorf("nothing is replayed: %s", out)
	}
}

// denies requires that a policy denies three requests, and allows none but a login.
func denies(t *testing.T, policy, recording string) {
	t.Helper()
	want := "3 requests: 0 allowed, 3 denied"
	if strings.HasSuffix(recording, "postgres.txt") {
		want = "4 requests: 1 allowed, 3 denied"
	}
	expectRun(t, exitDenied, []string{want}, "replay", recording, "--policy", file(t, "learned.yaml", policy))
}

// memcached is a capture of a client that gets many keys and sets a few.
func memcached(t *testing.T) capturetest.Packets {
	c := capturetest.New(t, "10.0.0.1:40000", "10.0.0.2:11211")
	for i := range 9 {
		c.Send(capturetest.Client, fmt.Sprintf("get public/%d public/x/%d\r\n", i, i)).Send(capturetest.Server, "END\r\n")
	}
	return c.Send(capturetest.Client, "set session:1 0 0 3\r\nabc\r\n").Send(capturetest.Server, "STORED\r\n").
		Send(capturetest.Client, "get a b\r\nversion\r\n").Send(capturetest.Server, "END\r\nVERSION 1.6.45\r\n").Packets
}

func TestLearnProposesRulesWithTheirEvidence(t *testing.T) {
	recording := pcap(t, memcached(t))
	policy, notes := learned(t, recording, "--parser", "memcache")
	for _, want := range []string{
		"- endpoint_ips: [\"10.0.0.2\"]\n", "  - port: 11211\n", "l7_proto: memcache",
		"# 9 requests; key public/0, public/1, public/2, … (18 different)\n        - rule: {command: get, keyPrefix: public/}\n",
		"# 1 request; key session:1\n        - rule: {command: set, keyExact: \"session:1\"}\n",
		"{command: get, keyRegex: \"^(?:a$|b$)\"}", "{command: version}",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is not in\n%s", want, policy)
		}
	}
	if notes != "" {
		t.Errorf("notes: %s", notes)
	}
	replays(t, policy, recording, "--parser", "memcache")
	other := capturetest.New(t, "10.0.0.1:40001", "10.0.0.2:11211").
		Send(capturetest.Client, "get secret/1\r\n").Send(capturetest.Server, "END\r\n").
		Send(capturetest.Client, "set public/1 0 0 1\r\na\r\n").Send(capturetest.Server, "STORED\r\n").
		Send(capturetest.Client, "flush_all\r\n").Send(capturetest.Server, "OK\r\n").Packets
	expectRun(t, exitDenied, []string{"3 requests: 0 allowed, 3 denied"}, "replay", pcap(t, other), "--parser", "memcache",
		"--policy", file(t, "learned.yaml", policy))
}

func TestTheLearnedPolicyOfAFilterHoldsToo(t *testing.T) {
	recording := pcap(t, memcached(t))
	policy, _ := learned(t, recording, "--parser", "memcache", "--form", "filter")
	replays(t, policy, recording, "--parser", "memcache")
	expectRun(t, 0, nil, "policy", "validate", file(t, "filter.yaml", policy))
}

func TestLearnLimitsNumbersIfItIsAsked(t *testing.T) {
	recording := pcap(t, memcached(t))
	policy, _ := learned(t, recording, "--parser", "memcache", "--limits")
	if !strings.Contains(policy, `maxValueBytes: "3"`) || !strings.Contains(policy, `maxKeys: "2"`) {
		t.Errorf("no limits in\n%s", policy)
	}
	replays(t, policy, recording, "--parser", "memcache")
}

func TestFewValuesKeepARuleEach(t *testing.T) {
	recording := pcap(t, memcached(t))
	policy, _ := learned(t, recording, "--parser", "memcache", "--exact", "100")
	if strings.Contains(policy, "keyPrefix") || strings.Count(policy, "- rule:") != 12 {
		t.Errorf("got\n%s", policy)
	}
	replays(t, policy, recording, "--parser", "memcache")
}

// logOf is the access log of a capture under a policy that allows everything.
func logOf(t *testing.T, recording, parser string, port uint16) string {
	t.Helper()
	all := fmt.Sprintf("resources:\n- endpoint_ips: [10.0.0.2]\n  ingress_per_port_policies:\n  - port: %d\n    rules:\n    - l7_proto: %s\n      l7_rules: {l7_allow_rules: [{}]}\n", port, parser)
	command := newCommand()
	var out strings.Builder
	command.SetOut(&out)
	command.SetErr(io.Discard)
	command.SetArgs([]string{"replay", recording, "--parser", parser, "--policy", file(t, "all.yaml", all), "-o", "json"})
	if err := execute(command); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLearnReadsAccessLogs(t *testing.T) {
	recording := pcap(t, memcached(t))
	log := logOf(t, recording, "memcache", 11211)
	policy, _ := learned(t, file(t, "log.json", log), "--parser", "memcache")
	for _, want := range []string{"keyPrefix: public/", `endpoint_ips: ["10.0.0.2"]`, "- port: 11211"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is not in\n%s", want, policy)
		}
	}
	replays(t, policy, recording, "--parser", "memcache")
	denied := strings.ReplaceAll(log, `"type":"request"`, `"type":"denied"`)
	expectRun(t, 1, []string{"there is no request"}, "learn", file(t, "log.json", denied), "--parser", "memcache")
	if with, _ := learned(t, file(t, "log.json", denied), "--parser", "memcache", "--denied"); strings.Count(with, "- rule:") != strings.Count(policy, "- rule:") {
		t.Errorf("with --denied:\n%s", with)
	}
	expectRun(t, 1, []string{"line 2: "}, "learn", file(t, "log.json", "{}\n{\n"), "--parser", "memcache")
}

func TestWhatIsLearnedReplaysWithoutADenialAndDeniesOtherRequests(t *testing.T) {
	recordings, err := filepath.Glob("testdata/learn/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	parsers := map[string]bool{}
	for _, recording := range recordings {
		text, err := os.ReadFile(recording)
		if err != nil {
			t.Fatal(err)
		}
		parsers[regexp.MustCompile(`(?m)^parser: (\S+)`).FindStringSubmatch(string(text))[1]] = true
		for _, exact := range []string{"1", "2", "5", "1000"} {
			for _, form := range []string{"resources", "filter"} {
				policy, _ := learned(t, recording, "--exact", exact, "--form", form)
				replays(t, policy, recording)
				if exact == "5" {
					denies(t, policy, filepath.Join("testdata/learn/other", filepath.Base(recording)))
				}
			}
		}
	}
	for _, parser := range []string{"cassandra", "memcache", "postgres", "r2d2", "redis"} {
		if !parsers[parser] {
			t.Errorf("no transcript of %s", parser)
		}
	}
}

func TestLearnRefusesWhatItCannotLearnFrom(t *testing.T) {
	recording := pcap(t, memcached(t))
	expectRun(t, 1, []string{"want resources or filter"}, "learn", recording, "--parser", "memcache", "--form", "x")
	expectRun(t, 1, []string{"--exact: want 1 or more"}, "learn", recording, "--parser", "memcache", "--exact", "0")
	expectRun(t, 1, []string{"--parser: which parser"}, "learn", recording)
	expectRun(t, 1, []string{"declares no rule keys"}, "learn", recording, "--parser", "test.passer")
	expectRun(t, 1, []string{"there is no request"}, "learn", pcap(t, capturetest.New(t, "10.0.0.1:1", "10.0.0.2:11211").Packets), "--parser", "memcache")
}

func TestValuesAreGeneralisedToPrefixesThatEndInASeparator(t *testing.T) {
	for _, c := range []struct {
		values  []string
		maximum int
		want    string
	}{
		{[]string{"a/b/1", "a/b/2", "a/c/3"}, 2, "map[a/b/1:{a/b/ false} a/b/2:{a/b/ false} a/c/3:{a/c/ false}]"},
		{[]string{"a/b/1", "a/b/2", "a/c/3"}, 1, "map[a/b/1:{a/ false} a/b/2:{a/ false} a/c/3:{a/ false}]"},
		{[]string{"a:1", "x"}, 2, "map[a:1:{a: false} x:{x true}]"},
		{[]string{"abc", "abd", "abe"}, 2, "map[abc:{ab false} abd:{ab false} abe:{ab false}]"},
		{[]string{"a", "b", "c"}, 2, "map[a:{ false} b:{ false} c:{ false}]"},
		{[]string{"a/", "b/"}, 2, "map[a/:{ false} b/:{ false}]"},
	} {
		if got := fmt.Sprint(prefixes(c.values, c.maximum)); got != c.want {
			t.Errorf("%q, %d: got %s, want %s", c.values, c.maximum, got, c.want)
		}
	}
}

func TestTextsAreQuotedWhereYAMLTakesThemForSomethingElse(t *testing.T) {
	for text, want := range map[string]string{
		"public/": "public/", "get": "get", "no": `"no"`, "Yes": `"Yes"`, "1": `"1"`, "@read": `"@read"`, "a: b": `"a: b"`, "<&>": `"<&>"`,
		`a"b`: `"a\"b"`, "config|get": "config|get", "": `""`, "*": `"*"`,
	} {
		if got := yamlText(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
