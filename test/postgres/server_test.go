//go:build e2e

package postgres

import (
	"flag"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

var servers = flag.String("servers", "", "folders with the programs of PostgreSQL, all that are asked what is built in, separated by commas")

// startServer starts a server of the programs in a folder, which the end of the test stops.
func startServer(t *testing.T, bin string) *server.Server {
	t.Helper()
	s, err := server.Start(bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rows returns the rows that a query has, with | between columns.
func rows(t *testing.T, s *server.Server, query string) []string {
	t.Helper()
	out, err := s.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(out, "\n")
}
