//go:build e2e

package traffic

import (
	"errors"
	"flag"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/postgres/server"
)

var pglite = flag.String("pglite", "", "folder of the packages of PGlite: PostgreSQL in WebAssembly, whose clients share one session")

// All clients of PGlite share one session. What another has set there counts, and the server reports it to that one only: the
// configuration has to say that connections are shared.
func TestNamesAreNotResolvedWhereClientsShareASession(t *testing.T) {
	if *pglite == "" {
		return
	}
	l, err := server.StartLite(*pglite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Stop() })
	if _, err := l.Query("CREATE SCHEMA ok; CREATE TABLE ok.a AS SELECT 'apple' AS word; CREATE SCHEMA no; CREATE TABLE no.a AS SELECT 'tomato' AS word"); err != nil {
		t.Fatal(err)
	}
	address := proxiedTo(t, l.Addr, envoy.Config{}, map[string]any{"pooled": "transaction"}, `{"rule": {"schema": "ok"}}`)
	for _, path := range []string{"ok", "no"} {
		if _, err := l.Query("SET search_path = " + path); err != nil {
			t.Fatal(err)
		}
		if got, err := server.Ask(address, "SELECT word FROM ok.a"); err != nil || got != "apple" {
			t.Errorf("with search_path %s: %q, %v", path, got, err)
		}
		for _, text := range []string{"SELECT word FROM a", "SELECT word FROM no.a"} {
			var denied *pgconn.PgError
			if got, err := server.Ask(address, text); !errors.As(err, &denied) || denied.Code != "42501" {
				t.Errorf("with search_path %s, %s: %q, %v", path, text, got, err)
			}
		}
	}
}
