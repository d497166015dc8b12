//go:build e2e

package traffic

import (
	"net"
	"os/exec"
	"strings"
	"testing"
)

// distribution has the programs of PostgreSQL 15; pg_dump refuses servers that are newer than itself.
const distribution = "/usr/lib/postgresql/15/bin"

// pg_dump sets its search_path by a function.
func TestPgDumpNeedsReadsAndOneFunction(t *testing.T) {
	s := start(t, distribution)
	want := dump(t, s.Addr)
	if got := dump(t, proxied(t, s, `{"rule": {"access": "read"}}`, `{"rule": {"function": "set_config"}}`)); got != want || !strings.Contains(got, "tomato") {
		t.Errorf("through the proxy:\n%s\nwithout it:\n%s", got, want)
	}
}

// dump returns what pg_dump prints, without what differs each time.
func dump(t *testing.T, address string) string {
	host, port, _ := net.SplitHostPort(address)
	out := output(t, exec.Command(distribution+"/pg_dump", "-h", host, "-p", port, "-U", "postgres", "postgres"))
	var kept strings.Builder
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
