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

// pg_dump sets its search_path by a function, and that of 18 reads sequences by one. It refuses servers that are newer than itself, so the newest that is here is
// taken.
func TestPgDumpNeedsReadsAndItsFunctions(t *testing.T) {
	all := strings.Split(*servers, ",")
	program := filepath.Join(all[len(all)-1], "pg_dump")
	eachServer(t, func(t *testing.T, s *server.Server) {
		want := dump(t, program, s.Addr)
		got := dump(t, program, proxied(t, s, `{"rule": {"access": "read"}}`, `{"rule": {"function": "set_config"}}`,
			`{"rule": {"function": "pg_get_sequence_data"}}`))
		if got != want || !strings.Contains(got, "tomato") {
			t.Errorf("through the proxy:\n%s\nwithout it:\n%s", got, want)
		}
	})
}

// dump returns what pg_dump prints, without what differs each time.
func dump(t *testing.T, program, address string) string {
	host, port, _ := net.SplitHostPort(address)
	c := exec.Command(program, "-h", host, "-p", port, "-U", "postgres", "postgres")
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
