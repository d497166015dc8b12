package cassandra

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

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

var keyspaces = []string{"secret", "public", `"secret"`, `"public"`, "Secret", "PUBLIC", `"Public"`, "if", "exists"}

var defined = []string{"secret.d", "public.d", `secret."d"`, `"secret" . d`, "SECRET.D", "public.D",
	`"public"/* . */."d"`, "d", "public.d", "public.t",
	"secret.t", "if.exists", `public . "D"`, "public\n.--x\nd", `"public.d"`}

// redefine makes a statement that may change the schema.
func redefine(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	calm := r.IntN(2) == 0
	for i, token := range strings.Fields(pick(definitions)) {
		switch {
		case i > 0 && (calm || r.IntN(4) > 0):
			b.WriteString(" ")
		case i > 0:
			b.WriteString(pick(gaps))
		}
		switch token {
		case "<d>":
			token = pick(defined)
		case "<k>":
			token = pick(keyspaces)
		case "<v>":
			token = pick([]string{"'x'", "' from public.d '", "$$secret.t$$", "''"})
		}
		b.WriteString(token)
	}
	return b.String()
}

// changed returns the keyspace of a RESULT that reports a change of the schema or of the keyspace; empty for others.
func changed(body string) string {
	m := metadata{rest: body}
	switch m.int() {
	case 3:
		return m.text()
	case 5:
		m.text()
		m.text()
		return m.text()
	}
	return ""
}

func testSchemaOracle(t *testing.T, address string) {
	seed := uint64(time.Now().UnixNano())
	rounds := roundsOr(400)
	t.Logf("%d rounds, seed %d", rounds, seed)
	r := rand.New(rand.NewPCG(seed, 0))
	open := dial(t, address, "")
	var before []string
	for i, text := range watched {
		if i < 2 {
			open.execute(strings.Replace(text, "SELECT * FROM", "INSERT INTO", 1) + " (k, v) VALUES (1, 'kept')")
		}
		before = append(before, open.execute(text))
	}
	filter := dial(t, address,
		"keyspace=public\nquery_action=insert keyspace=elsewhere\ndeny query_action=use keyspace=secret")
	counts := map[string]int{}
	for range rounds {
		text := redefine(r)
		op, answer := filter.ask(7, string(binary.BigEndian.AppendUint32(nil, uint32(len(text))))+text+"\x00\x01\x00")
		switch {
		case op == 8:
			keyspace := changed(answer)
			counts["done in "+keyspace]++
			if keyspace != "" && keyspace != "public" {
				t.Errorf("%q changed %s: %s", text, keyspace, lastLines(filter.log))
			}
		case strings.Contains(answer, "Request Unauthorized"):
			counts["refused"]++
		default:
			counts["refused by the server"]++
		}
	}
	t.Log(counts)
	for i, text := range watched {
		if now := open.execute(text); now != before[i] {
			t.Errorf("%s: %q, and before it was %q", text, now, before[i])
		}
	}
}

// watched are statements whose results may not change.
var watched = []string{"SELECT * FROM secret.t", `SELECT * FROM secret."T"`,
	"SELECT * FROM system_schema.tables WHERE keyspace_name = 'secret'"}

func lastLines(log *parsertest.Log) []string { return log.Lines[max(0, len(log.Lines)-3):] }
