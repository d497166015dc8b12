//go:build e2e

package traffic

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

// distribution has the programs of PostgreSQL 15.
const distribution = "/usr/lib/postgresql/15/bin"

// pgDump returns the newest one that is here: pg_dump refuses servers that are newer than itself.
func pgDump() string {
	all := strings.Split(*servers, ",")
	return filepath.Join(all[len(all)-1], "pg_dump")
}

// pg_dump sets its search_path by a function, and that of 18 reads sequences by one.
func TestPgDumpNeedsReadsAndItsFunctions(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server.Server) {
		want := dump(t, s.Addr)
		got := dump(t, proxied(t, s, `{"rule": {"access": "read"}}`, `{"rule": {"function": "set_config"}}`,
			`{"rule": {"function": "pg_get_sequence_data"}}`))
		if got != want || !strings.Contains(got, "tomato") {
			t.Errorf("through the proxy:\n%s\nwithout it:\n%s", got, want)
		}
	})
}

// dump returns what pg_dump prints, without what differs each time.
func dump(t *testing.T, address string) string {
	host, port, _ := net.SplitHostPort(address)
	c := exec.Command(pgDump(), "-h", host, "-p", port, "-U", "postgres", "postgres")
	// Protocol 3.2 from 18 on, which older servers decline.
	c.Env = append(os.Environ(), "PGMAXPROTOCOLVERSION=latest")
	out := output(t, c)
	var kept strings.Builder
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
