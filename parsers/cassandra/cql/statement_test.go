package cql

import (
	"strings"
	"testing"
)

// touched lists the objects of a statement: "select ks.t", "select t" without a keyspace, "use ks", "list-roles".
func touched(s *Reader) string {
	var list []string
	for _, t := range s.List {
		list = append(list, strings.TrimSpace(t.Action.String()+" "+strings.TrimPrefix(string(t.Name), ".")))
	}
	return strings.Join(list, ", ")
}

// classified holds statements of every kind and what they touch.
var classified = []struct{ text, want string }{
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
	{"DROP SCHEMA IF EXISTS secret", "drop-keyspace secret"},
	{"CREATE TABLE IF NOT EXISTS ks.t (k int PRIMARY KEY, v vector<float, 3>) WITH comment = 'x'", "create-table ks.t"},
	{"CREATE TABLE t LIKE ks.u WITH comment = 'x'", "create-table t, create-table ks.u"},
	{"ALTER TABLE IF EXISTS secret.t ADD IF NOT EXISTS c int", "alter-table secret.t"},
	{"ALTER COLUMNFAMILY t DROP c", "alter-table t"},
	{"DROP COLUMNFAMILY secret.t", "drop-table secret.t"},
	{"DROP TABLE IF EXISTS t;", "drop-table t"},
	{"CREATE INDEX ON ks.t (c)", "create-index ks.t"},
	{"CREATE INDEX IF NOT EXISTS i ON t (keys(c)) USING 'sai'", "create-index t"},
	{"CREATE CUSTOM INDEX i ON ks.t (c) USING 'x' WITH OPTIONS = {}", "create-index ks.t"},
	{"DROP INDEX IF EXISTS ks.i", "drop-index ks"},
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
	{"GRANT SELECT ON KEYSPACE ks TO r", "grant-permission"},
	{"GRANT ALL PERMISSIONS ON ALL KEYSPACES TO r", "grant-permission"},
	{"GRANT SELECT, MODIFY ON ks.t TO r", "grant-permission"},
	{"REVOKE UNMASK ON TABLE ks.t FROM 'r'", "revoke-permission"},
	{"GRANT a TO b", "grant-role"},
	{"REVOKE \"a\" FROM b", "revoke-role"},
	{"LIST ROLES OF x NORECURSIVE", "list-roles"},
	{"LIST ALL PERMISSIONS OF x", "list-permissions"},
	{"LIST SELECT ON ks.t", "list-permissions"},
	{"LIST USERS", "list-users"},
	{"LIST SUPERUSERS", "list-superusers"},
	{"ADD IDENTITY 'x' TO ROLE 'r'", "add-identity"},
	{"DROP IDENTITY IF EXISTS 'x'", "drop-identity"},
	{"DESCRIBE KEYSPACES", "describe"},
	{"DESC TABLE ks.t", "describe"},
	{"  \t\r\n/* a */ -- b\n SELECT * FROM t /* end */ ; -- c\n", "select t"},
	{"SELECT 'ж', \"ж\" FROM t -- ж\n", "select t"},
}

func TestStatementsTouchWhatTheServerTouches(t *testing.T) {
	for _, c := range classified {
		var s Reader
		if err := s.Read([]byte(c.text), nil); err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := touched(&s); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// unclassified are texts that a server refuses, or that it might read otherwise than they look.
var unclassified = []string{
	"", ";", "SELECT", "SELECT * FROM", "SELECT *", "SELECT * FROM;", "; SELECT * FROM t",
	"SELECT * FROM a FROM b", "SELECT * FROM a.b.c", "SELECT * FROM MUTATION_FRAGMENTS(ks.t)", "SELECT * FROM a, b",
	"SELECT * FROM t; SELECT * FROM u", "SELECT * FROM t --", "SELECT * FROM t -- x", "SELECT * FROM t /* x",
	"SELECT * FROM t /*/", "SELECT * FROM t WHERE k = 'x", "SELECT * FROM \"\".t", "SELECT * FROM \"a.b\"",
	"SELECT * FROM \"a\"\"b\"", "SELECT * FROM t WHERE k = $$x", "SELECT * FROM t WHERE k = $x$", "SELECT * FROM ж",
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
	"BEGIN BATCH BEGIN BATCH APPLY BATCH APPLY BATCH", "USE", "USE a.b", "USE a b", "USE \"a b\"", "TRUNCATE",
	"TRUNCATE a b",
	"CREATE KEYSPACE", "CREATE KEYSPACE IF EXISTS a WITH x", "CREATE THING a", "CREATE OR REPLACE TABLE t (a int)",
	"CREATE CUSTOM TABLE t (a int)",
	"CREATE TABLE t", "CREATE TABLE t LIKE", "DROP TABLE a, b", "DROP TABLE a b", "DROP TABLE IF a", "DROP EVERYTHING",
	"CREATE INDEX i t (c)", "CREATE INDEX ON t", "CREATE MATERIALIZED VIEW v AS INSERT INTO t (a) VALUES (1)",
	"CREATE MATERIALIZED VIEW v AS SELECT * FROM a FROM b", "CREATE MATERIALIZED TABLE v",
	"CREATE TRIGGER x t USING 'a'", "DROP TRIGGER x",
	"GRANT SELECT ON x", "GRANT AUTHORIZE FOR SELECT ON x TO r", "GRANT THING ON x TO r", "LIST THINGS", "ADD x",
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
	"REVOKE SELECT ON x", "DROP MATERIALIZED t", "ALTER MATERIALIZED t", "CREATE CUSTOM",
	"EXPLAIN SELECT * FROM t", "SELECT * FROM t\x00", "\ufeffSELECT * FROM t", "COMMENT ON TABLE t IS 'x'",
}

func TestWhatCanNotBeClassifiedIsAnError(t *testing.T) {
	for _, text := range unclassified {
		var s Reader
		if err := s.Read([]byte(text), nil); err == nil {
			t.Errorf("%s: classified as %s", text, touched(&s))
		}
	}
}

func TestABatchOfTooManyTablesIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN BATCH ")
	for i := range MaxObjects + 1 {
		b.WriteString("DELETE FROM t" + strings.Repeat("x", i) + " WHERE k = 1 ")
	}
	b.WriteString("APPLY BATCH")
	var s Reader
	if err := s.Read([]byte(b.String()), nil); err != ErrObjects {
		t.Error(err)
	}
}

func TestClassifyingAllocatesNothing(t *testing.T) {
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

func BenchmarkClassify(b *testing.B) {
	text := []byte("SELECT a, b FROM ks.table1 WHERE k = 'x' AND c > 10")
	var s Reader
	b.ReportAllocs()
	for b.Loop() {
		s.Reset()
		_ = s.Read(text, nil)
	}
}

// FuzzStatement checks what holds of any text: that blanks and comments change nothing, that names are plain and
// stand in the text, and that what is behind the statement can not be another.
func FuzzStatement(f *testing.F) {
	for _, c := range classified {
		f.Add([]byte(c.text))
	}
	for _, text := range unclassified {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Reader
		if s.Read(text, nil) != nil {
			return
		}
		want := touched(&s)
		if len(s.List) > MaxObjects {
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
			} else if got := touched(&again); got != want {
				t.Fatalf("%q touches %s, but %q touches %s", text, want, other, got)
			}
		}
		var more Reader
		if more.Read([]byte(string(text)+"; SELECT * FROM secret.t"), nil) == nil {
			t.Fatalf("a statement behind %q is not seen", text)
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
