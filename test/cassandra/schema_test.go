//go:build e2e

package cassandra

import (
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// The oracle for the schema: a change is reported with the keyspace that it was made in. Under a policy for keyspace
// public none may be made elsewhere.

// definitions are forms of statements that change the schema; <d> is a name in one of the keyspaces, <k> a keyspace.
var definitions = []string{
	"CREATE TABLE IF NOT EXISTS <d> ( k int PRIMARY KEY , v text ) WITH comment = <v>",
	"CREATE COLUMNFAMILY IF NOT EXISTS <d> ( k int PRIMARY KEY )",
	"ALTER TABLE IF EXISTS <d> WITH comment = <v>", "ALTER COLUMNFAMILY <d> WITH comment = <v>",
	"ALTER TABLE IF EXISTS <d> ADD IF NOT EXISTS w int",
	"DROP TABLE IF EXISTS <d>", "DROP COLUMNFAMILY IF EXISTS <d>", "TRUNCATE <d>", "TRUNCATE TABLE <d>",
	"TRUNCATE COLUMNFAMILY <d>",
	"CREATE INDEX IF NOT EXISTS ON <d> ( v )", "CREATE INDEX IF NOT EXISTS i ON <d> ( v )",
	"DROP INDEX IF EXISTS <k> . i",
	"CREATE TYPE IF NOT EXISTS <d> ( a int )", "ALTER TYPE IF EXISTS <d> ADD IF NOT EXISTS b int",
	"DROP TYPE IF EXISTS <d>",
	"CREATE MATERIALIZED VIEW IF NOT EXISTS <k> . view AS SELECT * FROM <d> WHERE k IS NOT NULL PRIMARY KEY ( k )",
	"DROP MATERIALIZED VIEW IF EXISTS <k> . view",
	"ALTER KEYSPACE <k> WITH durable_writes = true", "ALTER SCHEMA IF EXISTS <k> WITH durable_writes = true",
	"CREATE KEYSPACE IF NOT EXISTS <k> WITH replication = { 'class' : 'SimpleStrategy' , 'replication_factor' : 1 }",
	"DROP FUNCTION IF EXISTS <d>", "DROP AGGREGATE IF EXISTS <d> ( int )", "USE <k>",
}

// someKeyspaces are names of keyspaces.
var someKeyspaces = []string{"secret", "public", `"secret"`, `"public"`, "Secret", "PUBLIC", `"Public"`, "if", "exists"}

// defined are names of what is in a keyspace.
var defined = []string{"secret.d", "public.d", `secret."d"`, `"secret" . d`, "SECRET.D", "public.D",
	`"public"/* . */."d"`, "d", "public.d", "public.t",
	"secret.t", "if.exists", `public . "D"`, "public\n.--x\nd", `"public.d"`}

// ddl makes a statement that may change the schema.
func (o odd) ddl() string {
	return o.join(o.pick(definitions), o.IntN(2) == 0, func(token string) string {
		switch token {
		case "<d>":
			return o.pick(defined)
		case "<k>":
			return o.pick(someKeyspaces)
		case "<v>":
			return o.pick([]string{"'x'", "' from public.d '", "$$secret.t$$", "''"})
		}
		return token
	})
}

// watched are statements whose results may not change.
var watched = []string{"SELECT * FROM secret.t", `SELECT * FROM secret."T"`,
	"SELECT * FROM system_schema.tables WHERE keyspace_name = 'secret'"}

// watch returns the results of what is watched.
func watch(direct *link) (results []string) {
	for _, text := range watched {
		results = append(results, direct.execute(text))
	}
	return results
}

func TestNoChangeIsMadeInAForbiddenKeyspace(t *testing.T) {
	direct := keyspaces(t)
	for _, table := range []string{"t", `"T"`} {
		direct.execute("INSERT INTO secret." + table + " (k, v) VALUES (1, 'kept')")
	}
	before := watch(direct)
	filter := dialThrough(t,
		"keyspace=public\nquery_action=insert keyspace=elsewhere\ndeny query_action=use keyspace=secret")
	counts := map[string]int{}
	rounds(t, func(o odd) {
		text := o.ddl()
		op, answer := filter.query(text)
		switch {
		case op == opResult:
			keyspace := changed(answer)
			counts["done in "+keyspace]++
			if keyspace != "" && keyspace != "public" {
				t.Errorf("%q changed %s: %s", text, keyspace, lastLines(filter.log))
			}
		case unauthorized(answer):
			counts["denied"]++
		default:
			counts["refused by the server"]++
		}
	})
	t.Log(counts)
	if counts["done in public"] == 0 || counts["denied"] == 0 {
		t.Error("nothing was done, or nothing denied: this shows nothing")
	}
	for i, now := range watch(direct) {
		if now != before[i] {
			t.Errorf("%s: %q, and before it was %q", watched[i], now, before[i])
		}
	}
}

func lastLines(log *parsertest.Log) []string { return log.Lines[max(0, len(log.Lines)-3):] }
