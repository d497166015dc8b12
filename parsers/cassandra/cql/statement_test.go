package cql

import (
	"strings"
	"testing"
)

// reached marks accesses that reach what they do not name.
var reached = map[Scope]string{Tables: "+", Keyspaces: "+*"}

// accessed lists the accesses: "select ks.t", "select t" without a keyspace, "use ks", "list-roles", "drop-index ks+".
func accessed(s *Reader) string {
	var list []string
	for _, t := range s.List {
		list = append(list, strings.TrimSpace(t.Action.String()+" "+strings.TrimPrefix(string(t.Name), "."))+reached[t.Scope])
	}
	return strings.Join(list, ", ")
}

// read holds statements of every kind and their accesses.
var read = []struct{ text, want string }{
	{"SELECT * FROM ks.t", "select ks.t"},
	{"select a, b from T where k = 'from secret.x' and c in (1, 2.5e-3, 0xCAfe) limit 10;", "select t"},
	{"SELECT count(*)FROM ks.t;;;", "select ks.t"},
	{"SELECT JSON DISTINCT a AS \"from\", cast(b as int), m['k'], [1, 2], {a: 1} FROM \"Ks\" . \"T\" ALLOW FILTERING",
		"select Ks.T"},
	{"SELECT*FROM/* from db1.t1 */secret/**/./**/t-- from x.y\n", "select secret.t"},
	{"SELECT * FROM ks.t // x\r WHERE k = $$ from a.b ' \" $$", "select ks.t"},
	{"SELECT * FROM ks.t WHERE id = 550e8400-e29b-41d4-a716-446655440000 AND d > 1h30m AND f = -1--\n", "select ks.t"},
	{"SELECT * FROM ks.t WHERE k = ? AND c = :name PER PARTITION LIMIT 3", "select ks.t"},
	{"SELECT v FROM ks.t ORDER BY v ANN OF [0.1, 0.2] LIMIT 3 WITH ann_options = {'a': 1}", "select ks.t"},
	{"SELECT * FROM exists.type", "select exists.type"},
	{"INSERT INTO ks.t (a, b) VALUES (1, 'DELETE FROM x.y') IF NOT EXISTS USING TTL 5", "insert ks.t"},
	{"INSERT INTO/* db1.t1 */secret.t JSON '{}'", "insert secret.t"},
	{"INSERT INTO t(a)VALUES(1)", "insert t"},
	{"UPDATE ks.t USING TTL 3 SET a = a + 1 WHERE k = 0 IF b != 3", "update ks.t"},
	{"UPDATE ks.\"T\" SET a['x'] = 1 WHERE k = 0", "update ks.T"},
	{"DELETE FROM ks.t WHERE k = 1", "delete ks.t"},
	{"DELETE a, m['from x.y'], u.f FROM ks.t USING TIMESTAMP 1 WHERE k = 1 IF EXISTS", "delete ks.t"},
	{"BEGIN BATCH INSERT INTO a.b (k) VALUES (1) UPDATE c SET x = 1 WHERE k = 2; DELETE x FROM e.f WHERE k = 1; APPLY BATCH;",
		"insert a.b, update c, delete e.f"},
	{"BEGIN UNLOGGED BATCH USING TIMESTAMP 5 DELETE FROM a.b WHERE k=1 DELETE FROM a.b WHERE k=2 APPLY BATCH",
		"delete a.b"},
	{"BEGIN COUNTER BATCH UPDATE a.b SET c = c + 1 WHERE k = 'APPLY BATCH'; APPLY BATCH", "update a.b"},
	{"BEGIN BATCH APPLY BATCH", ""},
	{"USE ks", "use ks"},
	{"use \"Ks\";", "use Ks"},
	{"TRUNCATE secret.t", "truncate-table secret.t"},
	{"TRUNCATE TABLE t", "truncate-table t"},
	{"TRUNCATE COLUMNFAMILY \"T\"", "truncate-table T"},
	{"CREATE KEYSPACE IF NOT EXISTS Evil WITH replication = {'class': 'SimpleStrategy'}", "create-keyspace evil"},
	{"CREATE SCHEMA a WITH x = 1", "create-keyspace a"},
	{"ALTER KEYSPACE IF EXISTS a WITH durable_writes = false", "alter-keyspace a"},
	{"DROP SCHEMA IF EXISTS secret", "drop-keyspace secret+"},
	{"CREATE TABLE IF NOT EXISTS ks.t (k int PRIMARY KEY, v vector<float, 3>) WITH comment = 'x'", "create-table ks.t"},
	{"CREATE TABLE t LIKE ks.u WITH comment = 'x'", "create-table t, create-table ks.u"},
	{"ALTER TABLE IF EXISTS secret.t ADD IF NOT EXISTS c int", "alter-table secret.t"},
	{"ALTER COLUMNFAMILY t DROP c", "alter-table t"},
	{"DROP COLUMNFAMILY secret.t", "drop-table secret.t"},
	{"DROP TABLE IF EXISTS t;", "drop-table t"},
	{"CREATE INDEX ON ks.t (c)", "create-index ks.t"},
	{"CREATE INDEX IF NOT EXISTS i ON t (keys(c)) USING 'sai'", "create-index t"},
	{"CREATE CUSTOM INDEX i ON ks.t (c) USING 'x' WITH OPTIONS = {}", "create-index ks.t"},
	{"DROP INDEX IF EXISTS ks.i", "drop-index ks+"},
	{"CREATE MATERIALIZED VIEW IF NOT EXISTS db1.v AS SELECT * FROM secret.t WHERE a IS NOT NULL PRIMARY KEY (a)",
		"create-materialized-view db1.v, create-materialized-view secret.t"},
	{"ALTER MATERIALIZED VIEW ks.v WITH comment = ''", "alter-materialized-view ks.v"},
	{"DROP MATERIALIZED VIEW IF EXISTS v", "drop-materialized-view v"},
	{"CREATE TYPE IF NOT EXISTS ks.u (a int)", "create-type ks"},
	{"ALTER TYPE u ADD b int", "alter-type"},
	{"DROP TYPE IF EXISTS ks.u", "drop-type ks"},
	{"CREATE OR REPLACE FUNCTION ks.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ return ';'; $$",
		"create-function ks"},
	{"CREATE FUNCTION IF NOT EXISTS f () RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'x'",
		"create-function"},
	{"DROP FUNCTION IF EXISTS ks.f (int, text)", "drop-function ks"},
	{"CREATE AGGREGATE ks.a (int) SFUNC f STYPE int INITCOND 0", "create-aggregate ks"},
	{"DROP AGGREGATE a", "drop-aggregate"},
	{"CREATE TRIGGER IF NOT EXISTS x ON ks.t USING 'org.T'", "create-trigger ks.t"},
	{"DROP TRIGGER IF EXISTS x ON t", "drop-trigger t"},
	{"CREATE ROLE IF NOT EXISTS x WITH SUPERUSER = true AND ACCESS FROM ALL CIDRS", "create-role"},
	{"ALTER ROLE x WITH PASSWORD = 'p'", "alter-role"},
	{"DROP ROLE IF EXISTS x", "drop-role"},
	{"CREATE USER x WITH PASSWORD 'p' SUPERUSER", "create-user"},
	{"ALTER USER x NOSUPERUSER", "alter-user"},
	{"DROP USER x", "drop-user"},
	{"GRANT SELECT ON KEYSPACE ks TO r", "grant-permission ks+"},
	{"GRANT ALL PERMISSIONS ON ALL KEYSPACES TO r", "grant-permission+*"},
	{"GRANT SELECT, MODIFY ON ks.t TO r", "grant-permission ks.t"},
	{"REVOKE UNMASK ON TABLE ks.t FROM 'r'", "revoke-permission ks.t"},
	{"GRANT a TO b", "grant-role"},
	{"REVOKE \"a\" FROM b", "revoke-role"},
	{"LIST ROLES OF x NORECURSIVE", "list-roles"},
	{"LIST ALL PERMISSIONS OF x", "list-permissions"},
	{"LIST SELECT ON ks.t", "list-permissions ks.t"},
	{"LIST USERS", "list-users"},
	{"LIST SUPERUSERS", "list-superusers"},
	{"ADD IDENTITY 'x' TO ROLE 'r'", "add-identity"},
	{"DROP IDENTITY IF EXISTS 'x'", "drop-identity"},
	{"DESCRIBE KEYSPACES", "describe"},
	{"DESCRIBE FULL SCHEMA", "describe+*"},
	{"DESCRIBE TABLES", "describe+*"},
	{"DESCRIBE ks", "describe ks+"},
	{"DESCRIBE ks.t WITH INTERNALS", "describe ks.t+"},
	{"DESCRIBE KEYSPACE ks", "describe ks+"},
	{"DESCRIBE ONLY KEYSPACE ks", "describe ks+"},
	{"DESCRIBE only", "describe only+"},
	{"DESCRIBE INDEX ks.i", "describe ks+"},
	{"DESCRIBE TYPE ks.\"a b\"", "describe ks"},
	{"DESCRIBE type.x", "describe type.x+"},
	{"DESCRIBE FUNCTION ks.token", "describe ks"},
	{"DESCRIBE MATERIALIZED VIEW ks.v", "describe ks.v"},
	{"GRANT EXECUTE ON FUNCTION ks.f(int, frozen<ks.ty>) TO r", "grant-permission ks"},
	{"GRANT EXECUTE ON ALL FUNCTIONS IN KEYSPACE ks TO r", "grant-permission ks"},
	{"GRANT EXECUTE ON ALL FUNCTIONS TO r", "grant-permission+*"},
	{"GRANT SELECT ON ALL TABLES IN KEYSPACE ks TO r", "grant-permission ks+"},
	{"GRANT DROP ON ROLE x TO r", "grant-permission"},
	{"GRANT SELECT ON role TO r", "grant-permission role"},
	{"GRANT SELECT ON all.t TO r", "grant-permission all.t"},
	{"GRANT SELECT ON MBEAN 'a:b=c' TO r", "grant-permission"},
	{"GRANT all TO r", "grant-role"},
	{"REVOKE unmask FROM r", "revoke-role"},
	{"SELECT sec.f(k), ks.g(k), system.now(), h(k), sec.f(v) FROM ks.t WHERE v = other . \"F\" (1)",
		"select ks.t, execute-function sec, execute-function other"},
	{"SELECT u.f, sec.token(k) FROM ks.t", "select ks.t, execute-function sec"},
	{"INSERT INTO ks.t (k) VALUES (sec.f(1))", "insert ks.t, execute-function sec"},
	{"BEGIN BATCH UPDATE ks.t SET v = sec.f(1) WHERE k = 1 UPDATE sec.t SET v = sec.f(1) WHERE k = ks.f(2) APPLY BATCH",
		"update ks.t, execute-function sec, update sec.t, execute-function ks"},
	{"CREATE TABLE ks.t (k int PRIMARY KEY, v text MASKED WITH sec.f(1))", "create-table ks.t, execute-function sec"},
	{"CREATE AGGREGATE ks.a (int) SFUNC f STYPE int INITCOND sec.f()", "create-aggregate ks, execute-function sec"},
	{"CREATE MATERIALIZED VIEW ks.v AS SELECT * FROM t WHERE k IS NOT NULL PRIMARY KEY (k)",
		"create-materialized-view ks.v, create-materialized-view ks.t"},
	{"CREATE TABLE pub.replace (k int PRIMARY KEY)", "create-table pub.replace"},
	{"INSERT INTO pub.dbl (k, du) VALUES (1.0, 1µs)", "insert pub.dbl"},
	{"SELECT * FROM ks.t WHERE d IN (1y2mo3w4d5h6m7s8ms9us10µs11ns, -1d, PT1H, -P1Y2M3DT4H5M6S, P2W, P0001-02-03T04:05:06)",
		"select ks.t"},
	{"SELECT -NaN, -infinity, 1., 1.5e-3, m[1..2], 0x FROM ks.t", "select ks.t"},
	{"SELECT * FROM \"a.b\".\"c\"\"d\"", "select \"a.b\".\"c\"\"d\""},
	{"CREATE TYPE ks.\"a b\" (a int)", "create-type ks"},
	{"DROP FUNCTION ks.\"f.g\"", "drop-function ks"},
	{"DROP FUNCTION ks.token", "drop-function ks"},
	{"DELETE \"\" FROM ks.t WHERE k = 1", "delete ks.t"},
	{"SELECT * FROM ks.t BYPASS CACHE USING TIMEOUT 5s", "select ks.t"},
	{"SELECT * FROM MUTATION_FRAGMENTS(ks.t) WHERE pk = 1", "select ks.t"},
	{"SELECT * FROM mutation_fragments ( t )", "select t"},
	{"SELECT * FROM mutation_fragments WHERE k = 1", "select mutation_fragments"},
	{"SELECT * FROM db.mutation_fragments", "select db.mutation_fragments"},
	{"INSERT INTO ks.t (k) VALUES (1) USING TIMEOUT 5s", "insert ks.t"},
	{"TRUNCATE ks.t USING TIMEOUT 5s", "truncate-table ks.t"},
	{"PRUNE MATERIALIZED VIEW ks.v WHERE k = 1", "prune-materialized-view ks.v"},
	{"CREATE SERVICE LEVEL IF NOT EXISTS s WITH TIMEOUT = 5ms", "create-service-level"},
	{"CREATE SERVICE_LEVEL s", "create-service-level"},
	{"ALTER SERVICE LEVEL s WITH SHARES = 5", "alter-service-level"},
	{"DROP SERVICE LEVEL IF EXISTS s", "drop-service-level"},
	{"ATTACH SERVICE LEVEL s TO r", "attach-service-level"},
	{"DETACH SERVICE LEVEL FROM r", "detach-service-level"},
	{"LIST SERVICE LEVEL s", "list-service-levels"},
	{"LIST ALL SERVICE LEVELS", "list-service-levels"},
	{"LIST ATTACHED SERVICE LEVEL OF r", "list-service-levels"},
	{"LIST ALL ATTACHED SERVICE LEVELS", "list-service-levels"},
	{"LIST EFFECTIVE SERVICE LEVEL OF r", "list-service-levels"},
	{"DESC TABLE ks.t", "describe ks.t"},
	{"  \t\r\n/* a */ -- b\n SELECT * FROM t /* end */ ; -- c\n", "select t"},
	{"SELECT 'ж', \"ж\" FROM t -- ж\n", "select t"},
}

