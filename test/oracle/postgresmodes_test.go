//go:build e2e

package oracle

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/test/postgres/server"
)

var pgbouncers = flag.String("pgbouncer", "", "programs of PgBouncer, with a comma between them: one before 1.21, and the newest")

// postgresMode is a way in which a server may be configured, or what may stand before it.
type postgresMode struct {
	name string
	// sql configures the server, in the session of a superuser.
	sql []string
	// parameters are of the start-up message, names and values.
	parameters []string
	// pool is the pool_mode of a PgBouncer, of which settings are further lines. pooled is the parser's pooled.
	pool, settings, pooled string
}

// The settings with which PgBouncer keeps prepared statements apart, and does not, of those that can.
const kept200, keptNot = "max_prepared_statements = 200", "max_prepared_statements = 0"

var postgresModes = []postgresMode{
	{name: "backslashes by role", sql: []string{"ALTER ROLE postgres SET standard_conforming_strings = off"}},
	{name: "backslashes by database", sql: []string{"ALTER DATABASE postgres SET standard_conforming_strings = off"}},
	{name: "backslashes by system", sql: []string{
		"ALTER SYSTEM SET standard_conforming_strings = off", "ALTER SYSTEM SET escape_string_warning = off", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)",
	}},
	{name: "backslashes before quotes", sql: []string{
		"ALTER ROLE postgres SET backslash_quote = on", "ALTER ROLE postgres SET standard_conforming_strings = off",
		"ALTER ROLE postgres SET escape_string_warning = off",
	}},
	{name: "SJIS by role", sql: []string{"ALTER ROLE postgres SET client_encoding = 'SJIS'"}},
	{name: "SJIS by role, backslashes", sql: []string{
		"ALTER ROLE postgres SET client_encoding = 'SJIS'", "ALTER ROLE postgres SET standard_conforming_strings = off",
	}},
	{name: "SJIS", parameters: []string{"client_encoding", "SJIS"}},
	{name: "GBK", parameters: []string{"client_encoding", "GBK"}},
	{name: "BIG5", parameters: []string{"client_encoding", "BIG5"}},
	{name: "EUC_JP", parameters: []string{"client_encoding", "EUC_JP"}},
	{name: "LATIN1", parameters: []string{"client_encoding", "LATIN1"}},
	{name: "search_path by role", sql: []string{"ALTER ROLE postgres SET search_path = ok, no"}},
	{name: "search_path by the client", parameters: []string{"search_path", "ok"}},
	{name: "search_path by options", parameters: []string{"options", "-c search_path=ok"}},
}

// poolerModes are those of the newest PgBouncer. Older ones do not say how they share, and do not keep prepared statements.
var poolerModes = []postgresMode{
	{name: "session", pool: "session", pooled: "session"},
	{name: "transaction", pool: "transaction", pooled: "transaction", settings: keptNot},
	{name: "statement", pool: "statement", pooled: "transaction", settings: keptNot},
	{name: "transaction, prepared", pool: "transaction", pooled: "prepared", settings: kept200},
	{name: "transaction, learned", pool: "transaction", settings: keptNot},
	{name: "statement, learned", pool: "statement", settings: kept200},
	{name: "transaction, prepared, unknown to the parser", pool: "transaction", pooled: "transaction", settings: kept200},
}

func TestNoForbiddenRequestReachesPostgreSQLInAnyMode(t *testing.T) {
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		t.Run(programs(bin), func(t *testing.T) {
			p := startPostgres(t, bin)
			for _, m := range postgresModes {
				t.Run(m.name, func(t *testing.T) { m.hunt(t, p, p, len(postgresModes)) })
			}
		})
	}
}

func TestNoForbiddenRequestReachesPostgreSQLAfterAPooler(t *testing.T) {
	if *pgbouncers == "" {
		return
	}
	programsOf := strings.Split(*pgbouncers, ",")
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		p := startPostgres(t, bin)
		for i, program := range programsOf {
			for _, m := range poolerModes {
				last := i == len(programsOf)-1
				if !last && (m.settings == kept200 || m.pooled == "") {
					continue
				}
				if !last {
					m.settings = ""
				}
				t.Run(fmt.Sprintf("%s/%d/%s", programs(bin), i, m.name), func(t *testing.T) {
					m.hunt(t, p, pool(t, p, program, m), len(poolerModes)*len(programsOf))
				})
			}
		}
	}
}

// hunt is as the function huntOne, in the mode.
func (m *postgresMode) hunt(t *testing.T, p *postgresServer, o oracle, share int) {
	for _, text := range append([]string{
		"ALTER ROLE postgres RESET ALL", "ALTER DATABASE postgres RESET ALL", "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)",
		"ALTER DATABASE postgres SET search_path = no, ok",
	}, m.sql...) {
		if _, err := p.Query(text); err != nil {
			t.Fatal(err)
		}
	}
	huntOne(t, "postgres", m.filter(t), o, postgresModeStream, share)
}

