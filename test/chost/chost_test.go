package chost

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/xdstest"
)

const (
	transcripts = "testdata/transcripts.txt"
	measured    = "testdata/bench.txt"
	refused     = "testdata/refused.txt"
	policies    = "testdata/policy.yaml"
)

// eachBuild runs a test with the program as it is and with the one that watches its memory.
func eachBuild(t *testing.T, test func(t *testing.T, p *program)) {
	t.Run("plain", func(t *testing.T) { test(t, start(t, built.plain)) })
	if built.sanitized != "" {
		t.Run("sanitized", func(t *testing.T) { test(t, start(t, built.sanitized)) })
	}
}

// servePolicies serves the policies of testdata/policy.yaml.
func servePolicies(t testing.TB, socket string) *xdstest.Server {
	t.Helper()
	return xdstest.Serve(t, socket, policyText(t))
}

func policyText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(policies)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// openServed opens an instance with a policy server behind it.
func openServed(t *testing.T, p *program) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "xds")
	server := servePolicies(t, socket)
	p.do("open xds-path=%s node-id=node-7", socket)
	if node := server.Accepted(t); node != "node-7" {
		t.Errorf("the policy server knows node %q", node)
	}
}

func TestTranscriptsComeOutTheSameInEverySegmentation(t *testing.T) {
	eachBuild(t, func(t *testing.T, p *program) {
		openServed(t, p)
		p.do("split %s", transcripts)
	})
}

// testPolicy is the policy of the transcripts in testdata/testparsers.txt.
const testPolicy = `resources:
- endpoint_ips: [10.0.0.1]
  endpoint_id: 1
  ingress_per_port_policies:
  - port: 5000
    rules:
    - name: lines
      l7_proto: test.headerparser
      l7_rules:
        l7_allow_rules:
        - rule: {prefix: good}
`

func TestTheParsersForTestsComeOutTheSameInEverySegmentation(t *testing.T) {
	library, policy := testLibrary(t), writeFile(t, testPolicy)
	for _, binary := range []string{built.plain, built.sanitized} {
		p := startWith(t, binary, library)
		p.do("open policy-path=%s", policy)
		p.do("split testdata/testparsers.txt")
	}
}

// The parsers for tests ask no policy, so nobody may be able to configure them.
func TestTheLibraryHasNoParsersForTests(t *testing.T) {
	text, err := os.ReadFile(built.library)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, built.plain)
	p.do("open policy-path=%s", policies)
	for _, name := range []string{"test.passer", "test.lineparser", "test.blockparser", "test.headerparser", "test.faulty"} {
		p.do("once %s", writeFile(t, "case none\nconnect "+name+" 4040 7\nresult unknown parser\n"))
		if bytes.Contains(text, []byte(name)) {
			t.Errorf("%s is in the library", name)
		}
	}
	if bytes.Contains(text, []byte("proxylib/testparsers")) {
		t.Error("the package testparsers is in the library")
	}
}

// noLogin says that memcached requires no login: a large value as the first request would wait elsewhere, and is denied where
// the host cannot wait.
const noLogin = `{"memcache":{"auth":"none"}}`

func TestWhatIsMeasuredComesOutAsExpected(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	receiver := receive(t, socket)
	p := start(t, built.plain)
	p.do("open policy-path=%s access-log-path=%s parser-config=%s", policies, socket, noLogin)
	p.do("once %s", measured)
	requireEntries(t, receiver, wantEntries(t, measured))
}

func TestManyThreadsGetTheirOwnVerdicts(t *testing.T) {
	eachBuild(t, func(t *testing.T, p *program) {
		openServed(t, p)
		p.do("threads %s 8 400", transcripts)
	})
}

func TestAnOutcomeOtherThanExpectedIsFound(t *testing.T) {
	text, err := os.ReadFile(transcripts)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.txt")
	text = []byte(strings.Replace(string(text), "to-client ERROR", "to-client error", 1))
	if err := os.WriteFile(wrong, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, built.plain)
	p.do("open policy-path=%s", policies)
	for _, command := range []string{"once %s", "split %s", "threads %s 2 100"} {
		if _, ok := p.try(command, wrong); ok {
			t.Errorf("%s: not found", command)
		}
	}
}

func TestCallsThatAProxyMustNotMakeAreRefused(t *testing.T) {
	eachBuild(t, func(t *testing.T, p *program) {
		p.do("open policy-path=%s", policies)
		p.do("misuse %s", transcripts)
		for _, message := range []string{
			"unknown parser; this library has cassandra, memcache,", "its number is in use by an open connection",
			"the host gave no buffer for injected bytes",
		} {
			p.awaitLog(t, message)
		}
		p.do("once %s", transcripts)
	})
}

func TestEntriesArriveAtTheSocketOfTheAccessLog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	receiver := receive(t, socket)
	p := start(t, built.plain)
	p.do("open policy-path=%s access-log-path=%s", policies, socket)
	p.do("once %s", transcripts)
	requireEntries(t, receiver, wantEntries(t, transcripts))
}

func TestEntriesThatWaitAreDeliveredWhenTheInstanceIsClosed(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	receiver := receive(t, socket)
	p := start(t, built.plain)
	p.do("open policy-path=%s access-log-path=%s", policies, socket)
	p.do("once %s", transcripts)
	p.do("close 1")
	p.do("once %s", "testdata/closed.txt")
	requireEntries(t, receiver, wantEntries(t, transcripts))
}

func TestEqualParametersShareAnInstance(t *testing.T) {
	p := start(t, built.plain)
	open := func(params string) string {
		t.Helper()
		return strings.Join(p.do("open %s", params), "\n")
	}
	one := "policy-path=" + policies + " node-id=a"
	first := open(one)
	if again := open("node-id=a policy-path=" + policies + " debug"); again != first {
		t.Errorf("equal parameters gave %s and %s", first, again)
	}
	if other := open("node-id=b policy-path=" + policies); other == first {
		t.Errorf("different parameters gave %s twice", first)
	}
	number := strings.TrimPrefix(first, "instance ")
	p.do("close %s", number)
	if still := open(one); still != first {
		t.Errorf("the instance was closed while it was in use: got %s, had %s", still, first)
	}
	p.do("close %s", number)
	p.do("close %s", number)
	p.do("close %s", number)
	if later := open(one); later == first {
		t.Errorf("the number of a closed instance was used again: %s", later)
	}
}