func TestStatementsAccessWhatTheServerAccesses(t *testing.T) {
	for _, c := range read {
		var s Reader
		if err := s.Read([]byte(c.text), nil); err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := accessed(&s); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// unread are texts that a server refuses, or that might be read in two ways.
var unread = []string{
	"", ";", "SELECT", "SELECT * FROM", "SELECT *", "SELECT * FROM;", "; SELECT * FROM t",
	"SELECT * FROM a FROM b", "SELECT * FROM a.b.c", "SELECT * FROM MUTATION_FRAGMENTS(ks.t",
	"SELECT * FROM MUTATION_FRAGMENTS(ks.t, a)", "SELECT * FROM MUTATION_FRAGMENTS()", `SELECT * FROM "mutation_fragments"(ks.t)`,
	"SELECT * FROM ks.mutation_fragments(t)", "SELECT * FROM mutation_fragments.t(a)", "SELECT * FROM MUTATION_FRAGMENTS(ks.t)(a)",
	"DELETE FROM MUTATION_FRAGMENTS(ks.t) WHERE k = 1", "SELECT * FROM other_function(ks.t)", "SELECT * FROM a, b",
	"SELECT * FROM t; SELECT * FROM u", "SELECT * FROM t --", "SELECT * FROM t -- x", "SELECT * FROM t /* x",
	"SELECT * FROM t /*/", "SELECT * FROM t WHERE k = 'x", "SELECT * FROM \"\".t", "SELECT * FROM t WHERE k = $$x",
	"SELECT * FROM t WHERE k = $x$", "SELECT * FROM ж",
	"SELECT * FROM a\u00a0.b", "SELECT * FROM a\v", "SELECT * FROM t WHERE k = \x80", "SELECT * FROM 'a'",
	"SELECT * FROM ks.from",
	"SELECT * FROM t WHERE k = 1FROM", "SELECT * FROM t WHERE k = 1xINSERT", "SELECT * FROM _t",
	"SELECT * FROM t \"x\"",
	"SELECT * FROM " + strings.Repeat("a", MaxName+1), "SELECT * FROM t `", "SELECT * FROM a. .b", "SELECT * FROM .b",
	"INSERT t (a) VALUES (1)", "INSERT INTO t", "INSERT INTO t VALUES (1)", "UPDATE t", "UPDATE t, u SET a = 1",
	"UPDATE t SET a = 1 FROM u",
	"DELETE t", "DELETE a WHERE b", "DELETE FROM t (x)", "DELETE FROM a FROM b",
	"BEGIN BATCH", "BEGIN BATCH INSERT INTO t (a) VALUES (1)", "BEGIN TRANSACTION SELECT * FROM t; COMMIT TRANSACTION",
	"BEGIN BATCH SELECT * FROM t APPLY BATCH",
	"BEGIN BATCH UPDATE t SET a = 1 WHERE k = 1INSERT INTO u (a) VALUES (1) APPLY BATCH",
	"BEGIN BATCH UPDATE t SET a = 1 FROM x APPLY BATCH", "BEGIN BATCH APPLY BATCH SELECT",
	"BEGIN BATCH DELETE x INSERT INTO t (a) APPLY BATCH",
	"BEGIN BATCH BEGIN BATCH APPLY BATCH APPLY BATCH", "USE", "USE a.b", "USE a b", "TRUNCATE",
	"TRUNCATE a b",
	"CREATE KEYSPACE", "CREATE KEYSPACE IF EXISTS a WITH x", "CREATE THING a", "CREATE OR REPLACE TABLE t (a int)",
	"CREATE CUSTOM TABLE t (a int)",
	"CREATE TABLE t", "CREATE TABLE t LIKE", "DROP TABLE a, b", "DROP TABLE a b", "DROP TABLE IF a", "DROP EVERYTHING",
	"CREATE INDEX i t (c)", "CREATE INDEX ON t", "CREATE MATERIALIZED VIEW v AS INSERT INTO t (a) VALUES (1)",
	"CREATE MATERIALIZED VIEW v AS SELECT * FROM a FROM b", "CREATE MATERIALIZED TABLE v",
	"CREATE TRIGGER x t USING 'a'", "DROP TRIGGER x",
	"GRANT AUTHORIZE FOR SELECT ON x TO r", "GRANT THING ON x TO r", "LIST THINGS", "ADD x",
	"RESTRICT x",
	"DESCRIBE $", "DROP FUNCTION IF f", "DROP FUNCTION 'f'", "DROP FUNCTION f, g", "ALTER TABLE IF t ADD c int",
	"ALTER TABLE 'x'",
	"ALTER TABLE t, u ADD c int", "ALTER THING t", "CREATE KEYSPACE a, b WITH x", "USE 'x'",
	"ALTER KEYSPACE IF a WITH x = 1",
	"CREATE TABLE IF t (a int)", "CREATE TABLE 't' (a int)", "CREATE TABLE t LIKE u (a int)",
	"CREATE INDEX IF i ON t (c)",
	"CREATE INDEX ON 't' (c)", "CREATE INDEX 'i' ON t (c)", "CREATE MATERIALIZED VIEW IF v AS SELECT * FROM t",
	"CREATE MATERIALIZED VIEW 'v' AS SELECT * FROM t", "CREATE OR REPLACE f ()", "CREATE FUNCTION IF f ()",
	"CREATE FUNCTION 'f' ()",
	"CREATE FUNCTION f", "CREATE TRIGGER IF x ON t USING 'a'", "CREATE TRIGGER 'x' ON t USING 'a'",
	"CREATE TRIGGER x ON 't' USING 'a'",
	"CREATE TRIGGER x ON t 'a'", "DROP TRIGGER x ON t USING 'a'", "INSERT INTO 't' (a) VALUES (1)",
	"UPDATE 't' SET a = 1", "DELETE FROM 't'",
	"DROP MATERIALIZED t", "ALTER MATERIALIZED t", "CREATE CUSTOM",
	"BEGIN BATCH UPDATE pub.uu SET v='x' WHERE k = deadbeef-dead-dead-dead-deadbeefdeadUPDATE sec.t SET v='pwned' WHERE k=1 APPLY BATCH",
	"BEGIN BATCH UPDATE t SET v = -NaNUPDATE u SET v = 1 WHERE k = 1 APPLY BATCH",
	"BEGIN BATCH UPDATE t SET v = 1dDELETE FROM u WHERE k = 1 APPLY BATCH", "SELECT 1d2 FROM t", "SELECT 1dx FROM t",
	"SELECT 1µ FROM t",
	"SELECT -nanx FROM t", "SELECT -n FROM t", "SELECT -i FROM t", "SELECT -Infinityx FROM t", "SELECT 1e FROM t",
	"SELECT 0xg FROM t",
	"SELECT 12345678-1 FROM t", "SELECT abcdefab-c FROM t", "SELECT -P1Dx FROM t", "SELECT P0001-01 FROM t",
	"SELECT ! FROM t", "SELECT * FROM P1D",
	"SELECT * FROM \"\"", "SELECT * FROM true", "SELECT * FROM nan", "SELECT * FROM null",
	"CREATE INDEX ks.i ON ks.t (v)", "PRUNE VIEW v", "ATTACH x",
	"GRANT EXECUTE ON FUNCTION f(int) TO r", "GRANT EXECUTE ON FUNCTION a.b TO r", "GRANT SELECT ON ks.t(x) TO r", "DESCRIBE ks.t.x", "DESCRIBE", "DESCRIBE ks t",
	"GRANT SELECT, THING ON ks.t TO r", "GRANT", "GRANT ( TO r", "DESCRIBE FULL x", "DESCRIBE MATERIALIZED x",
	"CREATE SERVICE x", "CREATE MATERIALIZED SERVICE LEVEL x", "DROP CUSTOM INDEX i", "CREATE TABLE IF EXISTS t (a int)",
	"CREATE TABLE IF NOT t (a int)", "ALTER TABLE IF NOT EXISTS t ADD a int", "REVOKE r TO x", "LIST SERVICE_LEVELS x",
	"EXPLAIN SELECT * FROM t", "SELECT * FROM t\x00", "\ufeffSELECT * FROM t", "COMMENT ON TABLE t IS 'x'",
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	for _, text := range unread {
		var s Reader
		if err := s.Read([]byte(text), nil); err == nil {
			t.Errorf("%s: read as %s", text, accessed(&s))
		}
	}
}

func TestABatchOfTooManyTablesIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN BATCH ")
	for i := range MaxAccesses + 1 {
		b.WriteString("DELETE FROM t" + strings.Repeat("x", i) + " WHERE k = 1 ")
	}
	b.WriteString("APPLY BATCH")
	var s Reader
	if err := s.Read([]byte(b.String()), nil); err != ErrTooMany {
		t.Error(err)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	text := []byte("SELECT a, b FROM Ks.Table1 WHERE k = 'x' AND c > 10")
	var s Reader
	n := testing.AllocsPerRun(100, func() {
		s.Reset()
		if err := s.Read(text, nil); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRead(b *testing.B) {
	text := []byte("SELECT a, b FROM ks.table1 WHERE k = 'x' AND c > 10")
	var s Reader
	b.ReportAllocs()
	for b.Loop() {
		s.Reset()
		_ = s.Read(text, nil)
	}
}

// FuzzRead checks what holds of any text: that blanks and comments change nothing, that names stand in
// the text, and that a statement that follows is seen.
func FuzzRead(f *testing.F) {
	for _, c := range read {
		f.Add([]byte(c.text))
	}
	for _, text := range unread {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Reader
		if s.Read(text, nil) != nil {
			return
		}
		want := accessed(&s)
		if len(s.List) > MaxAccesses {
			t.Fatalf("%d objects", len(s.List))
		}
		for _, o := range s.List {
			for _, part := range [][]byte{o.Keyspace(), o.Table()} {
				if !strings.Contains(strings.ToLower(string(text)), strings.ToLower(string(part))) {
					t.Fatalf("%q is not in %q", part, text)
				}
			}
		}
		for _, other := range []string{"\t/* x */" + string(text), string(text) + " ;\n// x\r", spaced(text)} {
			var again Reader
			if err := again.Read([]byte(other), nil); err != nil {
				t.Fatalf("%q: %v", other, err)
			} else if got := accessed(&again); got != want {
				t.Fatalf("%q has %s, but %q has %s", text, want, other, got)
			}
		}
		var more Reader
		if more.Read([]byte(string(text)+"; SELECT * FROM secret.t"), nil) == nil {
			t.Fatalf("a statement after %q is not seen", text)
		}
	})
}

// spaced writes the tokens of a text with more comments between them.
func spaced(text []byte) string {
	var b strings.Builder
	l := lexer{text: text}
	for {
		from := l.pos
		if l.advance(); l.kind == kindEnd {
			return b.String()
		}
		b.Write(text[from:l.pos])
		b.WriteString(" /*from x.y*/")
	}
}
