//go:build e2e

package oracle

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

var postgresServers = flag.String("postgres", "/usr/lib/postgresql/15/bin", "folders with the programs of PostgreSQL, with commas between them")

// postgresPolicy allows reading and writing the tables of one schema.
const postgresPolicy = `
	operation=select schema=ok
	operation=insert schema=ok
	operation=update schema=ok
	operation=delete schema=ok
	operation=copy schema=ok
	operation=truncate schema=ok
`

// postgresTables are what streams are about. The schema no comes first in the search_path of the database.
const postgresTables = `
	CREATE SCHEMA ok; CREATE SCHEMA no;
	CREATE TABLE ok.a (id int, name text); CREATE TABLE ok.secret (id int, name text);
	CREATE TABLE no.a (id int, name text); CREATE TABLE no.secret (id int, name text); CREATE TABLE public.secret (id int, name text);
	CREATE FUNCTION no.f() RETURNS text LANGUAGE sql AS 'INSERT INTO no.a VALUES (9) RETURNING name';
	CREATE FUNCTION no.uuidv7() RETURNS text LANGUAGE sql AS 'INSERT INTO no.a VALUES (7) RETURNING name';
	CREATE ROLE "tell-nobody"; CREATE ROLE limited LOGIN; GRANT USAGE ON SCHEMA ok TO limited;
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ok TO limited;
	ALTER DATABASE postgres SET search_path = no, ok;
`

func TestNoForbiddenRequestReachesPostgreSQL(t *testing.T) {
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		t.Run(programs(bin), func(t *testing.T) {
			f := postgresFilter(t, postgresPolicy, "postgres")
			hunt(t, "postgres", f, func() oracle { return startPostgres(t, bin) }, postgresStream)
		})
	}
}

// A role with grants that say what the policy says must not be refused anything that the policy allows: the server's own
// permissions are stricter nowhere.
func TestNothingPassesThatGrantsOfPostgreSQLRefuse(t *testing.T) {
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		t.Run(programs(bin), func(t *testing.T) {
			f := postgresFilter(t, postgresPolicy, "limited")
			hunt(t, "postgres", f, func() oracle { return grants{startPostgres(t, bin)} }, postgresStream)
		})
	}
}

// grants is a server that has refused something if the client has got the error with which it does so.
type grants struct{ *postgresServer }

func (grants) secret() []byte { return []byte("Raclcheck_error\x00") }

// Without a policy, the server's refusals have to be noticed.
func TestRefusalsOfPostgreSQLAreSeen(t *testing.T) {
	bin, _, _ := strings.Cut(*postgresServers, ",")
	g := grants{startPostgres(t, bin)}
	if err := try(postgresFilter(t, "", "limited"), g, streamOf{1, postgresMessage('Q', "SELECT * FROM no.secret\x00")}); err == nil {
		t.Error("a refusal has gone unnoticed")
	}
}

// uuidv7 is built in since version 18. On older servers the name is that of a function of a user, which only the version tells.
func TestAFunctionOfAUserIsNotTakenForOneOfALaterRelease(t *testing.T) {
	bin, _, _ := strings.Cut(*postgresServers, ",")
	p := startPostgres(t, bin)
	for policy, forbidden := range map[string]bool{"": true, postgresPolicy: false} {
		err := try(postgresFilter(t, policy, "postgres"), p, streamOf{1, postgresMessage('Q', "SELECT uuidv7()\x00")})
		if (err != nil) != forbidden {
			t.Errorf("with the policy %q: %v", policy, err)
		}
	}
}

// programs names a folder of programs.
func programs(bin string) string {
	return filepath.Base(strings.TrimSuffix(strings.TrimSuffix(bin, "/bin"), "/pginstall"))
}

// Without a policy the oracle has to notice each of these.
func TestForbiddenEffectsOnPostgreSQLAreSeen(t *testing.T) {
	f := postgresFilter(t, "", "postgres")
	bin, _, _ := strings.Cut(*postgresServers, ",")
	p := startPostgres(t, bin)
	for _, text := range []string{
		"SELECT * FROM no.secret", "SELECT count(*) FROM no.secret", "INSERT INTO no.a VALUES (1)", "DELETE FROM no.a", "CREATE TABLE ok.new ()",
		"CREATE ROLE other", "SELECT no.f()", "SELECT * FROM secret", "DROP TABLE ok.a", "ALTER SYSTEM SET work_mem = '8MB'",
		"DO $$ BEGIN PERFORM count(*) FROM no.secret; END $$", "COPY no.a FROM STDIN",
	} {
		stream := append(postgresMessage('Q', text+"\x00"), postgresMessage('d', "1\tx\n")...)
		if err := try(f, p, streamOf{1, append(stream, postgresMessage('c', "")...)}); err == nil {
			t.Errorf("%q has gone unnoticed", text)
		}
	}
	allowed := append(postgresMessage('Q', "SELECT * FROM ok.a\x00"), postgresMessage('Q', "INSERT INTO ok.a VALUES (1)\x00")...)
	if err := try(f, startPostgres(t, bin), streamOf{1, allowed}); err != nil {
		t.Errorf("requests that are allowed: %v", err)
	}
}

