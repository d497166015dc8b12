//go:build e2e

package traffic

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/postgres/server"
)

// pool is a way in which a PgBouncer shares connections.
type pool struct{ mode, settings, pooled string }

// pools are those of a PgBouncer before 1.21, or of the newest, of which the parser learns the mode.
func pools(newest bool) []pool {
	if newest {
		return []pool{
			{"session", "", ""}, {"transaction", "max_prepared_statements = 0", ""}, {"transaction", "max_prepared_statements = 10", ""},
			{"statement", "max_prepared_statements = 10", ""}, {"transaction", "max_prepared_statements = 10", "prepared"},
		}
	}
	return []pool{{"session", "", "session"}, {"transaction", "", "transaction"}, {"statement", "", "transaction"}}
}

// eachPool runs a test with each PgBouncer in each mode.
func eachPool(t *testing.T, test func(t *testing.T, s *server.Server, p pool, c server.PoolerConfig)) {
	if *pgbouncers == "" {
		return
	}
	programs := strings.Split(*pgbouncers, ",")
	eachServer(t, func(t *testing.T, s *server.Server) {
		initialize(t, s)
		for i, program := range programs {
			for _, p := range pools(i > 0) {
				t.Run(fmt.Sprintf("%d, %s, %s, pooled %s", i, p.mode, p.settings, p.pooled), func(t *testing.T) {
					test(t, s, p, server.PoolerConfig{Program: program, Mode: p.mode, Settings: p.settings})
				})
			}
		}
	})
}

// pooler starts a PgBouncer.
func pooler(t *testing.T, c server.PoolerConfig, before string) string {
	t.Helper()
	c.Server = before
	p, err := server.StartPooler(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p.Addr
}

// keepsPrepared reports whether clients may prepare statements.
func (p pool) keepsPrepared() bool { return p.mode == "session" || strings.HasSuffix(p.settings, "10") }

func TestClientsWorkThroughAPoolerAfterTheProxy(t *testing.T) {
	eachPool(t, func(t *testing.T, s *server.Server, p pool, c server.PoolerConfig) {
		bouncer := pooler(t, c, s.Addr)
		works(t, p, proxiedTo(t, bouncer, envoy.Config{}, map[string]any{"pooled": p.pooled}, append(pgbenchRules, restricted...)...))
		if p.mode == "session" {
			all := proxiedTo(t, bouncer, envoy.Config{}, map[string]any{"pooled": p.pooled}, "{}")
			reset(t, s)
			want := runPsql(t, bouncer, modeAll)
			reset(t, s)
			if got := runPsql(t, all, modeAll); got != want {
				t.Errorf("through the proxy:\n%s\nwithout it:\n%s", got, want)
			}
		}
	})
}

func TestClientsWorkThroughAPoolerBeforeTheProxy(t *testing.T) {
	eachPool(t, func(t *testing.T, s *server.Server, p pool, c server.PoolerConfig) {
		works(t, p, pooler(t, c, proxied(t, s, append(pgbenchRules, restricted...)...)))
	})
}

// works has clients work, and be denied, at an address.
func works(t *testing.T, p pool, address string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(address)
	// More sessions than a PgBouncer has connections to the server would wait for one another.
	clients, transactions := "4", "50"
	if p.mode == "session" {
		clients, transactions = "2", "100"
	}
	modes := []string{"simple", "extended"}
	if p.keepsPrepared() {
		modes = append(modes, "prepared")
	}
	for _, mode := range modes {
		out := output(t, exec.Command(pgbench, "-M", mode, "-S", "-n", "-t", transactions, "-c", clients, "-h", host, "-p", port, "-U", "postgres", "postgres"))
		if !strings.Contains(out, "processed: 200/200") || !strings.Contains(out, "failed transactions: 0 ") {
			t.Errorf("%s: %s", mode, out)
		}
	}
	if out, err := server.Ask(address, "SELECT word FROM public.secret"); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the secret table: %s, %v", out, err)
	}
}
