//go:build e2e

package e2e

import (
	"flag"
	"os/exec"
	"strings"
	"testing"
)

var rustClient = flag.String("rust-client", "", "program that test/deps/rust builds")

// The client asks for the version on each connection: everybody whom a rule concerns may.
func TestTheRustClientWorksWithoutARuleForVersion(t *testing.T) {
	if *rustClient == "" {
		t.Fatal("give -rust-client what test/deps/rust prints, or leave this test out with -skip RustClient")
	}
	s := newFixture(t)
	s.writePolicy(strings.Replace(policyText, "        - rule: {command: version}\n", "", 1))
	s.startEnvoy(s.startMemcached(), s.memcacheConfig())
	if out, err := exec.Command(*rustClient, s.proxy.Addr).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
