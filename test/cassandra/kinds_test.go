//go:build e2e

package cassandra

import "testing"

// kinds are statements of all kinds that a server prepares.
var kinds = []string{
	"SELECT * FROM kinds.t", "SELECT * FROM kinds.t WHERE token(k) > ? LIMIT ?", "SELECT * FROM kinds.t LIMIT ?",
	"SELECT JSON * FROM kinds.t WHERE k IN ?", "SELECT count(*), max(k) FROM kinds.t",
	"SELECT k AS x FROM kinds.t PER PARTITION LIMIT ?",
	"SELECT (int)? FROM kinds.t", "SELECT toJson(k), cast(k AS text) FROM kinds.t",
	"SELECT ttl(v), writetime(v) FROM kinds.t",
	"INSERT INTO kinds.t JSON ?",
	"INSERT INTO kinds.t (k, v) VALUES (?, ?) IF NOT EXISTS USING TTL ? AND TIMESTAMP 1",
	"INSERT INTO kinds.t (k, v) VALUES (1, 'x') USING TTL ?", "INSERT INTO kinds.t (k) VALUES (fromJson(?))",
	"INSERT INTO kinds.t (k, v) VALUES (1, 'x') IF NOT EXISTS", "UPDATE kinds.t USING TTL ? SET v = 'x' WHERE k = 1",
	"UPDATE kinds.t SET v = ? WHERE k = ? IF v = ?", "DELETE FROM kinds.t USING TIMESTAMP ? WHERE k = 1",
	"DELETE v FROM kinds.t WHERE k IN (?, ?)",
	"BEGIN BATCH USING TIMESTAMP ? INSERT INTO kinds.t (k) VALUES (1) APPLY BATCH", "BEGIN UNLOGGED BATCH APPLY BATCH",
	"BEGIN BATCH USING TIMESTAMP ? UPDATE kinds.t SET v = ? WHERE k = ? INSERT INTO kinds.u (k) VALUES (?) APPLY BATCH",
	"SELECT kinds.same(?) FROM kinds.t", "SELECT * FROM kinds.t WHERE k = kinds.same(?)",
	"INSERT INTO kinds.t (k) VALUES (kinds.same(?))", "SELECT system.now() FROM kinds.t",
	"LIST ROLES", "LIST USERS", "LIST ALL PERMISSIONS", "DESCRIBE TABLES", "DESC KEYSPACE kinds", "USE kinds",
	"TRUNCATE kinds.t",
	"CREATE ROLE x", "GRANT SELECT ON kinds.t TO x", "REVOKE x FROM y", "DROP ROLE x",
	"CREATE TABLE kinds.x (k int PRIMARY KEY)",
	"DROP TABLE IF EXISTS kinds.x", "CREATE TYPE kinds.x (a int)", "DROP INDEX kinds.x", "DROP KEYSPACE nosuch",
	"ALTER TABLE kinds.t ADD x int",
	"CREATE FUNCTION kinds.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$return a;$$",
	"DROP FUNCTION kinds.f",
	"CREATE AGGREGATE kinds.a (int) SFUNC f STYPE int", "DROP AGGREGATE kinds.a",
	"CREATE TRIGGER x ON kinds.t USING 'x'",
	"DROP TRIGGER x ON kinds.t", "ADD IDENTITY 'x' TO ROLE 'y'", "DROP IDENTITY 'x'", "LIST SUPERUSERS",
	"SELECT * FROM system.local WHERE key = 'local'", "SELECT * FROM system_schema.tables WHERE keyspace_name = ?",
	"SELECT * FROM system_views.clients",
}

// Nothing is forbidden here: what the server reports of a statement must be what was judged, or the connection ends.
func TestStatementsOfEveryKindArePreparedAsTheyWereJudged(t *testing.T) {
	open := dialThrough(t, "")
	open.execute("CREATE KEYSPACE IF NOT EXISTS kinds" + replicated)
	for _, table := range []string{"t", "u"} {
		open.execute("CREATE TABLE IF NOT EXISTS kinds." + table + " (k int PRIMARY KEY, v text)")
	}
	open.execute("CREATE FUNCTION IF NOT EXISTS kinds.same (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java " +
		"AS 'return a;'")
	refused := 0
	for _, text := range kinds {
		_, accepted, answer := open.prepare(text)
		if accepted {
			continue
		}
		refused++
		t.Logf("the server refuses %q: %q", text, answer)
		if unauthorized(answer) {
			t.Errorf("%s: %q", text, answer)
		}
	}
	if refused > len(kinds)/3 {
		t.Errorf("the server refuses %d of %d", refused, len(kinds))
	}
}
