//go:build e2e

package cassandra

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// suite is the tests of a Go driver that ask a server, as its module has them.
type suite struct {
	// module is what "go mod download" takes: the version of the second one is that of go.mod.
	module string
	// forms are versions of the protocol, 0 for the negotiated one, and compressions.
	forms []suiteForm
	// least is how many tests pass at least on the server alone, so that a suite that has not run is noticed.
	least int
}

type suiteForm struct{ version, compression string }

var suites = []suite{
	{"github.com/gocql/gocql@v1.7.0", []suiteForm{{"4", "snappy"}}, 150},
	{"github.com/apache/cassandra-gocql-driver/v2", []suiteForm{{"4", "snappy"}, {"5", "lz4"}}, 350},
}

const (
	// suiteTime is how long one run of a suite may take.
	suiteTime = 5 * time.Minute
	// foreignTests reach servers of their own: one starts a container, the other one connects to port 9042.
	foreignTests = "^(TestDocker|TestDiscoverViaProxy)$"
	// The tests of payloads and of failed writes want a server that returns payloads, and fails writes to keyspace test.
	suiteServer = "CASSANDRA_JVM=-Dcassandra.test.fail_writes_ks=test " +
		"-Dcassandra.custom_query_handler_class=org.apache.cassandra.cql3.CustomPayloadMirroringQueryHandler"
)

// With -drivers the whole of every suite runs, else a few seconds of the newest one.
func TestTheGoDriversOwnTestsEndTheSameThroughUs(t *testing.T) {
	if !*everyDriver {
		newest := suites[len(suites)-1]
		newest.compare(t, address, newest.forms[len(newest.forms)-1], "Batch|CAS|Paging|Prepare|Tuple|UDT|Vector|Map|Slice|Trace|Large", 30)
		return
	}
	server := newServer(t, suiteServer)
	for _, s := range suites {
		for _, form := range s.forms {
			t.Run(strings.Join([]string{s.module, form.version, form.compression}, " "), func(t *testing.T) {
				s.compare(t, server.address, form, ".", s.least)
			})
		}
	}
}

// compare runs the tests of a suite that a pattern selects, on the server alone and then through Envoy.
func (s suite) compare(t *testing.T, server string, form suiteForm, pattern string, least int) {
	t.Helper()
	program := s.build(t)
	stage := newStageBefore(t, server, account{}, allowAll, nil)
	past := runSuite(t, program, server, form, pattern)
	through := runSuite(t, program, stage.proxy.Addr, form, pattern)
	requireSameLines(t, past, through)
	ends := map[string]int{}
	for _, test := range past {
		ends[test[:len("PASS")]]++
	}
	t.Logf("with us and without: %v", ends)
	if ends["PASS"] < least {
		t.Errorf("%d tests pass without us, want at least %d", ends["PASS"], least)
	}
	stage.requireNoDenial(10 * least)
}

// build compiles the tests of the module. They belong to its package, so that is where they are compiled: in a copy, as Go
// keeps modules read-only.
func (s suite) build(t *testing.T) (program string) {
	t.Helper()
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(runGo(t, ".", "mod", "download", "-json", s.module)), &module); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(module.Dir)); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(copied, "suite.test")
	runGo(t, copied, "test", "-c", "-tags", "cassandra integration", "-o", program, ".")
	return program
}

func runGo(t *testing.T, dir string, arguments ...string) (out string) {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Dir = dir
	var failure bytes.Buffer
	command.Stderr = &failure
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, failure.String())
	}
	return string(text)
}

// outcome is a line that tells how a test ended, without the time that it took.
var outcome = regexp.MustCompile(`(?m)^ *--- ((?:PASS|FAIL|SKIP): \S+)`)

// runSuite returns the outcomes of the tests that a pattern selects, sorted.
func runSuite(t *testing.T, program, to string, form suiteForm, pattern string) (outcomes []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), suiteTime)
	defer cancel()
	command := exec.CommandContext(ctx, program, "-test.v", "-test.run", pattern, "-test.skip", foreignTests,
		"-cluster", to, "-proto", form.version, "-compressor", form.compression, "-gocql.cversion", *cassandraVersion,
		"-gocql.timeout", (3 * patience).String(), "-autowait", "200ms")
	command.Dir = filepath.Dir(program)
	// Tests that fail on the server alone make it return an error: what counts is that the same ones do.
	text, err := command.CombinedOutput()
	if ctx.Err() != nil || !bytes.HasSuffix(bytes.TrimSpace(text), []byte("PASS")) && !bytes.HasSuffix(bytes.TrimSpace(text), []byte("FAIL")) {
		t.Fatalf("the tests have not come to their end: %v\n%s", err, text)
	}
	for _, match := range outcome.FindAllSubmatch(text, -1) {
		outcomes = append(outcomes, string(match[1]))
	}
	slices.Sort(outcomes)
	return outcomes
}
