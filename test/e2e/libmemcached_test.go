//go:build e2e

package e2e

import (
	"context"
	"net"
	"os/exec"
	"testing"
	"time"
)

// Libmemcached's conformance test of the text and of the binary protocol sees no difference between the server and us.
func TestConformanceIsThatOfTheServer(t *testing.T) {
	for _, protocol := range []string{"-a", "-b"} {
		s := newFixture(t)
		server := s.startMemcached()
		s.startEnvoy(server, s.inlineConfig("all"))
		want, got := conformance(t, protocol, server), conformance(t, protocol, s.proxy.Addr)
		if got != want {
			t.Errorf("through the filter:\n%s\nwithout:\n%s", got, want)
		}
	}
}

func conformance(t *testing.T, protocol, addr string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "memccapable", protocol, "-h", host, "-p", port, "-t", "10").CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatalf("%v: run make deps", err)
	}
	return string(out)
}
