package cassandra

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// connectionUnder is a connection under rules in the form of parsertest.CompilePolicy.
func connectionUnder(t *testing.T, rules string) *parser {
	t.Helper()
	snapshot, err := parsertest.CompilePolicy(Name, rules)
	if err != nil {
		t.Fatal(err)
	}
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store)}
	instance.Policies.Replace(snapshot)
	c, err := proxylib.NewConnection(instance, Name, proxylib.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, DstAddr: "10.0.0.1:9042", PolicyName: parsertest.Endpoint,
		Port: parsertest.Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Parser.(*parser)
}

// allowedUnder tells whether rules allow all that a statement touches. The current keyspace is db1.
func allowedUnder(t *testing.T, rules, text string) bool {
	t.Helper()
	p := connectionUnder(t, rules)
	p.keyspace = []byte("db1")
	if err := p.classify(&request{}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	p.asked = p.accesses()
	whole, _ := p.ask()
	return whole.Allowed
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
	for _, table := range []string{declaration.RuleKeyTable(), declaration.LogFieldTable()} {
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