// filter is one whose clients connect as the mode says.
func (m *postgresMode) filter(t *testing.T) *filter {
	t.Helper()
	f := postgresFilter(t, postgresPolicy, "postgres")
	greeting := strings.TrimSuffix(string(f.greeting), "\x00")
	for _, parameter := range m.parameters {
		greeting += parameter + "\x00"
	}
	f.greeting = []byte(greeting + "\x00")
	f.greeting[3] = byte(len(f.greeting))
	if m.pool != "" {
		f.quiet, f.stay = 10*time.Millisecond, nil
	}
	var err error
	if f.newParser, err = proxylib.Registered("postgres").Configured([]byte(`{"pooled": "` + m.pooled + `"}`)); err != nil {
		t.Fatal(err)
	}
	return f
}

// postgresModeStream begins often with what a mode makes dangerous.
func postgresModeStream(r *rand.Rand) []byte {
	if r.IntN(3) > 0 {
		return postgresStream(r)
	}
	tail := pick(r, "\x81", "\x81\\", "\\", "\\\\", "\\'", "\x95\\", "\xa1\\'", "\x8f\xa1")
	text := pick(r,
		"SELECT '"+tail+"', '; SELECT name FROM no.secret; --'", "SELECT '"+tail+"' UNION SELECT name FROM no.secret --'",
		`SELECT "`+tail+`" FROM ok.a; SELECT name FROM no.secret --"`, "SELECT name FROM secret", "SELECT name FROM a", "SELECT pg_catalog.current_user",
		"SELECT rolname FROM pg_authid", "SET search_path = no", "SET search_path TO 'ok'", "RESET search_path",
		"EXECUTE s", "FETCH ALL FROM c", "EXECUTE t; PREPARE t AS SELECT 1", "BEGIN; PREPARE s AS SELECT 1; EXECUTE s")
	b := postgresMessage('Q', text+"\x00")
	if r.IntN(3) == 0 {
		s := pick(r, "s", "t", "")
		b = append(b, postgresMessage('P', s+"\x00"+pick(r, "SELECT 1", text)+"\x00\x00\x00")...)
		b = append(b, pick(r, postgresMessage('S', ""), nil)...)
		b = append(b, postgresMessage('B', "\x00"+s+"\x00\x00\x00\x00\x00\x00\x00")...)
		b = append(b, postgresMessage('E', "\x00\x00\x00\x00\x00")...)
		b = append(b, postgresMessage('S', "")...)
	}
	return append(b, postgresStream(r)...)
}

// pooledPostgres is a server whose connections are shared with a client that prepares what is forbidden.
type pooledPostgres struct {
	*postgresServer
	pooler *server.Pooler
	// foreign is what that client does on each connection.
	foreign string
}

func pool(t *testing.T, p *postgresServer, program string, m postgresMode) *pooledPostgres {
	t.Helper()
	pooler, err := server.StartPooler(server.PoolerConfig{Program: program, Server: p.Addr, Mode: m.pool, Settings: m.settings})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pooler.Stop)
	return &pooledPostgres{p, pooler, "DEALLOCATE ALL; CLOSE ALL; " + preparedForbidden()}
}

// preparedForbidden is what a client does whose names others must not use.
func preparedForbidden() string {
	text := "SET search_path = no, public"
	for _, name := range []string{"s", "t", strings.Repeat("n", 63)} {
		text += "; PREPARE " + name + " AS SELECT '" + secretValue + "'"
	}
	return text + "; DECLARE c CURSOR WITH HOLD FOR SELECT '" + secretValue + "'"
}

// preparedElsewhere executes a statement that is of another client by then.
var preparedElsewhere = slices.Concat(
	postgresMessage('P', "s\x00SELECT 1\x00\x00\x00"), postgresMessage('S', ""),
	postgresMessage('B', "\x00s\x00\x00\x00\x00\x00\x00\x00"), postgresMessage('E', "\x00\x00\x00\x00\x00"), postgresMessage('S', ""),
)

func (p *pooledPostgres) addr() string { return p.pooler.Addr }

func (p *pooledPostgres) reset() error {
	if err := p.postgresServer.reset(); err != nil {
		return err
	}
	_, err := server.Ask(p.pooler.Addr, p.foreign)
	return err
}

// Without the parser's knowledge of the pooler, what another client has prepared has to be noticed.
func TestStatementsOfOtherClientsOfAPoolerAreSeen(t *testing.T) {
	if *pgbouncers == "" {
		return
	}
	bin, _, _ := strings.Cut(*postgresServers, ",")
	program, _, _ := strings.Cut(*pgbouncers, ",")
	m := postgresMode{pool: "transaction"}
	o := pool(t, startPostgres(t, bin), program, m)
	if err := try(m.filter(t), o, streamOf{1, preparedElsewhere}); err == nil {
		t.Error("the statement of another client has gone unnoticed")
	}
	m.pooled = "transaction"
	if err := try(m.filter(t), o, streamOf{1, preparedElsewhere}); err != nil {
		t.Error(err)
	}
}