// postgresFilter is a filter whose connections begin with a login: of the superuser postgres, who may do everything on the
// server, or of another.
func postgresFilter(t *testing.T, policy, user string) *filter {
	t.Helper()
	f, err := newFilter("postgres", policy)
	if err != nil {
		t.Fatal(err)
	}
	f.greeting = []byte("\x00\x00\x00\x00\x00\x03\x00\x00user\x00" + user + "\x00database\x00postgres\x00\x00")
	f.greeting[3] = byte(len(f.greeting))
	f.greeted = "Z\x00\x00\x00\x05I"
	// The server is slow to begin a connection, and to say what it has done.
	f.stay, f.batch = postgresStay, 200
	return f
}

// postgresStay ends what a stream has begun: a batch, and a transaction.
func postgresStay(n int) (request []byte, reply string) {
	mark := fmt.Sprintf("mark %d", n)
	request = append(postgresMessage('S', ""), postgresMessage('Q', "ROLLBACK; SELECT '"+mark+"'\x00")...)
	row := binary.BigEndian.AppendUint32([]byte{0, 1}, uint32(len(mark)))
	return request, string(postgresMessage('D', string(row)+mark)) + string(postgresMessage('C', "SELECT 1\x00")) + "Z\x00\x00\x00\x05I"
}

// postgresServer is a server with forbidden tables.
type postgresServer struct {
	asked
	// Addr is where it listens.
	Addr  string
	state string
}

// asked carries out what a superuser says, and returns what it returns.
type asked interface {
	Query(text string) (string, error)
}

func startPostgres(t *testing.T, bin string, args ...string) *postgresServer {
	t.Helper()
	s, err := server.Start(bin, append(args, "-c", "track_functions=all", "-c", "autovacuum=off")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Query(postgresTables); err != nil {
		t.Fatal(err)
	}
	return &postgresServer{asked: s, Addr: s.Addr}
}

func (p *postgresServer) addr() string   { return p.Addr }
func (p *postgresServer) secret() []byte { return []byte(secretValue) }

func (p *postgresServer) reset() error {
	var text strings.Builder
	for _, table := range []string{"no.a", "no.secret", "public.secret"} {
		fmt.Fprintf(&text, "TRUNCATE %s; INSERT INTO %s VALUES (1, '%s');", table, table, secretValue)
	}
	// What streams may do to the tables that are allowed is of no interest.
	text.WriteString("TRUNCATE ok.a, ok.secret; INSERT INTO ok.a VALUES (1, 'x');")
	// What is counted of this must not be counted after the reset.
	text.WriteString("SELECT pg_stat_force_next_flush()")
	for _, step := range []string{text.String(), "SELECT pg_stat_reset()"} {
		if _, err := p.Query(step); err != nil {
			return err
		}
	}
	var err error
	p.state, err = p.look()
	return err
}

// look returns what only forbidden requests change.
func (p *postgresServer) look() (string, error) {
	return p.Query(`
		SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del, seq_scan FROM pg_stat_user_tables WHERE schemaname <> 'ok' ORDER BY 1, 2;
		SELECT count(*), sum(calls) FROM pg_stat_user_functions;
		SELECT relname, relnamespace, relkind, relpersistence FROM pg_class WHERE relpersistence <> 't' AND relnamespace::regnamespace::text !~ '^pg_' ORDER BY 1, 2;
		SELECT proname FROM pg_proc WHERE oid > 16000 ORDER BY 1; SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1;
		SELECT rolname, rolsuper FROM pg_roles ORDER BY 1; SELECT datname FROM pg_database ORDER BY 1; SELECT typname FROM pg_type WHERE oid > 16000 ORDER BY 1;
		SELECT * FROM pg_db_role_setting; SELECT name, setting FROM pg_file_settings ORDER BY 1`)
}

func (p *postgresServer) effects() error {
	now, err := p.look()
	if err != nil {
		return fmt.Errorf("the server is gone: %w", err)
	}
	if now != p.state {
		return errors.New("the server has changed:\n" + now + "\nbefore:\n" + p.state)
	}
	return nil
}
