//go:build e2e

package redis

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var (
	suites = flag.String("suites", "", "folders of the tests that come with Redis, with commas between them, each of the version of one of -servers")
	units  = flag.String("units", "unit/protocol unit/multi unit/pubsub", "tests of the suites, with spaces between them")
)

// unitTime is how long one unit of a suite may take.
const unitTime = 5 * time.Minute

// TestRedisOwnTestsComeOutAsOnTheBareServer runs tests that come with Redis against the server, and through Envoy with a policy
// that allows everything.
func TestRedisOwnTestsComeOutAsOnTheBareServer(t *testing.T) {
	for folder := range strings.SplitSeq(*suites, ",") {
		version := suiteVersion(t, folder)
		t.Run(version, func(t *testing.T) {
			program := serverOf(t, version)
			results := map[string]int{}
			for unit := range strings.FieldsSeq(*units) {
				if contains(t, folder, unit) {
					t.Run(unit, func(t *testing.T) { compareUnit(t, folder, unit, program, results) })
				}
			}
			if results["ok"] == 0 {
				t.Error("no test has passed")
			}
			t.Logf("results on the bare server: %v", results)
		})
	}
}

// tries is how often a unit is run through us until it comes out as without: a few tests require that the server gets what
// one connection sends before what another one does, which is not certain through any proxy on a busy machine.
const tries = 3

// compareUnit runs a unit against new servers, with Envoy before them and without, and counts the results without.
func compareUnit(t *testing.T, folder, unit, program string, results map[string]int) {
	bare := runUnit(t, folder, start(t, program, "--enable-debug-command", "yes"), unit)
	for name, result := range bare {
		if result != "ok" {
			t.Logf("%q is %q on the bare server", name, result)
		}
		results[result]++
	}
	for n := 1; ; n++ {
		through := runUnit(t, folder, proxied(t, start(t, program, "--enable-debug-command", "yes"), "{}"), unit)
		different := map[string]string{}
		for name, result := range bare {
			if through[name] != result && !slices.Contains(inside, name) {
				different[name] = through[name]
			}
		}
		switch {
		case len(different) == 0:
			return
		case n == tries:
			t.Fatalf("other than on the bare server: %v", different)
		}
		t.Logf("once other than on the bare server: %v", different)
	}
}

// versionLine says in the sources of Redis which version they are.
var versionLine = regexp.MustCompile(`#define REDIS_VERSION "([0-9.]+)"`)

func suiteVersion(t *testing.T, folder string) string {
	text, err := os.ReadFile(filepath.Join(folder, "src", "version.h"))
	if err != nil {
		t.Fatal(err)
	}
	match := versionLine.FindSubmatch(text)
	if match == nil {
		t.Fatalf("%s does not say which version it is", folder)
	}
	return string(match[1])
}

// serverOf returns the program of -servers that has a version: with another one, tests of the suite fail by themselves.
func serverOf(t *testing.T, version string) string {
	for program := range strings.SplitSeq(*servers, ",") {
		out, err := exec.Command(program, "--version").Output()
		if err != nil {
			t.Fatalf("%s: %v", program, err)
		}
		if strings.Contains(string(out), "Redis server v="+version+" ") {
			return program
		}
	}
	t.Fatalf("none of %s is Redis %s: remove what test/deps/suite and test/deps/redis-suite have in their cache", *servers, version)
	return ""
}

// contains reports whether a suite has a unit: newer ones have more.
func contains(t *testing.T, folder, unit string) bool {
	_, err := os.Stat(filepath.Join(folder, "tests", unit+".tcl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// result is a line of the suite about one test; the time it took, or its place, is cut off.
var result = regexp.MustCompile(`(?m)^\[(ok|err)\]: (.*?)(?: \(\d+ ms\)| in tests/\S+)?$`)

// inside are tests of what the server keeps of a request while that is incomplete: it gets a whole one from us.
var inside = []string{"query buffer resized correctly", "query buffer resized correctly when not idle", "query buffer resized correctly with fat argv"}

// killing is the one test of our units that kills a process of the server's, which it cannot where it has not started it.
const killing = "SRANDMEMBER with a dict containing long chain"

// colours are what the suite puts around words.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// runUnit runs a unit of a suite against an address, and returns the result of each test.
func runUnit(t *testing.T, folder, address, unit string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), unitTime)
	defer cancel()
	host, port, _ := net.SplitHostPort(address)
	// Its own processes meet at a port that is 32 below the one that it is given.
	meet, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	test := exec.CommandContext(ctx, "tclsh", "tests/test_helper.tcl", "--host", host, "--port", port, "--baseport", fmt.Sprint(meet+32),
		"--ignore-encoding", "--tags", "-needs:repl", "--skiptest", killing, "--single", unit)
	test.Dir = folder
	// The suite runs tests in a process of its own, which may hang.
	test.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	test.Cancel = func() error { return syscall.Kill(-test.Process.Pid, syscall.SIGKILL) }
	test.WaitDelay = time.Second
	out, err := test.CombinedOutput()
	_ = syscall.Kill(-test.Process.Pid, syscall.SIGKILL)
	text := colours.ReplaceAllString(string(out), "")
	results := map[string]string{}
	for _, match := range result.FindAllStringSubmatch(text, -1) {
		name := match[2]
		for n := 2; results[name] != ""; n++ {
			name = fmt.Sprint(match[2], " #", n)
		}
		results[name] = match[1]
	}
	if _, ends, early := strings.Cut(text, "[exception]"); early {
		t.Logf("%s at %s ends early%s", unit, address, ends)
	}
	if len(results) == 0 || ctx.Err() != nil {
		lines := strings.Split(text, "\n")
		t.Fatalf("%s at %s: %v\n%s", unit, address, err, strings.Join(lines[max(0, len(lines)-20):], "\n"))
	}
	if err != nil && !slices.Contains(slices.Collect(maps.Values(results)), "err") {
		t.Errorf("%s at %s: %v\n%s", unit, address, err, out)
	}
	return results
}
