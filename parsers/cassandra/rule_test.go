package cassandra

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// connectionUnder is a connection under rules in the form of parsertest.CompilePolicy.
func connectionUnder(t *testing.T, rules string) *parser {
	t.Helper()
	snapshot, err := parsertest.CompilePolicy(Name, rules)
	if err != nil {
		t.Fatal(err)
	}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store)})
	instance.Policies().Replace(snapshot)
	c, err := host.NewConnection(instance, Name, host.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, DstAddr: "10.0.0.1:9042", PolicyName: parsertest.Endpoint,
		Port: parsertest.Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := c.Parser.(*parser)
	p.memory = new(memory)
	return p
}

// allowedUnder reports whether rules allow all accesses of a statement. The current keyspace is db1.
func allowedUnder(t *testing.T, rules, text string) bool {
	t.Helper()
	p := connectionUnder(t, rules)
	p.keyspace.current = []byte("db1")
	if err := p.read(&request{}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	p.accesses = p.collectAccesses()
	p.decideAccesses()
	return p.whole.Allowed
}

func TestRulesMatchWhatStatementsTouch(t *testing.T) {
	for _, c := range []struct {
		rules, text string
		want        bool
	}{
		{"query_action=select", "SELECT * FROM a.b", true},
		{"query_action=select", "INSERT INTO a.b (k) VALUES (1)", false},
		{`query_table=^db1\.t1$`, "SELECT * FROM db1.t1", true},
		{`query_table=^db1\.t1$`, "SELECT * FROM t1", true},
		{`query_table=^db1\.t1$`, "SELECT * FROM DB1.T1", true},
		{`query_table=^db1\.t1$`, `SELECT * FROM "DB1".t1`, false},
		{`query_table=db1`, "SELECT * FROM x.not_db1_really", true},
		{`query_table=^db1\.`, "DROP TABLE db1.t1", true},
		{`query_table=^db1\.`, "TRUNCATE secret.t", false},
		{`query_table=^db1\.`, "CREATE ROLE x", false},
		{`query_table=^db1`, "DROP KEYSPACE db1", true},
		{`query_table=^db1`, "DROP INDEX db1.i", false},
		{`query_table=^db1`, "CREATE TYPE db1.t (a int)", false},
		{`query_table=^db1\.`, "CREATE INDEX ON secret.t (c)", false},
		{`query_table=^db1\.`, "CREATE MATERIALIZED VIEW db1.v AS SELECT * FROM secret.t WHERE a = 1 PRIMARY KEY (a)",
			false},
		{`query_table=^db1\.`, "CREATE MATERIALIZED VIEW db1.v AS SELECT * FROM db1.t WHERE a = 1 PRIMARY KEY (a)",
			true},
		{`query_table=^db1\.`, "CREATE TABLE db1.x LIKE secret.t", false},
		{"query_action=create-role", "CREATE ROLE x", true},
		{"query_action=drop-index", "DROP INDEX db1.i", true},
		{"query_action=create-index query_table=^db1", "CREATE INDEX ON db1.t (c)", true},
		{"keyspace=db1", "DROP INDEX i", true},
		{"keyspace=db1", "CREATE TYPE secret.t (a int)", false},
		{"keyspace=db1", "USE db1", true},
		{"keyspace=db1", "SELECT * FROM db12.t", false},
		{"keyspace_prefix=db1", "SELECT * FROM db12.t", true},
		{"keyspace_regex=^db[12]$", "SELECT * FROM db2.t", true},
		{"keyspace_regex=^db[12]$", "SELECT * FROM db3.t", false},
		{"table=t", "SELECT * FROM x.t", true},
		{"table=t", "SELECT * FROM t.x", false},
		{"table_prefix=pub_", "SELECT * FROM x.pub_a", true},
		{"table_regex=^t[0-9]+$", "SELECT * FROM x.t12", true},
		{"table=t", "DROP KEYSPACE t", false},
		{"keyspace=a table=t query_action=select", "SELECT * FROM a.t", true},
		{"query_action=readonly", "SELECT * FROM a.t", true},
		{"query_action=readonly", "DESCRIBE TABLES", true},
		{"query_action=readonly", "LIST ROLES", true},
		{"query_action=readonly", "TRUNCATE a.t", false},
		{"query_action=readonly keyspace=a", "SELECT * FROM b.t", false},
		{"query_action=readonly keyspace=a", "LIST ROLES", false},
		{"allow", "CREATE ROLE x", true},
		{"allow\ndeny keyspace=secret", "SELECT * FROM secret.t", false},
		{"allow\ndeny keyspace=secret", "CREATE ROLE x", true},
		{"allow\ndeny keyspace=secret",
			"BEGIN BATCH DELETE FROM a.b WHERE k = 1 DELETE FROM secret.t WHERE k = 1 APPLY BATCH", false},
		{"keyspace=a\nkeyspace=b", "BEGIN BATCH DELETE FROM a.t WHERE k = 1 DELETE FROM b.t WHERE k = 1 APPLY BATCH",
			true},
		{"keyspace=a\nkeyspace=b", "BEGIN BATCH DELETE FROM a.t WHERE k = 1 DELETE FROM c.t WHERE k = 1 APPLY BATCH",
			false},
		{"query_action=select keyspace=pub", "SELECT sec.f(k) FROM pub.t", false},
		{"query_action=select keyspace=pub\nquery_action=execute-function keyspace=sec", "SELECT sec.f(k) FROM pub.t", true},
		{"query_action=select keyspace=pub", "SELECT pub.f(k), f(k), system.now() FROM pub.t", true},
		{"keyspace=pub\ndeny keyspace=pub table=hidden",
			"CREATE MATERIALIZED VIEW pub.leak AS SELECT * FROM hidden WHERE k IS NOT NULL PRIMARY KEY (k)", false},
		{"keyspace=pub\ndeny keyspace=db1",
			"CREATE MATERIALIZED VIEW pub.v AS SELECT * FROM t WHERE k IS NOT NULL PRIMARY KEY (k)", true},
		{"query_action=describe keyspace=db1", "DESCRIBE TABLE t", true},
		{"query_action=describe keyspace=db1 table=t", "DESCRIBE TABLE t", true},
		{"query_action=describe keyspace=db1", "DESCRIBE TABLES", true},
		{"query_action=describe keyspace=db1", "DESCRIBE KEYSPACE secret", false},
		{"query_action=describe keyspace=db1", "DESCRIBE SCHEMA", false},
		{"query_action=describe keyspace=db1", "DESCRIBE secret", false},
		{"query_action=describe", "DESCRIBE SCHEMA", true},
		{"query_action=grant-permission keyspace=db1", "GRANT SELECT ON t TO r", true},
		{"query_action=grant-permission keyspace=db1", "GRANT SELECT ON ALL KEYSPACES TO r", false},
		{"query_table=^db1", "GRANT SELECT ON db1.t TO r", false},
		{"query_action=prune-materialized-view query_table=^db1", "PRUNE MATERIALIZED VIEW db1.v", true},
		{"query_action=select", "USE x", true},
		{"query_action=select\ndeny keyspace=x", "USE x", false},
		{"query_action=select\ndeny keyspace=x", "USE y", true},
		{"deny", "USE y", false},
	} {
		if got := allowedUnder(t, c.rules, c.text); got != c.want {
			t.Errorf("%q, %s: allowed %v", c.rules, c.text, got)
		}
	}
}

// What a statement reaches without a name that rules could allow, rules that deny see.
func TestDenyRulesSeeWhatStatementsReach(t *testing.T) {
	deny := "allow\ndeny keyspace=secret\ndeny keyspace=pub table=hidden\n"
	many := deny + "deny keyspace=a\ndeny keyspace=b\ndeny keyspace=c\ndeny keyspace=d\ndeny query_action=select keyspace=e\n"
	for text, want := range map[string]bool{
		"GRANT SELECT ON secret.t TO r": false, "GRANT SELECT ON pub.hidden TO r": false,
		"GRANT SELECT ON pub.t TO r":         true,
		"GRANT SELECT ON ALL KEYSPACES TO r": false, "GRANT SELECT ON KEYSPACE pub TO r": false,
		"REVOKE SELECT ON secret.t FROM r": false, "LIST ALL ON secret.t": false, "LIST ALL PERMISSIONS": true,
		"GRANT SELECT ON KEYSPACE other TO r": true, "GRANT EXECUTE ON FUNCTION secret.f() TO r": false,
		"GRANT x TO y": true, "GRANT EXECUTE ON ALL FUNCTIONS TO r": false,
		"DROP INDEX secret.i": false, "DROP INDEX pub.i": false, "DROP INDEX other.i": true, "DROP INDEX i": true,
		"DROP KEYSPACE pub": false, "DROP KEYSPACE other": true, "ALTER KEYSPACE pub WITH x = 1": true,
		"DESCRIBE SCHEMA": false, "DESCRIBE KEYSPACES": true, "DESCRIBE KEYSPACE secret": false,
		"DESCRIBE secret":   false,
		"DESCRIBE secret.t": false, "DESCRIBE TABLE pub.hidden": false, "DESCRIBE TABLE pub.t": true,
		"DESCRIBE TABLES":       true,
		"DESCRIBE KEYSPACE pub": false, "DESCRIBE CLUSTER": true, "SELECT secret.f(k) FROM pub.t": false,
		"CREATE TABLE pub.t (k int PRIMARY KEY, v text MASKED WITH secret.f())": false, "DROP TYPE secret.x": false,
	} {
		for _, rules := range []string{deny, many} {
			if got := allowedUnder(t, rules, text); got != want {
				t.Errorf("%q, %s: allowed %v", rules, text, got)
			}
		}
	}
	for text, want := range map[string]bool{
		"GRANT SELECT ON secret.t TO r": false, "GRANT SELECT ON pub.t TO r": true, "DESCRIBE TABLE secret.t": false,
		"DESCRIBE TABLE pub.t": true, "DESCRIBE SCHEMA": false, "DROP KEYSPACE secret": false,
	} {
		if got := allowedUnder(t, "allow\ndeny query_table=^secret\\.\n", text); got != want {
			t.Errorf("%s under a pattern: allowed %v", text, got)
		}
	}
}

func TestManyRulesAllowTheSame(t *testing.T) {
	rules := "query_action=select keyspace=db1\nquery_action=insert table=t\nquery_action=delete keyspace=db2\n" +
		"query_action=update keyspace=db3\nquery_action=select keyspace=db4\nquery_action=select keyspace=db5\n"
	for text, want := range map[string]bool{
		"SELECT * FROM db1.x": true, "SELECT * FROM db2.x": false, "INSERT INTO db2.t (k) VALUES (1)": true,
		"USE db9": true,
	} {
		if got := allowedUnder(t, rules, text); got != want {
			t.Errorf("%s: allowed %v", text, got)
		}
	}
	if allowedUnder(t, rules+"deny query_action=use keyspace=db9\n", "USE db9") {
		t.Error("a USE that is denied is allowed")
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	for rules, want := range map[string]string{
		"colour=red":                           "key colour: is unknown",
		"query_action=burn":                    "is unknown, use",
		`query_table=""`:                       "is empty",
		"query_table=(":                        "missing closing",
		"keyspace_regex=)":                     "unexpected )",
		"query_action=create-role table=x":     "does not go with query_action create-role",
		"query_action=list-roles keyspace=x":   "does not go with query_action list-roles",
		"query_action=drop-type query_table=x": "does not go with query_action drop-type",
		"query_action=use table=x":             "does not go with query_action use",
		"keyspace=a keyspace_prefix=b":         "nothing can match",
		"table=" + strings.Repeat("x", 223):    "no value is longer",
	} {
		if _, err := parsertest.CompilePolicy(Name, rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", rules, err, want)
		}
	}
}

func TestTheReadmeHasWhatIsDeclared(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	p := proxylib.Registered(Name)
	for _, table := range []string{p.RuleKeyTable(), p.AccessTable(), p.LogFieldTable()} {
		if !strings.Contains(string(readme), table) {
			t.Errorf("the README lacks:\n%s", table)
		}
	}
	for word := range actionWords() {
		if !strings.Contains(string(readme), "`"+word+"`") {
			t.Errorf("the README lacks the action %s", word)
		}
	}
}
