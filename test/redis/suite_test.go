//go:build e2e

package redis

import (
	"context"
	"flag"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	suite = flag.String("suite", "", "folder of the tests that come with the first server of -servers")
	units = flag.String("units", "unit/protocol unit/multi unit/pubsub", "tests of the suite, with spaces between them")
)

// unitTime is how long one unit of the suite may take.
const unitTime = 3 * time.Minute

// TestRedisOwnTestsComeOutAsOnTheBareServer runs tests that come with Redis against the server, and through Envoy with a policy
// that allows everything.
func TestRedisOwnTestsComeOutAsOnTheBareServer(t *testing.T) {
	program, _, _ := strings.Cut(*servers, ",")
	server := start(t, program, "--enable-debug-command", "yes")
	through := proxied(t, server, "{}")
	passed := 0
	for unit := range strings.FieldsSeq(*units) {
		bare, proxied := runUnit(t, server, server, unit), runUnit(t, server, through, unit)
		for name, result := range bare {
			if proxied[name] != result {
				t.Errorf("%s: %q is %q through us and %q without", unit, name, proxied[name], result)
			}
			if result == "ok" {
				passed++
			}
		}
	}
	if passed == 0 {
		t.Error("no test has passed")
	}
	t.Logf("%d tests pass on both", passed)
}

// result is a line of the suite about one test; the time it took is cut off.
var result = regexp.MustCompile(`(?m)^\[(ok|err)\]: (.*?)(?: \(\d+ ms\))?$`)

// colours are what the suite puts around words.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// runUnit runs a unit of the suite against an address, and returns the result of each test.
func runUnit(t *testing.T, server, address, unit string) map[string]string {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server})
	defer c.Close()
	for _, command := range [][]any{{"flushall"}, {"function", "flush"}, {"config", "resetstat"}} {
		if err := c.Do(context.Background(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), unitTime)
	defer cancel()
	host, port, _ := net.SplitHostPort(address)
	test := exec.CommandContext(ctx, "tclsh", "tests/test_helper.tcl", "--host", host, "--port", port, "--baseport", freePort(t),
		"--ignore-encoding", "--tags", "-needs:repl", "--single", unit)
	test.Dir = *suite
	out, err := test.CombinedOutput()
	results := map[string]string{}
	for _, match := range result.FindAllStringSubmatch(colours.ReplaceAllString(string(out), ""), -1) {
		results[match[2]] = match[1]
	}
	if len(results) == 0 || ctx.Err() != nil {
		lines := strings.Split(string(out), "\n")
		t.Fatalf("%s at %s: %v\n%s", unit, address, err, strings.Join(lines[max(0, len(lines)-20):], "\n"))
	}
	if err != nil && !slices.Contains(values(results), "err") {
		t.Errorf("%s at %s: %v\n%s", unit, address, err, out)
	}
	return results
}

func values(m map[string]string) (all []string) {
	for _, value := range m {
		all = append(all, value)
	}
	return all
}
